namespace Backup.Databases.Tests;

/// <summary>Databases with every value and object that is easily lost, saved and loaded into an empty one: as they were.</summary>
public sealed class CornerTests
{
    private static readonly (string Kind, string Query)[] Objects =
    [
        ("TRIGGER", "SELECT TRIGGER_NAME FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA=DATABASE() ORDER BY 1"),
        ("FUNCTION", "SELECT ROUTINE_NAME FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA=DATABASE() AND ROUTINE_TYPE='FUNCTION' ORDER BY 1"),
        ("PROCEDURE", "SELECT ROUTINE_NAME FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA=DATABASE() AND ROUTINE_TYPE='PROCEDURE' ORDER BY 1"),
        ("EVENT", "SELECT EVENT_NAME FROM information_schema.EVENTS WHERE EVENT_SCHEMA=DATABASE() ORDER BY 1"),
    ];

    [Fact]
    public void MariaDb_LoadedAgain_IsTheSame()
    {
        using var live = new TestDatabase();
        using var loaded = new TestDatabase();
        live.Run(Schema("corners-mariadb"));
        Assert.Equal("818D00FF", live.Run("SELECT HEX(x) FROM undefined").Trim());

        using var target = DatabaseTarget.Open("mariadb", loaded.ConnectionFile, loaded.Name, null);
        var load = ReadFile.Copy(OracleTests.SourceOf(live), live.Folder, target);

        Assert.Empty(load.Differences);
        var tables = Lines(live.Run("SHOW TABLES"));
        Assert.Equal(tables, Lines(loaded.Run("SHOW TABLES")));
        Assert.All(tables, table => Assert.Equal(live.Definition(table), loaded.Definition(table)));
        Assert.All(tables, table => Assert.Equal(live.Checksum(table), loaded.Checksum(table)));
        Assert.All(Objects, each => Assert.NotEmpty(live.Run(each.Query)));
        Assert.All(Objects, each => Assert.Equal(Written(live, each), Written(loaded, each), StringComparer.Ordinal));
        Assert.All(
            [
                "SELECT * FROM numbers", "SELECT *, ROW_START, ROW_END FROM versions FOR SYSTEM_TIME ALL ORDER BY id, ROW_START",
                "SELECT a, v, s, hidden FROM made ORDER BY a", "SELECT f+0e0, d FROM floats ORDER BY id",
            ],
            query => Assert.Equal(live.Run(query), loaded.Run(query)));
        const string next = "INSERT INTO counted (x) VALUES ('next'); SELECT LAST_INSERT_ID()";
        Assert.Equal(live.Run(next), loaded.Run(next));
    }

    [Fact]
    public void Postgres_LoadedAgain_IsTheSame()
    {
        using var live = new PostgresTestDatabase();
        using var loaded = new PostgresTestDatabase();
        live.Run(Schema("corners-postgres"));

        using var target = DatabaseTarget.Open("postgres", loaded.ConnectionFile, loaded.Name, null);
        var load = ReadFile.Copy(live.Source(), live.Folder, target);

        Assert.Empty(load.Differences);
        Assert.Equal(live.Definitions(), loaded.Definitions());
        Assert.Equal(live.Contents(), loaded.Contents());
        Assert.Equal("21|110", loaded.Run("INSERT INTO identities (x) VALUES ('next') RETURNING id, nextval('apart')"));
    }

    private static string Schema(string name) => File.ReadAllText(Path.Join(AppContext.BaseDirectory, "Schemas", name + ".sql"));

    private static string[] Lines(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>How the server writes objects of a kind, but for the time at which they were made.</summary>
    private static IEnumerable<string> Written(TestDatabase database, (string Kind, string Query) of) =>
        from name in Lines(database.Run(of.Query))
        let columns = database.Run($"SHOW CREATE {of.Kind} `{name}`").TrimEnd('\n').Split('\t')
        select string.Join('\t', of.Kind == "TRIGGER" ? columns[..^1] : columns);
}
