using System.Diagnostics;
using Backup.Databases.Tests;
using Backup.EndToEnd.Tests.Harness;
using Backup.Stores.Tests.Services;

namespace Backup.EndToEnd.Tests.Databases;

/// <summary>A drill loads a database into a server of the same kind that is thrown away, from each site alone.</summary>
public sealed class DrillTests : IDisposable
{
    private const string Rows = "CREATE TABLE item (id int PRIMARY KEY, name varchar(40)); INSERT INTO item VALUES (1, 'eins'), (2, 'zwei'), (3, NULL);";

    private readonly World _world = World.Initialized();
    private readonly TestDatabase _live = new();
    private readonly string _postgres = $"t_{Path.GetRandomFileName().Replace('.', '_')}";

    public DrillTests()
    {
        _live.Run(Rows);
        Sql("postgres", $"CREATE DATABASE {_postgres}");
        Sql(_postgres, Rows);
        World.WriteSecret(Path.Join(_world.Folder, "pg.conf"), $"[test]\nhost={TestServices.Shared.PostgresSocket}\nuser=postgres");
    }

    private string Folder => Path.Join(_world.Folder, "state", World.Tenant, "drill");

    public void Dispose()
    {
        Sql("postgres", $"DROP DATABASE {_postgres}");
        _live.Dispose();
        _world.Dispose();
    }

    [Theory]
    [InlineData("mariadb")]
    [InlineData("postgres")]
    public void Drill_Database_IsLoadedAndCheckedFromEachSiteAlone(string kind)
    {
        Source(kind, "SELECT COUNT(*) = 3 FROM item", "SELECT name FROM item WHERE id=1");
        _world.Machine.Run("backup", "shop").MustExit(0);

        var drilled = _world.Machine.Json("drill", "shop").MustExit(0).Summary.List("sites");

        Assert.Equal(["a", "b", "c"], drilled.Texts("id"), StringComparer.Ordinal);
        Assert.All(drilled, static site => Assert.Equal((3, 0, "checks passed: 2"), (site.Number("rows"), site.Number("mismatches"), site.Text("message"))));
        Assert.False(Directory.Exists(Folder));
        Assert.Empty(Servers());
    }

    [Theory]
    [InlineData("mariadb", "SELECT COUNT(*) > 99 FROM item", "the answer is ")]
    [InlineData("postgres", "SELECT COUNT(*) > 99 FROM item", "the answer is False")]
    [InlineData("mariadb", "SELECT name FROM item WHERE id=3", "the answer is nothing")]
    [InlineData("postgres", "SELECT nothing FROM nowhere", "nowhere")]
    public void Drill_CheckThatDoesNotPass_EndsWith21AndIsNamed(string kind, string check, string answer)
    {
        Source(kind, check);
        _world.Machine.Run("backup", "shop").MustExit(0);

        _world.Machine.Run("drill", "shop", "--site", "b").MustExit(21).MustSay(check, answer, "1 table or check");
        Assert.False(Directory.Exists(Folder));
    }

    [Fact]
    public void Drill_Killed_LeavesNeitherServerNorData()
    {
        Source("mariadb", "SELECT SLEEP(600)");
        _world.Machine.Run("backup", "shop").MustExit(0);
        using (var drill = _world.Machine.Start([], "drill", "shop"))
        {
            Eventually(() => Servers().Any() && File.Exists(Path.Join(Folder, "connection")));
            drill.Kill();
            drill.Finish();
        }

        Eventually(() => !Servers().Any() && !Directory.Exists(Folder));
    }

    private static void Eventually(Func<bool> condition)
    {
        var began = Stopwatch.GetTimestamp();
        while (!condition())
        {
            Assert.True(Stopwatch.GetElapsedTime(began) < TimeSpan.FromMinutes(2), "It did not come to pass within two minutes.");
            Thread.Sleep(50);
        }
    }

    private static void Sql(string database, string sql) =>
        Shell.Run("psql", "-h", TestServices.Shared.PostgresSocket, "-U", "postgres", "-qAtX", "-v", "ON_ERROR_STOP=1", "-d", database, "-c", sql);

    /// <summary>The servers that have anything to do with this test's folder.</summary>
    private IEnumerable<string> Servers() => Directory.GetDirectories("/proc").Select(static process => Path.Join(process, "cmdline")).Where(file =>
    {
        try
        {
            return File.ReadAllText(file) is var command && command.Contains(Folder, StringComparison.Ordinal) && command.Contains("mariadbd", StringComparison.Ordinal);
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    });

    private void Source(string kind, params string[] checks)
    {
        _world.SourceKeys = $"""
              - id: shop
                kind: {kind}
                database: {(kind == "mariadb" ? _live.Name : _postgres)}
                connection_file: {(kind == "mariadb" ? _live.ConnectionFile : "pg.conf")}
                check: [{string.Join(", ", checks.Select(static check => $"\"{check}\""))}]
            """;
        _world.WritePolicy();
    }
}
