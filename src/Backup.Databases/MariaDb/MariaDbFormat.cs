using System.Text;
using Backup.Databases.Rows;

namespace Backup.Databases.MariaDb;

/// <summary>
/// Rows as INSERT statements. Bytes are those that are stored, whatever character set they are in: they are loaded in a session with
/// <c>SET NAMES binary</c>.
/// </summary>
internal sealed class MariaDbFormat : RowFormat
{
    private readonly Dictionary<TableInfo, byte[]> _headers = new(ReferenceEqualityComparer.Instance);

    /// <summary>What a session needs in which the rows load as they were: no default, no check and no zone of the server changes a value.</summary>
    public static ReadOnlySpan<byte> SessionSettings =>
        "SET NAMES binary;\nSET time_zone='+00:00';\nSET sql_mode='NO_AUTO_VALUE_ON_ZERO';\nSET foreign_key_checks=0;\nSET unique_checks=0;\nSET check_constraint_checks=0;\n/*M!101100 SET system_versioning_insert_history=1 */;\n"u8;

    /// <summary>Ends such a session.</summary>
    public static ReadOnlySpan<byte> SessionEnd => "SET foreign_key_checks=1;\nSET unique_checks=1;\nSET check_constraint_checks=1;\n/*M!101100 SET system_versioning_insert_history=0 */;\n"u8;

    public override ReadOnlySpan<byte> Between => ",\n"u8;

    public override ReadOnlySpan<byte> End => ";\n"u8;

    public static string Quote(string name) => $"`{name.Replace("`", "``", StringComparison.Ordinal)}`";

    public override byte[] Begin(TableInfo table)
    {
        lock (_headers)
        {
            if (!_headers.TryGetValue(table, out var header))
            {
                var columns = string.Join(',', table.Columns.Select(static column => Quote(column.Name)));
                _headers[table] = header = Encoding.UTF8.GetBytes($"INSERT INTO {Quote(table.Name)} ({columns}) VALUES\n");
            }

            return header;
        }
    }
}
