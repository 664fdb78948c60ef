using Backup.Engine;
using Backup.Engine.Policies;
using Backup.Engine.Sources;

namespace Backup.Databases.Maps;

/// <summary>What of a data map does not fit the database that is there: a method for each kind of finding. No row is read.</summary>
/// <param name="source">What the policy says.</param>
/// <param name="database">The database.</param>
internal sealed class MapLint(DatabaseSourceConfig source, IDatabase database)
{
    private const int MostShown = 20;

    private const string NotLoadable = "an old snapshot could not be loaded after an erasure";

    private const string NoEffect = "what it says of it has no effect";

    /// <summary>Undoes what a query that failed left behind: some servers take no other until then.</summary>
    private const string Savepoint = "before_a_query_that_may_fail";

    private readonly DataMap _map = source.DataMap!;

    /// <summary>Everything worth saying, in the order in which it should be mended.</summary>
    /// <param name="classes">Those of the policy before those of the map.</param>
    public IReadOnlyList<SourceRisk> Run(IReadOnlyList<RetentionClass> classes) =>
    [
        .. new[] { Unmapped(), Absent() }.OfType<SourceRisk>()
            .Concat(Failing()).Concat(MissingColumns()).Concat(Ownerless()).Concat(Personal())
            .Concat(new KeyLint(_map, database.Tables, classes).Dangling())
            .OrderByDescending(static risk => risk.IsFault),
    ];

    /// <summary>Tables that the map does not know: they may hold anything of anybody.</summary>
    public SourceRisk? Unmapped()
    {
        var unknown = database.Tables.Where(table => _map.EntryOf(table.Name) is null).Select(static table => table.FullName).ToList();
        return unknown.Count == 0 ? null : new SourceRisk(
            source.UnmappedTables == UnmappedTables.Fail,
            $"the data map {_map.File} says nothing of {unknown.Count} tables of the database {source.Database}: {Some(unknown)}",
            source.UnmappedTables == UnmappedTables.Fail
                ? "Say in the map whose their rows are, or, if they hold nothing of anybody, 'unmapped_tables: shared' in the policy."
                : "Look whether they hold nothing of anybody, and say so in the map; new ones are best found by 'unmapped_tables: fail'.");
    }

    /// <summary>Tables that the map names and the database does not have: an application need not use all.</summary>
    public SourceRisk? Absent()
    {
        var there = Names();
        var named = _map.Tables.Where(static table => !table.IsPattern).Select(table => _map.Prefix + table.Name)
            .Concat(_map.Subjects.Values.Select(subject => _map.Prefix + subject.Table)).Distinct(StringComparer.Ordinal).ToList();
        var absent = named.Where(name => !there.Contains(name)).ToList();
        return absent.Count == 0 ? null
            : absent.Count == named.Count ? new SourceRisk(
                true,
                $"the database {source.Database} has none of the {named.Count} tables that the data map {_map.File} names: {Some(absent)}",
                "Correct 'database:', the map, or its prefix in 'map_parameters'.")
            : new SourceRisk(
                false,
                $"the data map {_map.File} names {absent.Count} tables that the database {source.Database} does not have: {Some(absent)}",
                "Nothing, if the application does not use them; else correct the names.");
    }

    /// <summary>Queries for owners that the server refuses: a column that is not there, or what is no SQL.</summary>
    public IEnumerable<SourceRisk> Failing()
    {
        var queries = new OwnerQueries(_map, database.Dialect, Names());
        foreach (var kind in _map.Subjects.Values)
        {
            if (queries.PersonsOf(kind) is { } sql
                && Refused(sql, $"The table {_map.Prefix}{kind.Table}, of which the kind of person '{kind.Name}' is read") is { } refused)
            {
                yield return refused;
            }
        }

        foreach (var (table, entry) in Mapped())
        {
            if (queries.Of(entry, table.Name[_map.Prefix.Length..]) is not { } owner)
            {
                continue;
            }

            var from = $"{database.Dialect.QuoteFull(table.FullName)} AS {owner.Alias}{owner.Joins}";
            if (Refused($"SELECT {owner.Owner}, {owner.Class}, {owner.Starts} FROM {from}", $"The table {table.FullName}") is { } refused)
            {
                yield return refused;
            }
        }
    }

