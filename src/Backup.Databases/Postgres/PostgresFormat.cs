using System.Text;
using Backup.Databases.Rows;

namespace Backup.Databases.Postgres;

/// <summary>Rows as COPY takes them: a row a line, tabs between values, what would break the line escaped by the server itself.</summary>
internal sealed class PostgresFormat : RowFormat
{
    private static readonly PostgresDialect Dialect = new();

    private readonly Dictionary<TableInfo, byte[]> _headers = new(ReferenceEqualityComparer.Instance);

    /// <summary>What a session needs in which the rows load as they were.</summary>
    public static ReadOnlySpan<byte> SessionSettings =>
        "\nSET client_encoding='UTF8';\nSET standard_conforming_strings=on;\nSET datestyle='ISO';\nSET intervalstyle='postgres';\nSET timezone='UTC';\nSET row_security=off;\nSET check_function_bodies=false;\n"u8;

    public override ReadOnlySpan<byte> Between => "\n"u8;

    public override ReadOnlySpan<byte> End => "\n\\.\n"u8;

    public override byte[] Begin(TableInfo table)
    {
        lock (_headers)
        {
            if (!_headers.TryGetValue(table, out var header))
            {
                var columns = string.Join(", ", table.Columns.Select(static column => Dialect.Quote(column.Name)));
                var list = columns.Length == 0 ? "" : $" ({columns})";
                _headers[table] = header = Encoding.UTF8.GetBytes($"COPY {Dialect.QuoteFull(table.FullName)}{list} FROM stdin;\n");
            }

            return header;
        }
    }
}
