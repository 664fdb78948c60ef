using System.Globalization;

namespace Backup.Databases.Postgres;

/// <summary>Reads what a PostgreSQL database consists of.</summary>
internal static class PostgresSchema
{
    /// <summary>Tables of the database's own: not the server's, and not an extension's.</summary>
    private const string Own =
        "c.relkind='r' AND c.relpersistence<>'t' AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname<>'information_schema'"
        + " AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid=c.oid AND d.classid='pg_class'::regclass AND d.deptype='e')";

    private const string Tables = "pg_class c JOIN pg_namespace n ON n.oid=c.relnamespace";

    /// <summary>The tables with rows of their own, by name.</summary>
    public static IReadOnlyList<TableInfo> Read(Func<string, IEnumerable<string?[]>> query)
    {
        var columns = query($"SELECT c.oid::text, a.attname, format_type(a.atttypid, NULL), a.attnotnull::text, (a.atthasdef OR a.attidentity<>'')::text, (a.attgenerated<>'')::text FROM {Tables} JOIN pg_attribute a ON a.attrelid=c.oid WHERE {Own} AND a.attnum>0 AND NOT a.attisdropped ORDER BY c.oid, a.attnum")
            .Select(static row => (string?[])row.Clone()).ToLookup(static row => row[0]!, StringComparer.Ordinal);
        var keys = query($"SELECT c.oid::text, a.attname FROM {Tables} JOIN pg_index i ON i.indrelid=c.oid AND i.indisprimary CROSS JOIN LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY k(number, place) JOIN pg_attribute a ON a.attrelid=c.oid AND a.attnum=k.number WHERE {Own} ORDER BY c.oid, k.place")
            .Select(static row => (Table: row[0]!, Column: row[1]!)).ToLookup(static row => row.Table, static row => row.Column, StringComparer.Ordinal);
        var references = query(
                $"SELECT c.oid::text, f.oid::text, a.attname, rn.nspname, r.relname, b.attname FROM {Tables} JOIN pg_constraint f ON f.conrelid=c.oid AND f.contype='f' JOIN pg_class r ON r.oid=f.confrelid JOIN pg_namespace rn ON rn.oid=r.relnamespace"
                + $" CROSS JOIN LATERAL unnest(f.conkey, f.confkey) WITH ORDINALITY k(here, there, place) JOIN pg_attribute a ON a.attrelid=c.oid AND a.attnum=k.here JOIN pg_attribute b ON b.attrelid=r.oid AND b.attnum=k.there WHERE {Own} ORDER BY c.oid, f.oid, k.place")
            .Select(static row => (string?[])row.Clone()).ToLookup(static row => row[0]!, StringComparer.Ordinal);
        return
        [
            .. query($"SELECT c.oid::text, n.nspname, c.relname, pg_table_size(c.oid)::text FROM {Tables} WHERE {Own} ORDER BY n.nspname COLLATE \"C\", c.relname COLLATE \"C\"")
                .Select(row => Table(row, columns[row[0]!], [.. keys[row[0]!]], references[row[0]!])),
        ];
    }

    /// <summary>Statements that bring sequences to where they are: they are no rows.</summary>
    public static IEnumerable<string> Sequences(Func<string, IEnumerable<string?[]>> query)
    {
        var dialect = new PostgresDialect();
        var names = query($"SELECT n.nspname, c.relname FROM {Tables} WHERE {Own.Replace("c.relkind='r'", "c.relkind='S'", StringComparison.Ordinal)} ORDER BY 1, 2").Select(static row => $"{row[0]}.{row[1]}").ToList();
        foreach (var name in names)
        {
            var state = query($"SELECT last_value::text, is_called::text FROM {dialect.QuoteFull(name)}").Select(static row => (Value: row[0], Called: row[1])).First();
            yield return $"SELECT pg_catalog.setval({dialect.Literal(dialect.QuoteFull(name))}, {state.Value}, {state.Called});";
        }
    }

    private static TableInfo Table(string?[] row, IEnumerable<string?[]> columns, IReadOnlyList<string> key, IEnumerable<string?[]> references) => new()
    {
        Schema = PostgresDialect.SchemaOf(row[1]!, row[2]!),
        Name = row[2]!,
        Columns = [.. columns.Where(static column => column[5] == "false").Select(Column)],
        Generated = [.. columns.Where(static column => column[5] == "true").Select(static column => column[1]!)],
        Key = key,
        ExpectedBytes = long.TryParse(row[3], CultureInfo.InvariantCulture, out var bytes) ? bytes : 0,
        References = [.. references.GroupBy(static part => part[1], StringComparer.Ordinal).Select(static one => new ForeignKey(
            [.. one.Select(static part => part[2]!)], PostgresDialect.FullName(one.First()[3]!, one.First()[4]!), [.. one.Select(static part => part[5]!)]))],
    };

    private static ColumnInfo Column(string?[] column)
    {
        var (nullable, hasDefault) = (column[3] == "false", column[4] == "true");
        return new ColumnInfo(column[1]!, column[2]!, ValueKind.Bytes, nullable, nullable || hasDefault)
        {
            Nothing = nullable || hasDefault ? null : NothingOf(column[2]!),
        };
    }

    /// <summary>What says nothing in a column of a type.</summary>
    private static string NothingOf(string type) => type switch
    {
        "smallint" or "integer" or "bigint" or "numeric" or "real" or "double precision" => "0",
        "boolean" => "false",
        "date" or "timestamp without time zone" or "timestamp with time zone" => "1970-01-01",
        "uuid" => "00000000-0000-0000-0000-000000000000",
        "json" or "jsonb" => "{}",
        _ when type.EndsWith("[]", StringComparison.Ordinal) => "{}",
        _ => "",
    };
}
