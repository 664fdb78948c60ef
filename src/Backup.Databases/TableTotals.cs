using System.Globalization;
using System.Text.Json;

namespace Backup.Databases;

/// <summary><c>totals/tables.json</c>: what was counted while the rows were read. A restore counts again.</summary>
internal static class TableTotals
{
    public static byte[] Write(IEnumerable<TableTotal> totals)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, NewLine = "\n" }))
        {
            json.WriteStartArray();
            foreach (var total in totals)
            {
                json.WriteStartObject();
                json.WriteString("table", total.Table.FullName);
                json.WriteNumber("rows", total.Rows);
                json.WriteNumber("owned", total.Owned);
                json.WriteString("sum", total.Sum.ToString("x32", CultureInfo.InvariantCulture));
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        return stream.ToArray();
    }
}
