using Backup.Databases.Maps;
using Backup.Databases.Rows;
using Backup.Engine;
using Backup.Engine.Policies;
using Backup.Engine.Sources;

namespace Backup.Databases;

/// <summary>One reading of a database from its first row to its last: whose each row is, where it waits, and what was counted.</summary>
internal sealed class DatabaseReading : IDisposable
{
    /// <summary>Why a table of <see cref="Unsteady"/> is not, and what to do about it.</summary>
    public const string WhyUnsteady =
        "its engine knows no transactions: what was written to it meanwhile may be there in part. Convert it to InnoDB, or write "
        + "'non_transactional: lock'";

    private readonly DatabaseSourceConfig _source;
    private readonly IDatabase _database;
    private readonly Dictionary<TableInfo, OwnerSql?> _owners = new(ReferenceEqualityComparer.Instance);
    private readonly Persons? _persons;
    private readonly RowOwners? _parts;
    private readonly TableTotal[] _totals;
    private readonly RowSorter _early;
    private readonly CountdownEvent _unread;

    /// <exception cref="BackupException">The map does not fit: a table is in no entry of it.</exception>
    public DatabaseReading(DatabaseSourceConfig source, IDatabase database, IReadOnlyList<RetentionClass> classes, string scratch, DateTimeOffset now)
    {
        (_source, _database) = (source, database);
        Tables = [.. database.Tables.Where(table => IsStored(source.DataMap, table))];
        _totals = [.. Tables.Select(static table => new TableTotal(table))];
        _unread = new CountdownEvent(Math.Max(1, Tables.Count));
        Sorter = new RowSorter(scratch, Tables, database.Format);
        _early = new RowSorter(scratch, Tables, database.Format);
        if (source.DataMap is { } map)
        {
            RequireMapped();
            var names = database.Tables.Select(static table => table.Name).ToHashSet(StringComparer.Ordinal);
            var queries = new OwnerQueries(map, database.Dialect, names);
            foreach (var table in Tables)
            {
                _owners[table] = map.EntryOf(table.Name) is { } entry ? queries.Of(entry, table.Name[map.Prefix.Length..]) : null;
            }

            _persons = new Persons(map);
            foreach (var kind in map.Subjects.Values)
            {
                foreach (var row in queries.PersonsOf(kind) is { } sql ? database.Query(sql) : [])
                {
                    _persons.Add(kind, row);
                }
            }

            _parts = new RowOwners(_persons, classes, source.Class?.Name, now);
        }

        // What no transaction covers is read at once, so that who writes to it waits for this and for nothing else.
        foreach (var (table, number) in Tables.Select(static (table, number) => (table, number)).Where(static item => !item.table.IsTransactional))
        {
            ReadNow(table, number);
        }

        _early.Complete();
        database.ReleaseLocks();
    }

    public IReadOnlyList<TableInfo> Tables { get; }

    public RowSorter Sorter { get; }

    public IDatabase Database => _database;

    public IReadOnlyList<TableTotal> Totals => _totals;

    public IReadOnlyList<IReadOnlyList<string>> Ties => _persons?.Ties ?? [];

    public DatabaseSourceConfig Source => _source;

    /// <summary>The file of the rows of a table that are nobody's.</summary>
    public DatabaseFile FileOf(int number, DateTimeOffset now, long least)
    {
        var table = Tables[number];
        if (_totals[number].IsRead)
        {
            _ = _unread.Signal();
            return EarlyFileOf(table);
        }

        var entry = DatabaseEntries.Stream(RowFormat.FileName(table.FullName), Math.Max(table.ExpectedBytes, least), now);
        return new DatabaseFile(entry, () => new TableFile(
            entry, table, _database.Format, () => _database.Read(table, _owners.GetValueOrDefault(table)), (rows, hash) => Take(rows, hash, number), () => _unread.Signal()));
    }

    private DatabaseFile EarlyFileOf(TableInfo table)
    {
        var name = RowFormat.FileName(table.FullName);
        if (_early.Parts.FirstOrDefault(part => part.Key.Table == table.FullName) is not { } part)
        {
            return DatabaseEntries.FromBytes(name, []);
        }

        var entry = DatabaseEntries.File(name, part.Size, part.Content);
        return new DatabaseFile(entry, () => new PartFile(entry, _early, part, Tables, _database.Format));
    }

