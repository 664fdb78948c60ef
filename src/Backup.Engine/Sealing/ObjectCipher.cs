using System.Buffers.Binary;
using System.Security.Cryptography;
using Backup.Engine.Format;

namespace Backup.Engine.Sealing;

/// <summary>
/// The key of one sealed object at work. A salt is drawn for every object and never used again, so the frames of an object may simply be
/// counted: no nonce repeats under a key. FORMAT.md, section 4.
/// </summary>
internal sealed class ObjectCipher : IDisposable
{
    public const int TagSize = MemberFooter.TagSize;

    private const int KeySize = 32;
    private const int NonceSize = 12;
    private const int SaltAt = Hash.Size + 2 + DomainId.Size;
    private const int OffsetAt = SaltAt + SealedHeader.SaltSize;
    private const int LengthAt = OffsetAt + sizeof(ulong);
    private const int AssociatedSize = LengthAt + sizeof(uint);

    private readonly AesGcm _cipher;
    private readonly byte[] _associated;

    private ObjectCipher(AesGcm cipher, byte[] associated)
    {
        _cipher = cipher;
        _associated = associated;
    }

    /// <summary>Begins an object: draws its salt and writes its header.</summary>
    public static ObjectCipher Begin(in SealingContext context, ReadOnlySpan<byte> parentKey, Span<byte> header)
    {
        Span<byte> salt = stackalloc byte[SealedHeader.SaltSize];
        Span<byte> commitment = stackalloc byte[SealedHeader.CommitmentSize];
        RandomNumberGenerator.Fill(salt);
        var cipher = Derive(context, parentKey, salt, commitment);
        SealedHeader.Write(header, context.Type, salt, commitment);
        return cipher;
    }

    /// <summary>Reads the header of an object and derives its key.</summary>
    /// <returns>Null if <paramref name="parentKey"/> is not the key the object was sealed under.</returns>
    /// <exception cref="DamagedException">The header is none.</exception>
    /// <exception cref="UnsupportedFormatException">The suite or a critical feature is not known.</exception>
    public static ObjectCipher? Open(in SealingContext context, ReadOnlySpan<byte> parentKey, ReadOnlySpan<byte> header)
    {
        SealedHeader.Check(header, context.Type);
        Span<byte> commitment = stackalloc byte[SealedHeader.CommitmentSize];
        var cipher = Derive(context, parentKey, SealedHeader.Salt(header), commitment);
        if (CryptographicOperations.FixedTimeEquals(commitment, SealedHeader.Commitment(header)))
        {
            return cipher;
        }

        cipher.Dispose();
        return null;
    }

    /// <summary>Seals a frame.</summary>
    /// <param name="index">Counts the frames of the object; never the same twice.</param>
    /// <param name="offset">Of the frame in the object.</param>
    /// <param name="plain">May be the beginning of <paramref name="frame"/>.</param>
    /// <param name="frame"><see cref="TagSize"/> bytes longer.</param>
    public void SealFrame(uint index, long offset, ReadOnlySpan<byte> plain, Span<byte> frame)
    {
        Span<byte> nonce = stackalloc byte[NonceSize];
        Span<byte> associated = stackalloc byte[AssociatedSize];
        Address(index, offset, plain.Length, nonce, associated);
        _cipher.Encrypt(nonce, plain, frame[..plain.Length], frame.Slice(plain.Length, TagSize), associated);
    }

    /// <summary>Opens a frame.</summary>
    /// <returns>False, and nothing in <paramref name="plain"/>, if it is not what was sealed there.</returns>
    public bool TryOpenFrame(uint index, long offset, ReadOnlySpan<byte> frame, Span<byte> plain)
    {
        Span<byte> nonce = stackalloc byte[NonceSize];
        Span<byte> associated = stackalloc byte[AssociatedSize];
        Address(index, offset, plain.Length, nonce, associated);
        try
        {
            _cipher.Decrypt(nonce, frame[..^TagSize], frame[^TagSize..], plain, associated);
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            return false;
        }
    }

    public void Dispose() => _cipher.Dispose();

    private static ObjectCipher Derive(
        in SealingContext context, ReadOnlySpan<byte> parentKey, ReadOnlySpan<byte> salt, Span<byte> commitment)
    {
        if (!parentKey.ContainsAnyExcept((byte)0))
        {
            // Keys are wiped when their keyring is disposed; whatever were sealed under what is left, everybody could open.
            throw new InvalidOperationException("The key has been wiped.");
        }

        var label = "backup/1/sealed"u8;
        Span<byte> info = stackalloc byte[label.Length + 2 + Hash.Size];
        label.CopyTo(info);
        info[label.Length] = (byte)context.Type;
        info[label.Length + 1] = SealedHeader.Suite;
        context.RepositoryId.Write(info[(label.Length + 2)..]);

        Span<byte> derived = stackalloc byte[KeySize + SealedHeader.CommitmentSize];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, parentKey, derived, salt, info);
        derived[KeySize..].CopyTo(commitment);
        var cipher = new AesGcm(derived[..KeySize], TagSize);
        CryptographicOperations.ZeroMemory(derived);

        var associated = new byte[AssociatedSize];
        context.RepositoryId.Write(associated);
        associated[Hash.Size] = (byte)context.Type;
        associated[Hash.Size + 1] = SealedHeader.Suite;
        context.Domain.Write(associated.AsSpan(Hash.Size + 2));
        salt.CopyTo(associated.AsSpan(SaltAt));
        return new ObjectCipher(cipher, associated);
    }

    private void Address(uint index, long offset, int length, Span<byte> nonce, Span<byte> associated)
    {
        nonce.Clear();
        BinaryPrimitives.WriteUInt32BigEndian(nonce[^sizeof(uint)..], index);
        _associated.CopyTo(associated);
        BinaryPrimitives.WriteInt64BigEndian(associated[OffsetAt..], offset);
        BinaryPrimitives.WriteInt32BigEndian(associated[LengthAt..], length);
    }
}

/// <summary>What a key and every AAD of an object are bound to.</summary>
/// <param name="RepositoryId">Whose object it is.</param>
/// <param name="Type">What it is.</param>
/// <param name="Domain">Of a member; none elsewhere.</param>
internal readonly record struct SealingContext(Hash RepositoryId, ObjectType Type, DomainId Domain = default);
