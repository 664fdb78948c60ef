using Backup.Databases.Tests;
using Backup.EndToEnd.Tests.Harness;

namespace Backup.EndToEnd.Tests.Databases;

/// <summary>
/// A helpdesk and a merchant's books of people who do not exist, on a real server: saved while somebody writes, loaded into an empty database, one customer
/// erased, and every snapshot loaded again.
/// </summary>
public sealed class StoryTests
{
    private const int Persons = 60;

    /// <summary>The shortest duty of the maps is six years long.</summary>
    private const string SurelyKept = "2022";

    [Theory]
    [InlineData("osticket", "privacy_topics: \"7\"")]
    [InlineData("dolibarr", "prefix: llx_")]
    public void Database_SavedLoadedErasedLoaded_LacksThatPersonAndNothingElse(string application, string parameters)
    {
        using var world = World.Initialized();
        using var live = new TestDatabase();
        var made = Fill(live, application);
        world.SourceKeys = SourceLine(live, application, parameters);
        world.WritePolicy();

        // 1. Saved, also while somebody writes.
        world.Machine.Run("backup", "shop").MustExit(0);
        var tables = Tables(live);
        var before = Checksums(live, tables);
        using (Writer(live))
        {
            world.Machine.Run("backup", "shop").MustExit(0);
        }

        // 2. Loaded from one city alone, on an empty machine: every table is as it was.
        Load(world.Rescue("b"), "shop@latest~1", live, loaded =>
        {
            Assert.Equal(before, Checksums(loaded, tables));
            Assert.Empty(Dangling(loaded));
        });

        // 3. One customer goes; what a duty keeps stays.
        var person = made.Rows.Where(static row => row.Owner is not null && row.Owner.StartsWith("email:", StringComparison.Ordinal))
            .GroupBy(static row => row.Owner!, StringComparer.Ordinal).OrderByDescending(static rows => rows.Select(static row => row.Class).Distinct(StringComparer.Ordinal).Count()).First();
        world.Machine.Run("erase", "run", "--subject", person.Key, "--reason", "request", "--yes").MustExit(0);

        // 4. Every older snapshot loads without an error, and lacks that person's rows and nothing else.
        var kept = new HashSet<string>(StringComparer.Ordinal) { "invoice", "ledger", "letter", "contract" };
        var gone = person.Where(row => !kept.Contains(row.Class ?? "")).Select(static row => (row.Table, row.Key)).ToHashSet();
        Assert.NotEmpty(gone);
        foreach (var snapshot in new[] { "shop@latest~1", "shop@latest" })
        {
            Load(world.Rescue("c"), snapshot, live, loaded =>
            {
                Assert.Empty(Dangling(loaded));
                foreach (var (table, key) in gone.Where(row => tables.Contains(row.Table)).Take(40))
                {
                    Assert.Equal("1", Count(live, table, key));
                    Assert.True(Count(loaded, table, key) == "0" || IsPlaceholder(loaded, table, key), $"{table} {key} of {person.Key} is there");
                }

                foreach (var row in person.Where(row => kept.Contains(row.Class ?? "") && string.CompareOrdinal(row.Period, SurelyKept) >= 0 && tables.Contains(row.Table)).Take(40))
                {
                    Assert.True(Count(loaded, row.Table, row.Key) == "1", $"{row} is under a duty, and is not there");
                }

                foreach (var row in made.Rows.Where(row => row.Owner != person.Key && tables.Contains(row.Table)).DistinctBy(static row => row.Table, StringComparer.Ordinal))
                {
                    Assert.True(Count(loaded, row.Table, row.Key) == "1", $"{row} is not there");
                }
            });
        }
    }

    private static string SourceLine(TestDatabase live, string application, string parameters) => $$"""
          - id: shop
            kind: mariadb
            database: {{live.Name}}
            connection_file: {{live.ConnectionFile}}
            map: {{Path.Join(AppContext.BaseDirectory, "maps", application + ".yaml")}}
            map_parameters: { {{parameters}} }
        """;

