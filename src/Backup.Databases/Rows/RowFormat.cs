using System.Security.Cryptography;
using System.Text;

namespace Backup.Databases.Rows;

/// <summary>
/// How rows are written so that the vendor's client loads them: statements of many rows, a row a line. Where a statement ends is decided by the rows in it, so
/// that a row more or less changes one statement and not all after it.
/// </summary>
internal abstract class RowFormat
{
    /// <summary>A statement ends after the row that makes it so long, in bytes; below any server's default limit.</summary>
    private const int LongestStatement = 512 << 10;

    /// <summary>Of so many rows one ends its statement.</summary>
    private const int RowsPerStatement = 512;

    /// <summary>The first line of a statement, with its line break.</summary>
    public abstract byte[] Begin(TableInfo table);

    /// <summary>Stands between two rows: it holds the line break.</summary>
    public abstract ReadOnlySpan<byte> Between { get; }

    /// <summary>Stands after the last row of a statement.</summary>
    public abstract ReadOnlySpan<byte> End { get; }

    /// <summary>What tells a row from another: the first half of the SHA-256 of its text.</summary>
    public static UInt128 HashOf(ReadOnlySpan<byte> row)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(row, digest);
        return System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(digest);
    }

    /// <summary>Whether a statement ends after a row.</summary>
    /// <param name="hash">Of the row.</param>
    /// <param name="bytes">Of the statement so far, the row included.</param>
    public static bool EndsAfter(UInt128 hash, long bytes) => (uint)hash % RowsPerStatement == 0 || bytes >= LongestStatement;

    /// <summary>A name as the name of a file: without what a file system or a shell would take for more than a name.</summary>
    public static string FileName(string name)
    {
        var escaped = new StringBuilder(name.Length);
        foreach (var character in name)
        {
            _ = character is '/' or '%' or '\\' || char.IsControl(character) ? escaped.Append('%').Append(((int)character).ToString("X2", System.Globalization.CultureInfo.InvariantCulture)) : escaped.Append(character);
        }

        // A name of a file holds 255 bytes.
        const int longest = 200;
        var text = escaped is ['.', ..] ? "%2E" + escaped.ToString(1, escaped.Length - 1) : escaped.ToString();
        return Encoding.UTF8.GetByteCount(text) <= longest ? text : $"{Cut(text)}…{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)).AsSpan(0, 8))}";
    }

    private static string Cut(string text)
    {
        const int kept = 40;
        return char.IsHighSurrogate(text[kept - 1]) ? text[..(kept - 1)] : text[..kept];
    }
}
