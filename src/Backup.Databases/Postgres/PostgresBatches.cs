using System.Text;
using Backup.Databases.Loading;

namespace Backup.Databases.Postgres;

/// <summary>Rows of COPY statements.</summary>
internal sealed class PostgresBatches(Action<ReadOnlyMemory<byte>> send, string? only) : RowBatches(send, only)
{
    private bool _inside;

    protected override ReadOnlySpan<byte> Between => "\n"u8;

    protected override ReadOnlySpan<byte> End => "\n\\.\n"u8;

    protected override LineKind Read(ReadOnlySpan<byte> line, out ReadOnlySpan<byte> row, out string table)
    {
        row = line;
        table = "";
        if (_inside)
        {
            // A row is never this: the server escapes a backslash.
            _inside = !line.SequenceEqual("\\."u8);
            return _inside ? LineKind.Row : LineKind.Other;
        }

        if (!line.StartsWith("COPY \""u8))
        {
            return LineKind.Other;
        }

        _inside = true;
        var (schema, rest) = Name(Encoding.UTF8.GetString(line["COPY "u8.Length..]));
        var (name, _) = Name(rest[1..]);
        table = PostgresDialect.FullName(schema, name);
        return LineKind.Begin;
    }

    /// <summary>A quoted name at the beginning of a text, and what follows it.</summary>
    private static (string Name, string Behind) Name(string text)
    {
        var end = 1;
        while (text[end] != '"' || (end + 1 < text.Length && text[end + 1] == '"'))
        {
            end += text[end] == '"' ? 2 : 1;
        }

        return (text[1..end].Replace("\"\"", "\"", StringComparison.Ordinal), text[(end + 1)..]);
    }
}