    private static MadeUpDatabase Fill(TestDatabase database, string application)
    {
        var made = application == "osticket" ? MadeUpPeople.OsTicket(Persons, 1) : MadeUpPeople.Dolibarr(Persons, 1);
        database.Run(File.ReadAllText(Path.Join(AppContext.BaseDirectory, "Schemas", application + ".sql")));
        database.Run(string.Join('\n', made.Statements.Select(static statement => statement.TrimEnd(';') + ";")));
        return made;
    }

    /// <summary>The tables whose rows are saved: those that the application makes again are empty after a load.</summary>
    private static HashSet<string> Tables(TestDatabase database) =>
        [.. database.Run("SHOW TABLES").Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(static table => !table.Contains("_search", StringComparison.Ordinal) && !table.EndsWith("cdata", StringComparison.Ordinal) && !table.EndsWith("_session", StringComparison.Ordinal))];

    private static Dictionary<string, string> Checksums(TestDatabase database, IEnumerable<string> tables) =>
        tables.ToDictionary(static table => table, database.Checksum, StringComparer.Ordinal);

    /// <summary>Somebody who writes all the time, until disposed.</summary>
    private static Writing Writer(TestDatabase database) => new(database);

    private static void Load(Machine machine, string snapshot, TestDatabase live, Action<TestDatabase> look)
    {
        using var target = new TestDatabase();
        machine.Run("restore", snapshot, "--database", target.Name, "--connection", live.ConnectionFile).MustExit(0);
        look(target);
    }

    /// <summary>A row that says nothing, in the place of an erased one that others name.</summary>
    private static bool IsPlaceholder(TestDatabase database, string table, string key) =>
        database.Run($"SELECT * FROM `{table}` WHERE {Where(database, table, key)}") is var row && row.Contains("(gelöscht)", StringComparison.Ordinal) && !row.Contains('@', StringComparison.Ordinal);

    private static string Count(TestDatabase database, string table, string key) =>
        database.Run($"SELECT COUNT(*) FROM `{table}` WHERE {Where(database, table, key)}").Trim();

    private static string Where(TestDatabase database, string table, string key)
    {
        var columns = database.Run($"SELECT COLUMN_NAME FROM information_schema.STATISTICS WHERE TABLE_SCHEMA='{database.Name}' AND TABLE_NAME='{table}' AND INDEX_NAME='PRIMARY' ORDER BY SEQ_IN_INDEX")
            .Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var where = columns.Zip(key.Split(','), static (column, value) => $"`{column}`='{value}'");
        return string.Join(" AND ", where);
    }

    /// <summary>Rows whose foreign key leads nowhere.</summary>
    private static IEnumerable<string> Dangling(TestDatabase database)
    {
        var keys = database.Run($"SELECT TABLE_NAME, COLUMN_NAME, REFERENCED_TABLE_NAME, REFERENCED_COLUMN_NAME FROM information_schema.KEY_COLUMN_USAGE WHERE TABLE_SCHEMA='{database.Name}' AND REFERENCED_TABLE_NAME IS NOT NULL")
            .Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static line => line.Split('\t'));
        foreach (var key in keys)
        {
            var lost = database.Run($"SELECT COUNT(*) FROM `{key[0]}` c LEFT JOIN `{key[2]}` p ON p.`{key[3]}`=c.`{key[1]}` WHERE c.`{key[1]}` IS NOT NULL AND p.`{key[3]}` IS NULL").Trim();
            if (lost != "0")
            {
                yield return $"{key[0]}.{key[1]}: {lost}";
            }
        }
    }

    /// <summary>Updates and inserts, all the time.</summary>
    private sealed class Writing : IDisposable
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly Task _work;

        public Writing(TestDatabase database) => _work = Task.Run(() =>
        {
            while (!_stop.IsCancellationRequested)
            {
                database.Run(database.Run("SHOW TABLES LIKE 'ost_config'").Length > 0
                    ? "UPDATE ost_config SET updated=NOW(); UPDATE ost_user SET updated=NOW();"
                    : "UPDATE llx_societe SET note_private=CONCAT('', RAND());");
            }
        });

        public void Dispose()
        {
            _stop.Cancel();
            _work.GetAwaiter().GetResult();
            _stop.Dispose();
        }
    }
}
