namespace Backup.Databases.MariaDb;

/// <summary>The SQL of MariaDB.</summary>
internal sealed class MariaDbDialect : ISqlDialect
{
    public string Quote(string name) => MariaDbFormat.Quote(name);

    public string Text(string expression) => $"CONVERT({expression} USING utf8mb4)";

    public string Concat(params ReadOnlySpan<string> texts) => $"CONCAT({string.Join(", ", texts.ToArray())})";

    public string QuoteFull(string table) => Quote(table);

    /// <summary>The applications write 0 where they mean nobody.</summary>
    public string Names(string column) => $"{column} IS NOT NULL AND {column}<>0";

    public string Delete(string table, string condition) => $"DELETE here FROM {table} AS here WHERE {condition}";

    public string InsertMissing(string table, string columns, string select) => $"INSERT IGNORE INTO {table} ({columns}) {select}";

    public string Literal(string text) => $"'{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "''", StringComparison.Ordinal)}'";
}
