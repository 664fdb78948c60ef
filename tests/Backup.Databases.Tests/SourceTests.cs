using System.Text;
using Backup.Engine;
using Backup.Engine.Policies;
using Backup.Engine.Sources;

namespace Backup.Databases.Tests;

/// <summary>What a database becomes as a tree, and what ends a run instead of becoming a snapshot that only looks like one.</summary>
public sealed class SourceTests : IDisposable
{
    private const string Map = """
        application: shop
        subjects:
          person: { table: person, key: person.id, identifiers: [ { email: person.email } ] }
        tables:
          person: { owner: { person: person.id } }
          note: { owner: { person: note.person_id }, starts: note.made }
          setting: { shared: true }
          search: { derived: true }
        """;

    private readonly TestDatabase _database = new();

    public void Dispose() => _database.Dispose();

    [Fact]
    public void Walk_Persons_HaveOnePartForAClassAndYear()
    {
        Fill();

        var files = Files(OracleTests.SourceOf(_database, Read(Map)));

        var parts = files.Where(static file => file.Entry.Subject is not null).ToList();
        Assert.Equal(["email:a@example.de", "email:a@example.de 2024", "email:b@example.de", "email:b@example.de 2025"], parts.Select(static part => Encoding.UTF8.GetString(part.Entry.Name)).Order(StringComparer.Ordinal), StringComparer.Ordinal);
        Assert.Contains("'Hallo'", Text(parts.Single(static part => part.Entry is { Subject: "email:a@example.de", Period: "2024" })), StringComparison.Ordinal);
        Assert.DoesNotContain("example.de", string.Concat(files.Where(static file => file.Entry.Subject is null).Select(Text)), StringComparison.Ordinal);
        Assert.Contains("'shared'", Text(files.Single(static file => file.Path == "/rows/shared/setting")), StringComparison.Ordinal);
        Assert.DoesNotContain(files, static file => file.Path == "/rows/shared/search");
    }

    [Fact]
    public void Walk_OneRowChanges_ChangesOnePart()
    {
        Fill();
        var source = OracleTests.SourceOf(_database, Read(Map));
        var before = Files(source).Where(static file => file.Entry.Subject is not null).ToDictionary(static file => file.Path, static file => (file.Entry.Inode, file.Entry.Changed), StringComparer.Ordinal);

        _database.Run("UPDATE note SET body='Anders' WHERE person_id=2");

        var after = Files(source).Where(static file => file.Entry.Subject is not null).ToDictionary(static file => file.Path, static file => (file.Entry.Inode, file.Entry.Changed), StringComparer.Ordinal);
        Assert.Equal(before.Keys.Order(StringComparer.Ordinal), after.Keys.Order(StringComparer.Ordinal), StringComparer.Ordinal);
        Assert.EndsWith("email:b@example.de 2025", Assert.Single(after, item => before[item.Key] != item.Value).Key, StringComparison.Ordinal);
    }

    [Fact]
    public void Walk_TableThatNoEntryNames_Fails()
    {
        Fill();
        _database.Run("CREATE TABLE plugin (email TEXT)");

        var failed = Assert.Throws<BackupException>(() => Files(OracleTests.SourceOf(_database, Read(Map))));

        Assert.Contains("plugin", failed.Message, StringComparison.Ordinal);
        Assert.NotEmpty(Files(OracleTests.SourceOf(_database, Read(Map)) with { UnmappedTables = UnmappedTables.Shared }));
    }

