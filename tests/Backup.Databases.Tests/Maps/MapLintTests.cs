using System.Text;
using Backup.Engine;
using Backup.Engine.Policies;

namespace Backup.Databases.Tests.Maps;

/// <summary>What of a map does not fit a database that is there, found without reading its rows.</summary>
public sealed class MapLintTests : IDisposable
{
    private const string Map = """
        application: shop
        classes: { bill: { retain_until: 8y, from: year_end, basis: "§ 147 AO" }, account: { basis: contract } }
        subjects:
          person: { table: person, key: person.id, identifiers: [ { email: person.email } ] }
        tables:
          person: { owner: { person: person.id }, class: account }
          note: { owner: { person: note.person_id }, class: account }
          setting: { shared: true }
          search: { derived: true }
        """;

    private readonly TestDatabase _database = new();

    public MapLintTests() => _database.Run("""
        CREATE TABLE person (id INT PRIMARY KEY, email TEXT);
        CREATE TABLE note (id INT PRIMARY KEY, person_id INT, body TEXT, words INT AS (LENGTH(body)) VIRTUAL);
        CREATE TABLE setting (k VARCHAR(20) PRIMARY KEY, v TEXT);
        CREATE TABLE search (email TEXT);
        """);

    public void Dispose() => _database.Dispose();

    [Fact]
    public void Examine_MapThatFits_SaysNothing()
    {
        var found = Source(Map).Examine();

        Assert.Empty(found.Risks);
        Assert.StartsWith("MariaDB ", found.What, StringComparison.Ordinal);
        Assert.Contains(", 4 tables; about 1 MiB of rows wait in ", found.What, StringComparison.Ordinal);
    }

    [Fact]
    public void Examine_WithoutMap_SaysNothing() => Assert.Empty(Source(null).Examine().Risks);

    [Fact]
    public void Examine_UnmappedTable_IsAFaultUnlessThePolicyAllowsIt()
    {
        _database.Run("CREATE TABLE plugin (x INT)");

        Assert.True(Assert.Single(Source(Map).Examine().Risks, static risk => risk.What.Contains("plugin", StringComparison.Ordinal)).IsFault);
        Assert.False(Assert.Single(Source(Map, static source => source with { UnmappedTables = UnmappedTables.Shared }).Examine().Risks).IsFault);
    }

