using System.Text;
using Backup.Databases.Loading;

namespace Backup.Databases.MariaDb;

/// <summary>Rows of INSERT statements.</summary>
internal sealed class MariaDbBatches(Action<ReadOnlyMemory<byte>> send, string? only) : RowBatches(send, only)
{
    protected override ReadOnlySpan<byte> Between => ",\n"u8;

    protected override ReadOnlySpan<byte> End => ";\n"u8;

    protected override LineKind Read(ReadOnlySpan<byte> line, out ReadOnlySpan<byte> row, out string table)
    {
        row = default;
        table = "";
        if (line is [(byte)'(', .., (byte)',' or (byte)';'])
        {
            row = line[..^1];
            return LineKind.Row;
        }

        var insert = "INSERT INTO `"u8;
        if (!line.StartsWith(insert))
        {
            return LineKind.Other;
        }

        // A quote in a name stands twice.
        var name = line[insert.Length..];
        var end = 0;
        while (end < name.Length && (name[end] != '`' || (end + 1 < name.Length && name[end + 1] == '`')))
        {
            end += name[end] == '`' ? 2 : 1;
        }

        table = Encoding.UTF8.GetString(name[..end]).Replace("``", "`", StringComparison.Ordinal);
        return LineKind.Begin;
    }
}