    [Theory]
    [InlineData("note: { owner: { person: note.nobody } }", "nobody")]
    [InlineData("note: { owner: { person: note.person_id + } }", "data map")]
    public void Walk_MapNamesWhatIsNotThere_Fails(string entry, string says)
    {
        Fill();
        var map = Read(Map.Replace("note: { owner: { person: note.person_id }, starts: note.made }", entry, StringComparison.Ordinal));

        var failed = Assert.Throws<BackupException>(() => Files(OracleTests.SourceOf(_database, map)));

        Assert.Contains(says, failed.Message, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void Walk_TableIsAlteredMeanwhile_IsToBeReadAgain()
    {
        Fill();

        Assert.Throws<SourceRestartException>(() => Files(OracleTests.SourceOf(_database), path =>
        {
            if (path == "/rows/shared/note")
            {
                _database.Run("ALTER TABLE person ADD COLUMN phone TEXT");
            }
        }));
    }

    [Fact]
    public void Walk_WrongPassword_SaysWhatToCorrect()
    {
        File.WriteAllText(_database.ConnectionFile + ".wrong", File.ReadAllText(_database.ConnectionFile).Replace("user=root", "user=nobody-at-all\npassword=x", StringComparison.Ordinal));

        var failed = Assert.Throws<BackupException>(() => Files(OracleTests.SourceOf(_database) with { ConnectionFile = _database.ConnectionFile + ".wrong" }));

        Assert.Contains("does not let this user in", failed.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Walk_TableWithoutTransactions_IsReadAndListed()
    {
        _database.Run("CREATE TABLE m (x INT) ENGINE=MyISAM; INSERT INTO m VALUES (1),(1),(2)");
        var report = new WalkFailures();

        Assert.Equal("INSERT INTO `m` (`x`) VALUES\n(1),\n(1),\n(2);\n", Text(Files(OracleTests.SourceOf(_database), report: report).Single(static file => file.Path == "/rows/shared/m")));
        Assert.Empty(report.Failures);
        _ = Files(OracleTests.SourceOf(_database) with { NonTransactional = NonTransactional.Warn }, report: report);
        Assert.Equal("/rows/shared/m", Assert.Single(report.Failures));
    }

    [Fact]
    public void Walk_FieldOf64MiB_IsWhole()
    {
        _database.Run("SET GLOBAL max_allowed_packet=1073741824");
        _database.Run("CREATE TABLE b (id INT PRIMARY KEY, x LONGBLOB, t LONGTEXT CHARACTER SET utf8mb4); INSERT INTO b VALUES (1, REPEAT('0123456789abcdef', 4194304), REPEAT('ä', 20000000))");
        _database.Run("SET GLOBAL max_allowed_packet=DEFAULT");

        var text = Files(OracleTests.SourceOf(_database)).Single(static file => file.Path == "/rows/shared/b").Content;

        Assert.Equal((16 * 4_194_304) + (2 * 20_000_000), text.Length - "INSERT INTO `b` (`id`,`x`,`t`) VALUES\n(1,'','');\n".Length);
    }

    private static DataMap Read(string map) => DataMapFile.Read(Encoding.UTF8.GetBytes(map), "map.yaml", new Dictionary<string, string>(StringComparer.Ordinal), []);

    private static string Text(ReadFile file) => Encoding.UTF8.GetString(file.Content);

    private void Fill() => _database.Run("""
        CREATE TABLE person (id INT PRIMARY KEY, email TEXT);
        CREATE TABLE note (id INT PRIMARY KEY, person_id INT, made DATE, body TEXT);
        CREATE TABLE setting (k VARCHAR(20) PRIMARY KEY, v TEXT);
        CREATE TABLE search (x TEXT);
        INSERT INTO person VALUES (1, 'a@example.de'), (2, 'b@example.de');
        INSERT INTO note VALUES (1, 1, '2024-05-01', 'Hallo'), (2, 2, '2025-05-01', 'Servus'), (3, 0, NULL, 'of nobody');
        INSERT INTO setting VALUES ('a', 'shared');
        INSERT INTO search VALUES ('a@example.de');
        """);

    private List<ReadFile> Files(DatabaseSourceConfig config, Action<string>? before = null, WalkFailures? report = null) =>
        ReadFile.All(config, _database.Folder, before, report);
}
