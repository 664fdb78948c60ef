using System.Buffers.Binary;
using System.Security.Cryptography;
using Backup.Engine.Format;
using Backup.Engine.Posix;
using Backup.Engine.Sealing;

namespace Backup.Engine.Keys;

/// <summary>
/// A generation of the keyring root. Its key comes from two halves: the share a_n, which every unlock slot opens, and the site secret S_n,
/// which stands at the sites and nowhere else. With S_n destroyed everywhere nothing opens what the epoch sealed. FORMAT.md, section 5.2.
/// </summary>
public sealed class Epoch : IDisposable
{
    private readonly Hash _repositoryId;
    private readonly SecretBytes _share;
    private readonly SecretBytes _secret;

    private Epoch(Hash repositoryId, EpochId id, SecretBytes share, SecretBytes secret)
    {
        _repositoryId = repositoryId;
        Id = id;
        _share = share;
        _secret = secret;
    }

    public EpochId Id { get; }

    /// <summary>Draws a new epoch.</summary>
    /// <param name="repositoryId">Whose epoch it is.</param>
    /// <param name="number">One more than the largest of those it follows; 1 for the first.</param>
    public static Epoch Draw(Hash repositoryId, int number)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(number, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(number, EpochId.Limit);
        var (share, secret) = (SecretBytes.Draw(Sealer.KeySize), SecretBytes.Draw(EpochSecretRecord.SecretSize));
        return new Epoch(repositoryId, new EpochId(number, Id128.Draw()), share, secret);
    }

    /// <summary>Opens an epoch.</summary>
    /// <param name="repositoryId">Whose epoch it is.</param>
    /// <param name="secretObject">The object <c>epochs/…/s</c>.</param>
    /// <param name="shareObject">The object <c>epochs/…/a</c>.</param>
    /// <param name="slot">An opened unlock slot.</param>
    /// <exception cref="WrongKeyException">The epoch is not encapsulated to this slot.</exception>
    /// <exception cref="DamagedException">The objects are damaged or do not belong together.</exception>
    public static Epoch Open(Hash repositoryId, ReadOnlySpan<byte> secretObject, ReadOnlySpan<byte> shareObject, OpenedSlot slot)
    {
        var secret = EpochSecretRecord.Decode(secretObject);
        try
        {
            var share = EpochShareRecord.Decode(shareObject);
            if (secret.RepositoryId != repositoryId || share.RepositoryId != repositoryId || secret.Epoch != share.Epoch)
            {
                throw new DamagedException(
                    $"The objects of epoch {secret.Epoch} are damaged: they do not belong together, or to this repository.");
            }

            return new Epoch(repositoryId, secret.Epoch, OpenShare(share, slot), SecretBytes.CopyOf(secret.Secret));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secret.Secret);
        }
    }

    /// <summary>The object <c>epochs/…/s</c>. Never kept but at the sites; wiped by the caller after the puts.</summary>
    public byte[] EncodeSecret()
    {
        var secret = GC.AllocateUninitializedArray<byte>(EpochSecretRecord.SecretSize, pinned: true);
        _secret.Span.CopyTo(secret);
        var encoded = new EpochSecretRecord(_repositoryId, Id, secret).Encode();
        CryptographicOperations.ZeroMemory(secret);
        return encoded;
    }

    /// <summary>The object <c>epochs/…/a</c>.</summary>
    /// <param name="slots">Of the keyring, never what was found at a site.</param>
    public byte[] EncodeShare(IReadOnlyCollection<KeyringSlot> slots)
    {
        if (slots.Count is 0 or > Limits.Slots)
        {
            throw new BackupException(
                FailureKind.Refused,
                $"An epoch needs between one unlock slot and {Limits.Slots}, not {slots.Count}.",
                "Keep at least one key; remove old ones.");
        }

        var sealer = new Sealer(_repositoryId);
        using var shared = new SecretBytes(XWing.SharedSecretSize);
        var shares = new List<EncapsulatedShare>();
        foreach (var slot in slots.OrderBy(static slot => slot.Id))
        {
            var ciphertext = XWing.Encapsulate(slot.PublicKey, shared.Span);
            shares.Add(new EncapsulatedShare(slot.Id, ciphertext, sealer.Seal(ObjectType.EpochShare, shared.Span, _share.Span)));
        }

        return new EpochShareRecord(_repositoryId, Id, shares).Encode();
    }

    /// <summary>E_n, the parent key of the keyring root.</summary>
    public SecretBytes DeriveKey()
    {
        var label = "backup/1/epoch"u8;
        Span<byte> info = stackalloc byte[label.Length + Hash.Size + sizeof(ulong) + 16];
        label.CopyTo(info);
        var rest = info[label.Length..];
        _repositoryId.Write(rest);
        BinaryPrimitives.WriteInt64BigEndian(rest[Hash.Size..], Id.Number);
        Id.Random.Write(rest[(Hash.Size + sizeof(ulong))..]);
        var key = new SecretBytes(Sealer.KeySize);
        HKDF.DeriveKey(HashAlgorithmName.SHA256, _share.Span, key.Span, _secret.Span, info);
        return key;
    }

    public void Dispose()
    {
        _share.Dispose();
        _secret.Dispose();
    }

    /// <summary>An epoch of known halves, for known answers.</summary>
    internal static Epoch Of(Hash repositoryId, EpochId id, ReadOnlySpan<byte> share, ReadOnlySpan<byte> secret) =>
        new(repositoryId, id, SecretBytes.CopyOf(share), SecretBytes.CopyOf(secret));

    private static SecretBytes OpenShare(EpochShareRecord share, OpenedSlot slot)
    {
        var mine = share.Shares.FirstOrDefault(candidate => candidate.Slot == slot.Id)
            ?? throw new WrongKeyException(
                $"Epoch {share.Epoch} is not open to this key: it was removed.", "Use a key that is still live ('key list' names them).");
        using var shared = new SecretBytes(XWing.SharedSecretSize);
        XWing.Decapsulate(slot.Seed.Span, mine.Ciphertext, shared.Span);
        byte[] text = [];
        try
        {
            text = new Sealer(share.RepositoryId).Open(ObjectType.EpochShare, shared.Span, mine.SealedShare);
            return text.Length == Sealer.KeySize ? SecretBytes.CopyOf(text) : throw Damaged();
        }
        catch (WrongKeyException)
        {
            // The slot's own key was checked when it was opened: what does not open under it was not encapsulated to it.
            throw Damaged();
        }
        finally
        {
            CryptographicOperations.ZeroMemory(text);
        }

        DamagedException Damaged() => new($"The share of epoch {share.Epoch} for slot {slot.Id} is damaged.");
    }
}
