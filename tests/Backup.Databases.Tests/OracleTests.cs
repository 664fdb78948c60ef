using System.Text;
using Backup.Databases.Maps;
using Backup.Databases.MariaDb;
using Backup.Engine.Policies;

namespace Backup.Databases.Tests;

/// <summary>Whose every row is: the maps, compiled and asked on a real server, against what the generator knows.</summary>
public sealed class OracleTests
{
    private const int Persons = 150;

    [Theory]
    [InlineData("osticket", 1)]
    [InlineData("osticket", 2)]
    [InlineData("dolibarr", 1)]
    [InlineData("dolibarr", 2)]
    public void Owners_MadeUpPeople_AreThoseOfTheOracle(string application, int seed)
    {
        using var database = new TestDatabase();
        var made = Fill(database, application, seed);

        Assert.Empty(Wrong(database, made, Map(application)).Take(10));
    }

    [Fact]
    public void Owners_MapWithAnotherTopic_AreNot()
    {
        using var database = new TestDatabase();
        var made = Fill(database, "osticket", 1);

        Assert.NotEmpty(Wrong(database, made, Map("osticket", topic: "1")));
    }

    internal static MadeUpDatabase Fill(TestDatabase database, string application, int seed)
    {
        var made = application == "osticket" ? MadeUpPeople.OsTicket(Persons, seed) : MadeUpPeople.Dolibarr(Persons, seed);
        database.Run(File.ReadAllText(Path.Join(AppContext.BaseDirectory, "Schemas", application + ".sql")));
        database.Run(string.Join('\n', made.Statements.Select(static statement => statement.TrimEnd(';') + ";")));
        return made;
    }

    internal static DataMap Map(string application, string? topic = null) => DataMapFile.Load(
        Path.Join(AppContext.BaseDirectory, "maps", application + ".yaml"),
        application == "osticket"
            ? new Dictionary<string, string>(StringComparer.Ordinal) { ["privacy_topics"] = topic ?? $"{MadeUpPeople.PrivacyTopic}" }
            : new Dictionary<string, string>(StringComparer.Ordinal),
        []);

    /// <summary>A database as a source.</summary>
    internal static DatabaseSourceConfig SourceOf(TestDatabase database, DataMap? map = null) => new()
    {
        Id = "test", Server = DatabaseKind.MariaDb, Database = database.Name, ConnectionFile = database.ConnectionFile, Map = map?.File, DataMap = map,
    };

    private static IEnumerable<string> Wrong(TestDatabase database, MadeUpDatabase made, DataMap map)
    {
        var oracle = made.Rows.ToDictionary(static row => (row.Table, row.Key));
        using var server = new MariaDbDatabase(SourceOf(database, map));
        var queries = new OwnerQueries(map, server.Dialect, server.Tables.Select(static table => table.Name).ToHashSet(StringComparer.Ordinal));
        var persons = new Persons(map);
        foreach (var kind in map.Subjects.Values)
        {
            foreach (var row in queries.PersonsOf(kind) is { } sql ? server.Query(sql) : [])
            {
                persons.Add(kind, row);
            }
        }

        var owners = new RowOwners(persons, map.Classes, otherwise: null, DateTimeOffset.MaxValue);
        var seen = 0;
        foreach (var table in server.Tables)
        {
            var name = table.Name[map.Prefix.Length..];
            var entry = map.Find(name)!;
            if (entry.Content == MapContent.Derived)
            {
                continue;
            }

            // The columns of the key alone tell the row.
            var keys = table with { Columns = [.. table.Key.Select(key => table.Columns.First(column => column.Name == key))] };
            using var rows = server.Read(keys, queries.Of(entry, name));
            while (rows.Next())
            {
                var key = Encoding.UTF8.GetString(rows.Row)[1..^1].Replace("'", "", StringComparison.Ordinal);
                var expected = oracle.GetValueOrDefault((table.Name, key));
                var part = rows.Owner.Owner.IsEmpty ? default : owners.PartOf(rows.Owner);
                seen++;
                if (expected is null || (expected.Owner, expected.Owner is null ? null : expected.Class, expected.Owner is null ? null : expected.Period) != (part.Subject, part.Class, part.Period))
                {
                    yield return $"{table.Name} {key}: {part}, and the oracle says {expected}";
                }
            }
        }

        if (seen != made.Rows.Count)
        {
            yield return $"{seen} rows of {made.Rows.Count} were seen";
        }
    }
}
