namespace Backup.Engine.Sealing;

/// <summary>
/// The key at hand is not the one that sealed the object: said by the key commitment, before anything is decrypted. Where the key came from
/// the keyring and not from a person, it means that the object is not the one it should be.
/// </summary>
/// <param name="message">What did not open what.</param>
/// <param name="remedy">What to do now.</param>
public sealed class WrongKeyException(string message, string? remedy = null) : BackupException(FailureKind.WrongKey, message, remedy);