    [Fact]
    public void Examine_TableThatIsNotThere_IsKnown()
    {
        var some = Assert.Single(Source(Map + "\n  basket: { shared: true }\n").Examine().Risks);
        Assert.False(some.IsFault);
        Assert.Contains("names 1 tables that the database", some.What, StringComparison.Ordinal);
        Assert.EndsWith(": basket", some.What, StringComparison.Ordinal);

        var none = Source("parameters: { prefix: xx_ }\n" + Map).Examine().Risks;
        Assert.Contains(none, static risk => risk.IsFault && risk.What.Contains("none of the 4 tables", StringComparison.Ordinal) && risk.What.Contains("xx_person", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("note.person_id }", "note.nobody }", "the table note", "nobody")]
    [InlineData("note.person_id }", "\"note.person_id +\" }", "the table note", "the data map does not fit")]
    [InlineData("email: person.email", "email: person.mail", "the kind of person 'person'", "mail")]
    public void Examine_ExpressionThatTheServerRefuses_IsAFault(string right, string wrong, string where, string says)
    {
        var risk = Assert.Single(Source(Map.Replace(right, wrong, StringComparison.Ordinal)).Examine().Risks);

        Assert.True(risk.IsFault);
        Assert.Contains(where, risk.What, StringComparison.Ordinal);
        Assert.Contains(says, risk.What, StringComparison.Ordinal);
    }

    [Fact]
    public void Examine_SeveralFaultsAtPostgres_AreAllSaid()
    {
        using var database = new PostgresTestDatabase();
        database.Run("CREATE TABLE person (id INT PRIMARY KEY, email TEXT); CREATE TABLE note (id INT PRIMARY KEY, person_id INT REFERENCES person); CREATE TABLE setting (k TEXT, mobile TEXT)");
        var map = Read(Map.Replace("note.person_id }", "note.nobody }", StringComparison.Ordinal).Replace("email: person.email", "email: person.mail", StringComparison.Ordinal));

        var found = new DatabaseSource(database.Source(map), map.Classes, database.Folder, TimeProvider.System).Examine();

        Assert.Equal([true, true, false, false], found.Risks.Select(static risk => risk.IsFault));
        Assert.Contains("person.mail does not exist", found.Risks[0].What, StringComparison.Ordinal);
        Assert.Contains("note.nobody does not exist", found.Risks[1].What, StringComparison.Ordinal);
        Assert.EndsWith(": search", found.Risks[2].What, StringComparison.Ordinal);
        Assert.Contains("mobile", found.Risks[3].What, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("references: [ { column: person_nr, table: person, key: id } ]", "note.person_nr", true)]
    [InlineData("references: [ { column: person_id, table: person, key: nr } ]", "person.nr", true)]
    [InlineData("further: [ subject ]", "note.subject", false)]
    [InlineData("placeholder: { title: x }", "note.title", false)]
    [InlineData("further: [ words, Body ]", null, false)]
    public void Examine_ColumnThatIsNotThere_IsSaid(string key, string? column, bool isFault)
    {
        var risks = Source(Map.Replace("note: { ", "note: { " + key + ", ", StringComparison.Ordinal)).Examine().Risks;

        Assert.Equal(column is null ? [] : [isFault], risks.Select(static risk => risk.IsFault));
        Assert.All(risks, risk => Assert.Contains(column!, risk.What, StringComparison.Ordinal));
    }

    [Fact]
    public void Examine_NoWayToAnOwnerIsThere_IsKnown()
    {
        var map = Map.Replace("note: { owner: { person: note.person_id }", "note: { join: { basket: \"basket.id = note.id\" }, owner: { person: basket.person_id }", StringComparison.Ordinal);

        Assert.Contains(Source(map).Examine().Risks, static risk => !risk.IsFault && risk.What.StartsWith("the rows of note would be nobody's", StringComparison.Ordinal));
    }

    [Fact]
    public void Examine_PersonalColumnOfNobody_IsKnownUntilTheMapNamesIt()
    {
        _database.Run("ALTER TABLE setting ADD COLUMN sender_mail TEXT, ADD COLUMN zipped TEXT");

        var risk = Assert.Single(Source(Map).Examine().Risks);

        Assert.False(risk.IsFault);
        Assert.Contains("setting", risk.What, StringComparison.Ordinal);
        Assert.Contains("its column sender_mail may", risk.What, StringComparison.Ordinal);
        Assert.Empty(Source(Map.Replace("setting: { shared: true", "setting: { shared: true, further: [sender_mail]", StringComparison.Ordinal)).Examine().Risks);
    }

    [Fact]
    public void Examine_TableWithoutTransactions_IsKnownWhereNobodyWaits()
    {
        _database.Run("ALTER TABLE setting ENGINE=MyISAM; ALTER TABLE search ENGINE=MyISAM");

        Assert.Empty(Source(Map).Examine().Risks);
        Assert.StartsWith("the table setting: its engine", Assert.Single(Source(Map, static source => source with { NonTransactional = NonTransactional.Warn }).Examine().Risks).What, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("owner: { person: note.person_id }, class: account", "INT NOT NULL", false)] // goes with its person
    [InlineData("owner: { person: note.person_id }, class: bill", "INT NOT NULL", true)] // stays under a duty
    [InlineData("owner: { person: note.person_id }, class: bill", "INT NULL", false)] // becomes NULL by itself
    [InlineData("owner: { person: note.writer }, class: account", "INT NOT NULL", true)] // is another person's
    [InlineData("shared: true", "INT NOT NULL", true)]
    [InlineData("shared: true, references: [ { column: person_id, table: person, key: id, when_erased: placeholder } ]", "INT NOT NULL", false)]
    [InlineData("shared: true, references: [ { column: person_id, table: person, key: id, when_erased: delete-row } ]", "INT NOT NULL", false)]
    [InlineData("owner: { person: note.person_id }, class: bill, references: [ { column: person_id, table: person, key: id, when_erased: delete-row } ]", "INT NOT NULL", true)]
    public void Examine_KeyThatWouldLeadNowhere_IsKnown(string entry, string column, bool isKnown)
    {
        _database.Run($"ALTER TABLE note ADD COLUMN writer INT, MODIFY person_id {column}, ADD FOREIGN KEY (person_id) REFERENCES person (id)");
        var map = Map.Replace("owner: { person: note.person_id }, class: account", entry, StringComparison.Ordinal);

        var risks = Source(map).Examine().Risks;

        Assert.Equal(isKnown ? 1 : 0, risks.Count);
        Assert.All(risks, static risk => Assert.Matches("^rows of note .* name rows of person \\(person_id\\)", risk.What));
        if (!entry.Contains("delete", StringComparison.Ordinal))
        {
            Assert.Empty(Source(map.Replace("person: { owner: { person: person.id }", "person: { placeholder: { email: x }, owner: { person: person.id }", StringComparison.Ordinal)).Examine().Risks);
        }
    }

    [Fact]
    public void Examine_ServerThatCannotBeReached_SaysWhatToCorrect()
    {
        var file = Path.Join(_database.Folder, "wrong.cnf");
        void Fails(DatabaseSourceConfig config, string settings, string says)
        {
            File.WriteAllText(file, settings);
            var failed = Assert.Throws<BackupException>(() => new DatabaseSource(config with { ConnectionFile = file }, [], _database.Folder, TimeProvider.System).Examine());
            Assert.Contains(says, failed.Message, StringComparison.Ordinal);
            Assert.NotNull(failed.Remedy);
        }

        var (mine, theirs) = (OracleTests.SourceOf(_database), new DatabaseSourceConfig { Id = "shop", Server = DatabaseKind.Postgres, Database = "postgres" });
        var (socket, folder) = (Stores.Tests.Services.TestServices.Shared.MariaDbSocket, Stores.Tests.Services.TestServices.Shared.PostgresSocket);
        Fails(mine, $"[client]\nsocket={socket}\nuser=stranger\npassword=x\n", "does not let this user in");
        Fails(mine, "[client]\nsocket=/nowhere/at/all.sock\nuser=root\n", "does not answer");
        Fails(mine, "[client]\nhost=127.0.0.1\nport=1\nuser=root\n", "does not answer");
        Fails(mine, "[client]\nhost=nowhere.invalid\nuser=root\n", "does not answer");
        Fails(mine with { Database = "no_such" }, $"[client]\nsocket={socket}\nuser=root\n", "Unknown database 'no_such'");
        Fails(theirs, $"[test]\nhost={folder}\nuser=stranger\n", "does not let this user in");
        Fails(theirs, "[test]\nhost=/nowhere/at/all\nuser=postgres\n", "does not answer");
        Fails(theirs, "[test]\nhost=127.0.0.1\nport=1\nuser=postgres\n", "does not answer");
        Fails(theirs, "[test]\nhost=nowhere.invalid\nuser=postgres\n", "does not answer");
        Fails(theirs with { Database = "no_such" }, $"[test]\nhost={folder}\nuser=postgres\n", "\"no_such\" does not exist");
    }

    private static DataMap Read(string map) => DataMapFile.Read(Encoding.UTF8.GetBytes(map), "map.yaml", new Dictionary<string, string>(StringComparer.Ordinal), []);

    private DatabaseSource Source(string? map, Func<DatabaseSourceConfig, DatabaseSourceConfig>? change = null)
    {
        var read = map is null ? null : Read(map);
        var config = OracleTests.SourceOf(_database, read);
        return new DatabaseSource(change is null ? config : change(config), read?.Classes ?? [], _database.Folder, TimeProvider.System);
    }
}
