using System.Security.Cryptography;
using Backup.Engine.Format;

namespace Backup.Engine.Sealing;

/// <summary>
/// Seals and opens objects of one frame: everything but members. Each gets a salt, and by it a key, of its own. May be used by several
/// threads at once. FORMAT.md, section 4.
/// </summary>
/// <param name="repositoryId">Part of every key and every AAD: an object of one repository never opens in another.</param>
public sealed class Sealer(Hash repositoryId)
{
    public const int KeySize = 32;

    /// <summary>Bytes that sealing adds to a text before any padding.</summary>
    public const int Overhead = SealedHeader.Size + PaddedText.PrefixSize + ObjectCipher.TagSize;

    public Hash RepositoryId { get; } = repositoryId;

    /// <summary>Seals a text, padded as its type demands.</summary>
    /// <param name="type">Anything but a member.</param>
    /// <param name="parentKey">32 bytes.</param>
    /// <param name="text">What is sealed.</param>
    public byte[] Seal(ObjectType type, ReadOnlySpan<byte> parentKey, ReadOnlySpan<byte> text) => Seal(type, parentKey, text, around: 0);

    /// <summary>Seals a text that becomes a part of a larger object.</summary>
    /// <param name="type">Anything but a member.</param>
    /// <param name="parentKey">32 bytes.</param>
    /// <param name="text">What is sealed.</param>
    /// <param name="around">Bytes of everything else in the larger object: with the result it has a Padmé length.</param>
    public byte[] Seal(ObjectType type, ReadOnlySpan<byte> parentKey, ReadOnlySpan<byte> text, long around)
    {
        CheckArguments(type, parentKey);
        var length = IsPadded(type)
            ? PaddedText.PaddedLength(text.Length, around + SealedHeader.Size + ObjectCipher.TagSize)
            : PaddedText.PrefixSize + text.Length;
        var whole = GC.AllocateUninitializedArray<byte>(checked(SealedHeader.Size + length + ObjectCipher.TagSize));

        // Sealed in place: the text is never copied to memory that stays readable.
        using var cipher = ObjectCipher.Begin(new SealingContext(RepositoryId, type), parentKey, whole);
        var frame = whole.AsSpan(SealedHeader.Size);
        PaddedText.Write(text, frame[..length]);
        cipher.SealFrame(0, SealedHeader.Size, frame[..length], frame);
        return whole;
    }

    /// <summary>Opens an object.</summary>
    /// <param name="type">What it must be.</param>
    /// <param name="parentKey">32 bytes.</param>
    /// <param name="sealedObject">All of it.</param>
    /// <returns>The text. Where it holds keys, it lies in pinned memory that the caller wipes.</returns>
    /// <exception cref="WrongKeyException"><paramref name="parentKey"/> is not the key it was sealed under.</exception>
    /// <exception cref="DamagedException">It is not what was sealed.</exception>
    /// <exception cref="UnsupportedFormatException">The suite or a critical feature is not known.</exception>
    public byte[] Open(ObjectType type, ReadOnlySpan<byte> parentKey, ReadOnlySpan<byte> sealedObject)
    {
        CheckArguments(type, parentKey);
        if (sealedObject.Length is < Overhead or > Limits.Object)
        {
            throw new DamagedException($"A sealed object of type {type} is damaged: it has {sealedObject.Length} bytes.");
        }

        using var cipher = ObjectCipher.Open(new SealingContext(RepositoryId, type), parentKey, sealedObject)
            ?? throw new WrongKeyException($"A sealed object of type {type} does not open with this key.");
        var frame = sealedObject[SealedHeader.Size..];
        var padded = GC.AllocateUninitializedArray<byte>(frame.Length - ObjectCipher.TagSize, HoldsKeys(type));
        if (!cipher.TryOpenFrame(0, SealedHeader.Size, frame, padded))
        {
            throw new DamagedException($"A sealed object of type {type} is damaged: its bytes are not what was sealed.");
        }

        var text = PaddedText.Read(padded);
        var result = GC.AllocateUninitializedArray<byte>(text.Length, HoldsKeys(type));
        text.CopyTo(result);
        if (HoldsKeys(type))
        {
            CryptographicOperations.ZeroMemory(padded);
        }

        return result;
    }

    private static bool IsPadded(ObjectType type) => type is not (ObjectType.SlotSeed or ObjectType.EpochShare);

    private static bool HoldsKeys(ObjectType type) => type <= ObjectType.KeyringShard;

    private static void CheckArguments(ObjectType type, ReadOnlySpan<byte> parentKey)
    {
        ArgumentOutOfRangeException.ThrowIfEqual((int)type, (int)ObjectType.Member, nameof(type));
        ArgumentOutOfRangeException.ThrowIfNotEqual(parentKey.Length, KeySize, nameof(parentKey));
    }
}
