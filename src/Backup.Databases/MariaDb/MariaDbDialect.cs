namespace Backup.Databases.MariaDb;

/// <summary>The SQL of MariaDB.</summary>
internal sealed class MariaDbDialect : ISqlDialect
{
    public string Quote(string name) => MariaDbFormat.Quote(name);

    public string Text(string expression) => $"CONVERT({expression} USING utf8mb4)";

    public string Concat(params ReadOnlySpan<string> texts) => $"CONCAT({string.Join(", ", texts.ToArray())})";

    public string Literal(string text) => $"'{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "''", StringComparison.Ordinal)}'";
}
