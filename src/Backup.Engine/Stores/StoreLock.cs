namespace Backup.Engine.Stores;

/// <summary>How long a store keeps new objects against everybody.</summary>
/// <param name="Compliance">Not even the account's owner can lift it.</param>
/// <param name="Data">For what may be locked.</param>
/// <param name="Secrets">For the erasable folders: it delays every erasure by that time.</param>
public sealed record StoreLock(bool Compliance, TimeSpan Data, TimeSpan Secrets)
{
    public TimeSpan Of(string name) => ObjectName.IsErasable(name) ? Secrets : Data;
}
