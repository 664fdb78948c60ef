using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Backup.Engine.Format;

/// <summary>
/// 16 bytes, compared as a big-endian number. Two halves and not a <see cref="UInt128"/>, because code that touches that type is not compiled ahead of
/// time: every command would begin with a second of compiling.
/// </summary>
public readonly record struct Id128(ulong High, ulong Low) : IComparable<Id128>
{
    public const int Size = 16;

    public static implicit operator Id128(ulong low) => new(0, low);

    public static Id128 Read(ReadOnlySpan<byte> bytes) =>
        new(BinaryPrimitives.ReadUInt64BigEndian(bytes), BinaryPrimitives.ReadUInt64BigEndian(bytes[sizeof(ulong)..]));

    public static Id128 Draw() => Read(RandomNumberGenerator.GetBytes(Size));

    public void Write(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt64BigEndian(destination, High);
        BinaryPrimitives.WriteUInt64BigEndian(destination[sizeof(ulong)..], Low);
    }

    public byte[] ToArray()
    {
        var bytes = new byte[Size];
        Write(bytes);
        return bytes;
    }

    public int CompareTo(Id128 other) => High != other.High ? High.CompareTo(other.High) : Low.CompareTo(other.Low);

    /// <summary>32 lower-case hexadecimal digits.</summary>
    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[Size];
        Write(bytes);
        return Convert.ToHexStringLower(bytes);
    }
}
