using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Backup.Engine.Format;

/// <summary>A keyed id of a blob inside its domain: the first 16 bytes of an HMAC-SHA-256.</summary>
public readonly record struct BlobId(UInt128 Value) : IComparable<BlobId>
{
    public const int Size = 16;

    public static BlobId Read(ReadOnlySpan<byte> bytes) => new(BinaryPrimitives.ReadUInt128BigEndian(bytes));

    public void Write(Span<byte> destination) => BinaryPrimitives.WriteUInt128BigEndian(destination, Value);

    public byte[] ToArray() => Id.ToArray(Value);

    public int CompareTo(BlobId other) => Value.CompareTo(other.Value);

    public override string ToString() => Id.ToHex(Value);
}

/// <summary>A random id of a domain. <see cref="None"/> where an object belongs to no domain.</summary>
public readonly record struct DomainId(UInt128 Value) : IComparable<DomainId>
{
    public const int Size = 16;

    public static DomainId None => default;

    public static DomainId Read(ReadOnlySpan<byte> bytes) => new(BinaryPrimitives.ReadUInt128BigEndian(bytes));

    public static DomainId Draw() => Read(RandomNumberGenerator.GetBytes(Size));

    public void Write(Span<byte> destination) => BinaryPrimitives.WriteUInt128BigEndian(destination, Value);

    public byte[] ToArray() => Id.ToArray(Value);

    public int CompareTo(DomainId other) => Value.CompareTo(other.Value);

    public override string ToString() => Id.ToHex(Value);
}

/// <summary>SHA-256 of an object's, a member's or a ledger entry's bytes, or of the root public key.</summary>
public readonly record struct Hash(UInt128 High, UInt128 Low) : IComparable<Hash>
{
    public const int Size = 32;

    public static Hash Of(ReadOnlySpan<byte> bytes)
    {
        Span<byte> digest = stackalloc byte[Size];
        SHA256.HashData(bytes, digest);
        return Read(digest);
    }

    public static Hash Read(ReadOnlySpan<byte> bytes) =>
        new(BinaryPrimitives.ReadUInt128BigEndian(bytes), BinaryPrimitives.ReadUInt128BigEndian(bytes[16..]));

    /// <summary>Reads 64 lower-case hexadecimal digits.</summary>
    /// <returns>False, and no hash, for anything else.</returns>
    public static bool TryParse(ReadOnlySpan<char> hex, out Hash hash)
    {
        hash = default;
        Span<byte> bytes = stackalloc byte[Size];
        if (hex.Length != 2 * Size || hex.IndexOfAnyInRange('A', 'F') >= 0 ||
            Convert.FromHexString(hex, bytes, out _, out _) != System.Buffers.OperationStatus.Done)
        {
            return false;
        }

        hash = Read(bytes);
        return true;
    }

    public void Write(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt128BigEndian(destination, High);
        BinaryPrimitives.WriteUInt128BigEndian(destination[16..], Low);
    }

    public byte[] ToArray()
    {
        var bytes = new byte[Size];
        Write(bytes);
        return bytes;
    }

    public int CompareTo(Hash other) => High != other.High ? High.CompareTo(other.High) : Low.CompareTo(other.Low);

    public override string ToString() => Id.ToHex(High) + Id.ToHex(Low);
}

internal static class Id
{
    public static byte[] ToArray(UInt128 value)
    {
        var bytes = new byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, value);
        return bytes;
    }

    public static string ToHex(UInt128 value)
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, value);
        return Convert.ToHexStringLower(bytes);
    }
}
