using System.Text.Json;
using Backup.Engine.Policies;

namespace Backup.Databases;

/// <summary><c>database.json</c>: what a restore must know that the SQL does not say.</summary>
internal static class DatabaseDescription
{
    private static readonly JsonWriterOptions Readable = new() { Indented = true, NewLine = "\n" };

    public static byte[] Write(DatabaseReading reading)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, Readable))
        {
            json.WriteStartObject();
            json.WriteNumber("version", 1);
            json.WriteString("kind", reading.Source.Kind);
            json.WriteString("server", reading.Database.Server);
            json.WriteString("database", reading.Source.Database);
            json.WriteString("application", reading.Source.DataMap?.Application);
            json.WriteStartArray("tables");
            foreach (var table in reading.Tables)
            {
                Write(json, table, reading.Source.DataMap);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return stream.ToArray();
    }

    private static void Write(Utf8JsonWriter json, TableInfo table, DataMap? map)
    {
        json.WriteStartObject();
        json.WriteString("name", table.FullName);
        Texts(json, "columns", table.Columns.Select(static column => column.Name));
        Texts(json, "nullable", table.Columns.Where(static column => column.IsNullable).Select(static column => column.Name));
        Texts(json, "key", table.Key);
        var entry = map?.EntryOf(table.Name);
        json.WriteStartArray("references");
        foreach (var reference in References(table, entry, map))
        {
            json.WriteStartObject();
            Texts(json, "columns", reference.Key.Columns);
            json.WriteString("table", reference.Key.Table);
            Texts(json, "keys", reference.Key.Keys);
            json.WriteString("when_erased", ActionNames[(int)reference.Action]);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartObject("required");
        foreach (var column in table.Columns.Where(static column => column.Nothing is not null))
        {
            json.WriteString(column.Name, column.Nothing);
        }

        json.WriteEndObject();
        json.WriteStartObject("placeholder");
        foreach (var (column, value) in entry?.Placeholder ?? new Dictionary<string, string>(StringComparer.Ordinal))
        {
            json.WriteString(column, value);
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    /// <summary>In the order of <see cref="WhenErased"/>.</summary>
    public static readonly string[] ActionNames = ["null-columns", "placeholder", "delete-row"];

    /// <summary>The foreign keys, each as the map wants it if it says so, and what the map adds.</summary>
    private static IEnumerable<(ForeignKey Key, WhenErased Action)> References(TableInfo table, MapTable? entry, DataMap? map)
    {
        var said = (entry?.References ?? []).Select(reference => (Key: new ForeignKey([reference.Column], map!.Prefix + reference.Table, [reference.Key]), reference.WhenErased)).ToList();
        foreach (var key in table.References)
        {
            var known = said.FindIndex(item => item.Key.Table == key.Table && item.Key.Columns.SequenceEqual(key.Columns, StringComparer.Ordinal));
            yield return (key, known < 0 ? WhenErased.NullColumns : said[known].WhenErased);
        }

        foreach (var item in said.Where(item => !table.References.Any(key => item.Key.Table == key.Table && item.Key.Columns.SequenceEqual(key.Columns, StringComparer.Ordinal))))
        {
            yield return (item.Key, item.WhenErased);
        }
    }

    private static void Texts(Utf8JsonWriter json, string name, IEnumerable<string> texts)
    {
        json.WriteStartArray(name);
        foreach (var text in texts)
        {
            json.WriteStringValue(text);
        }

        json.WriteEndArray();
    }
}
