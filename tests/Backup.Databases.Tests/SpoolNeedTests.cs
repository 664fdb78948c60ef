using System.Text;
using Backup.Engine;
using Backup.Engine.Policies;

namespace Backup.Databases.Tests;

/// <summary>Rows that surely do not fit where they wait are not read at all.</summary>
public sealed class SpoolNeedTests
{
    private const string Map = """
        application: shop
        subjects:
          person: { table: person, key: person.id }
        tables:
          person: { owner: { person: person.id } }
          setting: { shared: true }
        """;

    private const string Tables = "CREATE TABLE person (id INT PRIMARY KEY, x TEXT); CREATE TABLE setting (id INT PRIMARY KEY, x TEXT); ";

    [Fact]
    public void Walk_RowsThatSurelyDoNotFit_ReadsNothingAndSaysWhatIsNeeded()
    {
        using var database = new TestDatabase();
        database.Run(Tables + "INSERT INTO person SELECT seq, REPEAT('x', 1000) FROM seq_1_to_8000; ANALYZE TABLE person");

        var failed = Assert.Throws<BackupException>(() => Read(OracleTests.SourceOf(database, ReadMap()), database.Folder, free: 1 << 20));

        Assert.Matches($"^About \\d+ MiB of rows of the database {database.Name} wait in {database.Folder} .* 1 MiB are free there\\. Nothing was read\\.$", failed.Message);
        Assert.Contains("'state:'", failed.Remedy, StringComparison.Ordinal);
        Assert.True(Source(OracleTests.SourceOf(database, ReadMap()), database.Folder, free: 1 << 20).Examine().Risks[0].IsFault);
        Read(OracleTests.SourceOf(database, ReadMap()), database.Folder, free: 100 << 20);
        Read(OracleTests.SourceOf(database), database.Folder, free: 0);
    }

    [Fact]
    public void Walk_PostgresRowsThatSurelyDoNotFit_ReadsNothing()
    {
        using var database = new PostgresTestDatabase();
        database.Run(Tables + "INSERT INTO person SELECT n, repeat('x', 1000) FROM generate_series(1, 8000) n");

        Assert.Contains("Nothing was read", Assert.Throws<BackupException>(() => Read(database.Source(ReadMap()), database.Folder, free: 1 << 20)).Message, StringComparison.Ordinal);
        Read(database.Source(ReadMap()), database.Folder, free: 100 << 20);
    }

    [Fact]
    public void Examine_RowsOfNobody_WaitOnlyWithoutTransactions()
    {
        using var database = new TestDatabase();
        database.Run(Tables + "INSERT INTO setting SELECT seq, REPEAT('x', 1000) FROM seq_1_to_8000; ANALYZE TABLE setting");
        var config = OracleTests.SourceOf(database);

        Assert.DoesNotContain("wait", Source(config, database.Folder, free: 0).Examine().What, StringComparison.Ordinal);
        database.Run("ALTER TABLE setting ENGINE=MyISAM");
        Assert.Contains("MiB of rows wait in", Source(config, database.Folder, free: 0).Examine().What, StringComparison.Ordinal);
    }

    [Fact]
    public void FreeAt_FolderThatIsNotThereYet_IsThatOfTheOneAbove() =>
        Assert.InRange(SpoolNeed.FreeAt(Path.Join(Path.GetTempPath(), "not", "there")), 1, long.MaxValue - 1);

    private static DatabaseSource Source(DatabaseSourceConfig config, string folder, long free) =>
        new(config, [], folder, TimeProvider.System) { FreeSpace = _ => free };

    private static void Read(DatabaseSourceConfig config, string folder, long free) =>
        Assert.NotNull(Source(config, folder, free).Walk(new WalkFailures(), TestContext.Current.CancellationToken).First());

    private static DataMap ReadMap() => DataMapFile.Read(Encoding.UTF8.GetBytes(Map), "map.yaml", new Dictionary<string, string>(StringComparer.Ordinal), []);
}
