namespace Backup.Engine.Sources;

/// <summary>The files of a snapshot of a database. What is read first has a name that comes first.</summary>
public static class DatabaseLayout
{
    /// <summary>Server, tables, columns, and what rows name in other tables. JSON.</summary>
    public const string Description = "database.json";

    /// <summary>What is made before the rows are there, and the settings of a session that loads them. SQL.</summary>
    public const string Before = "schema.sql";

    /// <summary>What is made when the rows are there. SQL.</summary>
    public const string After = "schema-after.sql";

    /// <summary>The folder of the rows.</summary>
    public const string Rows = "rows";

    /// <summary>In it, a file for each table: its rows that are nobody's. SQL.</summary>
    public const string Shared = "shared";

    /// <summary>In it, 256 folders with a file for each person, class and period. SQL.</summary>
    public const string Subjects = "subjects";

    /// <summary>The folder of what was counted.</summary>
    public const string Totals = "totals";

    /// <summary>In it: how many rows each table had, and the sum of their hashes. JSON.</summary>
    public const string Tables = "tables.json";

    /// <summary>What a restore adds: all of it as one file for the vendor's client.</summary>
    public const string Whole = "database.sql";

    /// <summary>Whether a source of a kind is a database.</summary>
    public static bool Is(string? kind) => kind is "mariadb" or "postgres";
}
