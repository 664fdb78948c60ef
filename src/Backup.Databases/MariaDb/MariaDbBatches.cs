using System.Text;
using Backup.Databases.Loading;

namespace Backup.Databases.MariaDb;

/// <summary>Rows of INSERT statements.</summary>
internal sealed class MariaDbBatches(Action<ReadOnlyMemory<byte>> send, string? only) : RowBatches(send, only)
{
    protected override ReadOnlySpan<byte> Between => ",\n"u8;

    protected override ReadOnlySpan<byte> End => ";\n"u8;

    protected override string? TableOf(ReadOnlySpan<byte> line)
    {
        var insert = "INSERT INTO `"u8;
        if (!line.StartsWith(insert))
        {
            return null;
        }

        // A quote in a name stands twice.
        var name = line[insert.Length..];
        var end = 0;
        while (end < name.Length && (name[end] != '`' || (end + 1 < name.Length && name[end + 1] == '`')))
        {
            end += name[end] == '`' ? 2 : 1;
        }

        return Encoding.UTF8.GetString(name[..end]).Replace("``", "`", StringComparison.Ordinal);
    }

    protected override ReadOnlySpan<byte> RowOf(ReadOnlySpan<byte> line) => line is [(byte)'(', .., (byte)',' or (byte)';'] ? line[..^1] : [];
}