    /// <summary>Columns that the map names outside of expressions: a backup does without them, what comes later does not.</summary>
    public IEnumerable<SourceRisk> MissingColumns()
    {
        foreach (var (table, entry) in Mapped())
        {
            foreach (var reference in entry.References)
            {
                if (!Has(table, reference.Column))
                {
                    yield return Missing(true, "references", table, reference.Column, NotLoadable);
                }

                if (Table(reference.Table) is { } other && !Has(other, reference.Key))
                {
                    yield return Missing(true, $"references: of {entry.Name}", other, reference.Key, NotLoadable);
                }
            }

            foreach (var column in entry.Further.Where(column => !Has(table, column)))
            {
                yield return Missing(false, "further", table, column, NoEffect);
            }

            foreach (var column in entry.Placeholder.Keys.Where(column => !Has(table, column)))
            {
                yield return Missing(false, "placeholder", table, column, NoEffect);
            }
        }
    }

    /// <summary>Tables whose rows would be nobody's though the map says how to find their owners.</summary>
    public IEnumerable<SourceRisk> Ownerless()
    {
        var queries = new OwnerQueries(_map, database.Dialect, Names());
        return
            from item in Mapped()
            where queries.Of(item.Entry, item.Table.Name[_map.Prefix.Length..]) is { FindsNobody: true }
            select new SourceRisk(
                false,
                $"the rows of {item.Table.FullName} would be nobody's: the tables by which the data map finds their owners are not there",
                "Correct the names under 'join:' and 'owner:' of the map, or say 'shared: true'.");
    }

    /// <summary>Columns that look personal by their names in tables whose rows are nobody's: no erasure would reach them.</summary>
    public IEnumerable<SourceRisk> Personal() =>
        from table in database.Tables
        let entry = _map.EntryOf(table.Name)
        where entry is { Content: MapContent.Shared } || (entry is null && source.UnmappedTables == UnmappedTables.Shared)
        let columns = table.Columns.Where(static column => PersonalNames.Contains(column.Name, column.Type)).Select(static column => column.Name)
            .Except(entry?.Further ?? [], StringComparer.Ordinal).ToList()
        where columns.Count > 0
        select new SourceRisk(
            false,
            $"the rows of {table.FullName} are nobody's by the data map, and {(columns.Count == 1 ? "its column" : "its columns")} {Some(columns)} "
            + "may hold something personal",
            "Say in the map whose the rows are; or, if they name nobody, or persons whom `erase run --redact` is to reach, write the columns "
            + "under 'further:'.");

    private static SourceRisk Missing(bool isFault, string key, TableInfo table, string column, string follows) => new(
        isFault,
        $"the data map names the column {table.FullName}.{column} under '{key}', which is not there: {follows}",
        "Correct the column in the map, or remove it.");

    private static bool Has(TableInfo table, string column) =>
        table.Columns.Select(static own => own.Name).Concat(table.Generated).Contains(column, StringComparer.OrdinalIgnoreCase);

    private static string Some(List<string> names) => $"{string.Join(", ", names.Take(MostShown))}{(names.Count > MostShown ? ", …" : "")}";

    private HashSet<string> Names() => database.Tables.Select(static table => table.Name).ToHashSet(StringComparer.Ordinal);

    private TableInfo? Table(string name) => database.Tables.FirstOrDefault(table => table.Name == _map.Prefix + name);

    private IEnumerable<(TableInfo Table, MapTable Entry)> Mapped() =>
        from table in database.Tables
        let entry = _map.EntryOf(table.Name)
        where entry is not null
        select (table, entry);

    /// <summary>Asks the server for no row at all.</summary>
    private SourceRisk? Refused(string sql, string what)
    {
        _ = database.Query($"SAVEPOINT {Savepoint}").Any();
        try
        {
            _ = database.Query(sql + " LIMIT 0", what).Any();
            return null;
        }
        catch (BackupException refused)
        {
            _ = database.Query($"ROLLBACK TO SAVEPOINT {Savepoint}").Any();
            return new SourceRisk(true, $"{char.ToLowerInvariant(refused.Message[0])}{refused.Message[1..].TrimEnd('.')}", "Correct the map.");
        }
    }
}
