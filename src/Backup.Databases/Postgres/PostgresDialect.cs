namespace Backup.Databases.Postgres;

/// <summary>The SQL of PostgreSQL.</summary>
internal sealed class PostgresDialect : ISqlDialect
{
    public string Quote(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    public string Text(string expression) => $"({expression})::text";

    public string Concat(params ReadOnlySpan<string> texts) => $"({string.Join(" || ", texts.ToArray())})";

    public string Literal(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";

    /// <summary>A name without a dot lies in <c>public</c>.</summary>
    public string QuoteFull(string table) => table.Split('.', 2) is [var schema, var name] ? $"{Quote(schema)}.{Quote(name)}" : $"\"public\".{Quote(table)}";

    public string Names(string column) => $"{column} IS NOT NULL";

    public string Delete(string table, string condition) => $"DELETE FROM {table} AS here WHERE {condition}";

    public string InsertMissing(string table, string columns, string select) => $"INSERT INTO {table} ({columns}) OVERRIDING SYSTEM VALUE {select} ON CONFLICT DO NOTHING";
}
