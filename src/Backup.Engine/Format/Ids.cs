using System.Security.Cryptography;

namespace Backup.Engine.Format;

/// <summary>A keyed id of a blob inside its domain: the first 16 bytes of an HMAC-SHA-256.</summary>
public readonly record struct BlobId(Id128 Value) : IComparable<BlobId>
{
    public const int Size = 16;

    public static BlobId Read(ReadOnlySpan<byte> bytes) => new(Id128.Read(bytes));

    public void Write(Span<byte> destination) => Value.Write(destination);

    public byte[] ToArray() => Value.ToArray();

    public int CompareTo(BlobId other) => Value.CompareTo(other.Value);

    public override string ToString() => Value.ToString();
}

/// <summary>A random id of a domain. <see cref="None"/> where an object belongs to no domain.</summary>
public readonly record struct DomainId(Id128 Value) : IComparable<DomainId>
{
    public const int Size = 16;

    public static DomainId None => default;

    public static DomainId Read(ReadOnlySpan<byte> bytes) => new(Id128.Read(bytes));

    public static DomainId Draw() => Read(RandomNumberGenerator.GetBytes(Size));

    public void Write(Span<byte> destination) => Value.Write(destination);

    public byte[] ToArray() => Value.ToArray();

    public int CompareTo(DomainId other) => Value.CompareTo(other.Value);

    public override string ToString() => Value.ToString();
}

/// <summary>SHA-256 of an object's, a member's or a ledger entry's bytes, or of the root public key.</summary>
public readonly record struct Hash(Id128 High, Id128 Low) : IComparable<Hash>
{
    public const int Size = 32;

    public static Hash Of(ReadOnlySpan<byte> bytes)
    {
        Span<byte> digest = stackalloc byte[Size];
        SHA256.HashData(bytes, digest);
        return Read(digest);
    }

    public static Hash Read(ReadOnlySpan<byte> bytes) =>
        new(Id128.Read(bytes), Id128.Read(bytes[Id128.Size..]));

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
        High.Write(destination);
        Low.Write(destination[Id128.Size..]);
    }

    public byte[] ToArray()
    {
        var bytes = new byte[Size];
        Write(bytes);
        return bytes;
    }

    public int CompareTo(Hash other) => High != other.High ? High.CompareTo(other.High) : Low.CompareTo(other.Low);

    public override string ToString() => string.Concat(High.ToString(), Low.ToString());
}
