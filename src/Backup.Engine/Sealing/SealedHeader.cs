using System.Buffers.Binary;
using Backup.Engine.Format;

namespace Backup.Engine.Sealing;

/// <summary>The 72 bytes every sealed object begins with. FORMAT.md, section 4.</summary>
internal static class SealedHeader
{
    public const int Size = 72;
    public const int SaltSize = 32;
    public const int CommitmentSize = 32;
    public const byte Suite = 1;

    private const int SaltOffset = 8;
    private const int CommitmentOffset = 40;

    private static ReadOnlySpan<byte> Magic => "BKU1"u8;

    public static ReadOnlySpan<byte> Salt(ReadOnlySpan<byte> header) => header.Slice(SaltOffset, SaltSize);

    public static ReadOnlySpan<byte> Commitment(ReadOnlySpan<byte> header) => header.Slice(CommitmentOffset, CommitmentSize);

    public static void Write(Span<byte> header, ObjectType type, ReadOnlySpan<byte> salt, ReadOnlySpan<byte> commitment)
    {
        Magic.CopyTo(header);
        header[4] = (byte)type;
        header[5] = Suite;
        header[6] = 0;
        header[7] = 0;
        salt.CopyTo(header[SaltOffset..]);
        commitment.CopyTo(header[CommitmentOffset..]);
    }

    /// <exception cref="DamagedException">It is no header, or that of another type.</exception>
    /// <exception cref="UnsupportedFormatException">The suite or a critical feature is not known.</exception>
    public static void Check(ReadOnlySpan<byte> header, ObjectType type)
    {
        if (header.Length < Size || !header.StartsWith(Magic) || header[4] != (byte)type)
        {
            throw new DamagedException($"A sealed object is damaged: it does not begin as one of type {type} does.");
        }

        if (header[5] != Suite || BinaryPrimitives.ReadUInt16BigEndian(header[6..]) != 0)
        {
            throw new UnsupportedFormatException(
                $"A sealed object of type {type} uses suite {header[5]} or features that this program does not know.");
        }
    }
}
