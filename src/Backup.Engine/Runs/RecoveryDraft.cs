using System.Security.Cryptography;
using Backup.Engine.Format;
using Backup.Engine.Keys;
using Backup.Engine.Posix;
using Backup.Engine.Sealing;

namespace Backup.Engine.Runs;

/// <summary>
/// The recovery key that <c>key recovery</c> has drawn, kept in the state until it was given out: once its slot is live it is the only one. Sealed to what
/// opened the repository then, which may be the very key that it replaces: run again after a crash, the same secret opens it.
/// </summary>
/// <param name="Slot">Id of its unlock slot.</param>
/// <param name="SealedSeed">The seed, sealed under that of the slot which opened the repository.</param>
internal sealed record RecoveryDraft(Hash Slot, byte[] SealedSeed)
{
    private const string Thing = "the draft of a recovery key in the state";

    /// <summary>Seals a key that was just drawn.</summary>
    /// <param name="sealer">Of the repository.</param>
    /// <param name="opener">What opened the repository.</param>
    /// <param name="slot">The new key's slot.</param>
    /// <param name="seed">The new key.</param>
    public static RecoveryDraft Seal(Sealer sealer, OpenedSlot opener, Hash slot, SecretBytes seed) =>
        new(slot, sealer.Seal(ObjectType.StateFile, opener.Seed.Span, seed.Span));

    /// <summary>Null if the content is not what <see cref="Encode"/> gave: then there is nothing to go on with, and another key is drawn.</summary>
    public static RecoveryDraft? TryDecode(ReadOnlySpan<byte> content)
    {
        try
        {
            var reader = new CborSpanReader(content, Thing);
            reader.BeginTuple(2);
            var draft = new RecoveryDraft(reader.Hash(), reader.Bytes().ToArray());
            reader.End();
            return draft;
        }
        catch (DamagedException)
        {
            return null;
        }
    }

    public byte[] Encode()
    {
        var writer = new CborSpanWriter(SealedSeed.Length + 64);
        writer.BeginArray(2);
        writer.Hash(Slot);
        writer.Bytes(SealedSeed);
        return writer.ToArray();
    }

    /// <summary>The key; null if it was sealed to another secret than this one, or is damaged.</summary>
    /// <param name="sealer">Of the repository.</param>
    /// <param name="seed">That of a slot.</param>
    public SecretBytes? TryOpen(Sealer sealer, SecretBytes seed)
    {
        byte[] text = [];
        try
        {
            text = sealer.Open(ObjectType.StateFile, seed.Span, SealedSeed);
            return SecretBytes.CopyOf(text);
        }
        catch (BackupException failure) when (failure is WrongKeyException or DamagedException)
        {
            return null;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(text);
        }
    }
}
