using Backup.Engine;
using Backup.Engine.Format;
using Backup.Engine.Policies;
using Backup.Engine.Sources;
using Backup.Stores.Tests.Services;

namespace Backup.Databases.Tests;

/// <summary>What goes away while it is read ends the run with words that say what it was: it never looks like the end of the rows.</summary>
public sealed class GoneTests
{
    private const int Rows = 200_000;

    [Fact]
    public void Walk_MariaDbServerIsKilled_SaysWhichServerAndTable()
    {
        using var services = TestServices.StartOwn("mariadb");
        using var database = new TestDatabase(server: services);
        database.Run($"CREATE TABLE big (id INT PRIMARY KEY, x TEXT); INSERT INTO big SELECT seq, REPEAT('x', 100) FROM seq_1_to_{Rows}");

        var failed = KilledWhileReading(OracleTests.SourceOf(database), database.Folder, new ServerProcess(Path.Join(services.Folder, "mariadb", "pid")));

        Assert.StartsWith($"The table big could not be read to its end: the database server at {services.MariaDbSocket} is gone", failed.Message, StringComparison.Ordinal);
        Assert.Contains("log", failed.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public void Walk_PostgresServerIsKilled_SaysWhichServerAndTable()
    {
        using var services = TestServices.StartOwn("postgres");
        using var database = new PostgresTestDatabase(server: services);
        database.Run($"CREATE TABLE big (id INT PRIMARY KEY, x TEXT); INSERT INTO big SELECT n, repeat('x', 100) FROM generate_series(1, {Rows}) n");

        // The server's own file says more than its number.
        var number = Path.Join(database.Folder, "pid");
        File.WriteAllText(number, File.ReadLines(Path.Join(services.Folder, "postgres", "data", "postmaster.pid")).First());
        var failed = KilledWhileReading(database.Source(), database.Folder, new ServerProcess(number));

        Assert.StartsWith("The table big could not be read to its end: the database server at ", failed.Message, StringComparison.Ordinal);
        Assert.Contains($"{services.PostgresSocket}", failed.Message, StringComparison.Ordinal);
        Assert.Contains(" is gone", failed.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Walk_ConnectionIsEnded_SaysWhichTable()
    {
        using var database = new TestDatabase();
        database.Run($"CREATE TABLE big (id INT PRIMARY KEY, x TEXT); INSERT INTO big SELECT seq, REPEAT('x', 100) FROM seq_1_to_{Rows}");

        var failed = Assert.Throws<BackupException>(() => ReadBig(OracleTests.SourceOf(database), database.Folder, () => database.Run($"""
            SET @id = (SELECT ID FROM information_schema.PROCESSLIST WHERE DB = '{database.Name}' AND INFO LIKE '%FROM `big`%' AND ID <> CONNECTION_ID());
            EXECUTE IMMEDIATE CONCAT('KILL ', @id);
            """)));

        Assert.Contains("The table big could not be read to its end: the database server", failed.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Walk_MariaDbTableIsDropped_IsToBeReadAgain()
    {
        using var database = new TestDatabase();
        database.Run("CREATE TABLE a (x INT); CREATE TABLE b (x INT); INSERT INTO a VALUES (1); INSERT INTO b VALUES (1)");

        var failed = Assert.Throws<SourceRestartException>(() => ReadFile.All(OracleTests.SourceOf(database), database.Folder, path => Drop(path, database.Run)));

        Assert.Contains("The table b was removed", failed.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Walk_PostgresTableIsDropped_IsToBeReadAgain()
    {
        using var database = new PostgresTestDatabase();
        database.Run("CREATE TABLE a (x INT); CREATE TABLE b (x INT); INSERT INTO a VALUES (1); INSERT INTO b VALUES (1)");

        var failed = Assert.Throws<SourceRestartException>(() => ReadFile.All(database.Source(), database.Folder, path => Drop(path, database.Run)));

        Assert.Contains("The table b was removed", failed.Message, StringComparison.Ordinal);
    }

    private static void Drop(string path, Func<string, string?, string> run)
    {
        if (path == "/rows/shared/a")
        {
            run("DROP TABLE b", null);
        }
    }

    private static BackupException KilledWhileReading(DatabaseSourceConfig config, string folder, ServerProcess server) =>
        Assert.Throws<BackupException>(() => ReadBig(config, folder, server.Kill));

    /// <summary>Reads the beginning of the rows, then does something, then reads on.</summary>
    private static void ReadBig(DatabaseSourceConfig config, string folder, Action then)
    {
        var buffer = new byte[100_000];
        foreach (var directory in new DatabaseSource(config, [], folder, TimeProvider.System).Walk(new WalkFailures(), TestContext.Current.CancellationToken))
        {
            foreach (var entry in directory.Entries.Where(static entry => entry.Kind == EntryKind.File && entry.Name.AsSpan().SequenceEqual("big"u8)))
            {
                using var file = directory.OpenFile(entry);
                Assert.True(file.Read(buffer) > 0);
                then();
                while (file.Read(buffer) > 0)
                {
                    // It must end with an error before all rows are there.
                }
            }
        }
    }
}
