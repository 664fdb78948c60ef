using Backup.Databases.MariaDb;
using Backup.Databases.Postgres;

namespace Backup.Databases.Tests;

/// <summary>Names that SQL, programs or file systems take for more than names: saved and loaded as they are.</summary>
public sealed class AwkwardNameTests
{
    private const string DatabaseName = " ü`\"'%s-x;y";

    private static readonly string[] Names =
    [
        "plain", "a`b", "say \"hi\"", "Straße öffnen", "100 %s %d", "it's", "semi;colon", "dot.ted", "sla/sh", "back\\slash", "`", "\"", "-- no", "--result-file=x",
        "$money", "CamelCase", "select", "ünïcødé%",
    ];

    [Fact]
    public void MariaDb_LoadedAgain_AreTheSame()
    {
        using var live = new TestDatabase(DatabaseName);
        using var loaded = new TestDatabase(DatabaseName);
        foreach (var name in Names)
        {
            var quoted = MariaDbFormat.Quote(name);
            live.Run($"CREATE TABLE {quoted} ({quoted} INT PRIMARY KEY, {MariaDbFormat.Quote("x " + name)} TEXT); INSERT INTO {quoted} VALUES (1, 'a'), (2, 'b')");
        }

        live.Run("CREATE VIEW `v ``%` AS SELECT `say \"hi\"` FROM `say \"hi\"`");
        live.Run("CREATE TRIGGER `t ``%` BEFORE INSERT ON `a``b` FOR EACH ROW SET NEW.`x a``b` = 'by the trigger'");

        using var target = DatabaseTarget.Open("mariadb", loaded.ConnectionFile, loaded.Name, null);
        var load = ReadFile.Copy(OracleTests.SourceOf(live), live.Folder, target);

        Assert.Empty(load.Differences);
        Assert.Equal(live.Run("SHOW TABLES"), loaded.Run("SHOW TABLES"));
        Assert.All(Names, name => Assert.Equal(live.Definition(name), loaded.Definition(name)));
        Assert.All(Names, name => Assert.Equal(live.Checksum(name), loaded.Checksum(name)));
        Assert.Equal("a\nb\n", loaded.Run("SELECT `x a``b` FROM `a``b` ORDER BY 1"));
    }

    [Fact]
    public void Postgres_LoadedAgain_AreTheSame()
    {
        using var live = new PostgresTestDatabase(DatabaseName);
        using var loaded = new PostgresTestDatabase(DatabaseName);
        var dialect = new PostgresDialect();
        live.Run("CREATE SCHEMA \"Sche ma%\"");
        foreach (var name in Names)
        {
            var quoted = dialect.Quote(name);
            live.Run($"CREATE TABLE {quoted} ({quoted} INT PRIMARY KEY, {dialect.Quote("x " + name)} TEXT); INSERT INTO {quoted} VALUES (1, 'a'), (2, 'b')");
            live.Run($"CREATE TABLE \"Sche ma%\".{quoted} (id serial, {quoted} INT REFERENCES {quoted}); INSERT INTO \"Sche ma%\".{quoted} ({quoted}) VALUES (1), (2)");
        }

        using var target = DatabaseTarget.Open("postgres", loaded.ConnectionFile, loaded.Name, null);
        var load = ReadFile.Copy(live.Source(), live.Folder, target);

        Assert.Empty(load.Differences);
        Assert.Equal(2 * Names.Length, load.Tables.Count);
        Assert.Equal(live.Definitions(), loaded.Definitions());
        Assert.Equal(live.Contents(), loaded.Contents());
    }
}