    /// <summary>Waits until every table is read to its end: only then all rows of a person are there.</summary>
    public void WaitForRows(CancellationToken cancellation)
    {
        if (Tables.Count > 0)
        {
            _unread.Wait(cancellation);
        }

        RequireRows();
        _database.Complete();
        Sorter.Complete();
    }

    /// <summary>An empty table is believed only when the server says so: what looks like an end may be a failure.</summary>
    private void RequireRows()
    {
        foreach (var total in _totals.Where(static total => total is { Rows: 0, IsRead: false }))
        {
            if (_database.Query($"SELECT 1 FROM {_database.Dialect.QuoteFull(total.Table.FullName)} LIMIT 1").Any())
            {
                throw new BackupException(FailureKind.Failed, $"The table {total.Table.FullName} has rows, and none came.", "Look into the server's log, then run it again; nothing was saved.");
            }
        }
    }

    /// <summary>The parts of persons, by place.</summary>
    public IEnumerable<RowPart> PersonParts() => Sorter.Parts.Where(static part => part.Key.Subject is not null);

    /// <summary>The file of a person's part.</summary>
    public DatabaseFile FileOf(RowPart part)
    {
        var entry = DatabaseEntries.File(part.Name, part.Size, part.Content) with { Subject = part.Key.Subject, Class = part.Key.Class, Period = part.Key.Period };
        return new DatabaseFile(entry, () => new PartFile(entry, Sorter, part, Tables, _database.Format));
    }

    /// <summary>Says what the snapshot will not hold as it is.</summary>
    public void Warn(IWalkReport report)
    {
        var unsteady = Unsteady(_source, _database).Select(static table => (What: $"/rows/shared/{table.FullName}", Reason: WhyUnsteady));
        foreach (var (what, reason) in _database.Gaps.Concat(unsteady))
        {
            report.Failed(System.Text.Encoding.UTF8.GetBytes(what), reason);
        }
    }

    /// <summary>Tables that are not read as they were at one moment, because the policy wants nobody to wait.</summary>
    public static IEnumerable<TableInfo> Unsteady(DatabaseSourceConfig source, IDatabase database) =>
        source.NonTransactional == NonTransactional.Warn ? database.Tables.Where(table => !table.IsTransactional && IsStored(source.DataMap, table)) : [];

    public void Dispose()
    {
        Sorter.Dispose();
        _early.Dispose();
        _unread.Dispose();
    }

    private static bool IsStored(DataMap? map, TableInfo table) => map?.EntryOf(table.Name) is not { Content: MapContent.Derived };

    /// <summary>A table that the map does not know may hold anything of anybody.</summary>
    private void RequireMapped()
    {
        if (new MapLint(_source, _database).Unmapped() is { IsFault: true } unknown)
        {
            throw new BackupException(FailureKind.Failed, $"{char.ToUpperInvariant(unknown.What[0])}{unknown.What[1..]}.", unknown.Remedy);
        }
    }

    private void ReadNow(TableInfo table, int number)
    {
        using var rows = _database.Read(table, _owners.GetValueOrDefault(table));
        while (rows.Next())
        {
            var hash = RowFormat.HashOf(rows.Row);
            if (!Take(rows, hash, number))
            {
                _early.Add(new PartKey(null, null, null, table.FullName), number, rows.Row, hash);
            }
        }

        _totals[number].IsRead = true;
    }

    /// <summary>Counts a row, and takes it if it is somebody's.</summary>
    private bool Take(RowReader rows, UInt128 hash, int number)
    {
        var total = _totals[number];
        total.Rows++;
        total.Sum += hash;
        if (_parts is null || rows.Owner.Owner.IsEmpty)
        {
            return false;
        }

        total.Owned++;
        Sorter.Add(_parts.PartOf(rows.Owner), number, rows.Row, hash);
        return true;
    }
}

/// <summary>What was counted of a table.</summary>
internal sealed class TableTotal(TableInfo table)
{
    public TableInfo Table => table;

    public long Rows { get; set; }

    /// <summary>Rows that are somebody's.</summary>
    public long Owned { get; set; }

    /// <summary>The sum of the hashes of all rows, whatever their order.</summary>
    public UInt128 Sum { get; set; }

    /// <summary>Its rows are read already.</summary>
    public bool IsRead { get; set; }
}
