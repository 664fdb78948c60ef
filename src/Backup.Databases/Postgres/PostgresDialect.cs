namespace Backup.Databases.Postgres;

/// <summary>The SQL of PostgreSQL.</summary>
internal sealed class PostgresDialect : ISqlDialect
{
    public string Quote(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    public string Text(string expression) => $"({expression})::text";

    public string Concat(params ReadOnlySpan<string> texts) => $"({string.Join(" || ", texts.ToArray())})";

    public string Literal(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";

    /// <summary>How people and files name a table: in <c>public</c> by its name alone, unless that holds a dot.</summary>
    public static string FullName(string schema, string name) => SchemaOf(schema, name) is { } shown ? $"{shown}.{name}" : name;

    /// <summary>The schema that must be said; else null.</summary>
    public static string? SchemaOf(string schema, string name) =>
        schema == "public" && !name.Contains('.', StringComparison.Ordinal) ? null : schema;

    /// <summary>A name without a dot lies in <c>public</c>.</summary>
    public string QuoteFull(string table) => table.Split('.', 2) is [var schema, var name] ? $"{Quote(schema)}.{Quote(name)}" : $"\"public\".{Quote(table)}";

    public string Names(string column) => $"{column} IS NOT NULL";

    public string Delete(string table, string condition) => $"DELETE FROM {table} AS here WHERE {condition}";

    public string InsertMissing(string table, string columns, string select) => $"INSERT INTO {table} ({columns}) OVERRIDING SYSTEM VALUE {select} ON CONFLICT DO NOTHING";
}
