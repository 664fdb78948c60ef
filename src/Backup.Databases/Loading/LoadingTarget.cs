using Backup.Databases.Rows;
using Backup.Engine;
using Backup.Engine.Sources;

namespace Backup.Databases.Loading;

/// <summary>An empty database that takes a snapshot: what all servers have in common.</summary>
/// <param name="database">Its name.</param>
/// <param name="only">Rows of this table only; null: all.</param>
/// <param name="kind">The kind of source that it can take.</param>
internal abstract class LoadingTarget(string database, string? only, string kind) : IDatabaseTarget
{
    private IReadOnlyList<SnapshotTable> _tables = [];
    private SqlClient? _client;
    private RowBatches? _rows;

    public Stream Rows => _rows ?? throw new InvalidOperationException("Begin comes first.");

    protected string Database => database;

    protected string? Only => only;

    protected abstract ISqlDialect Dialect { get; }

    public void Begin(byte[] description, byte[] before)
    {
        (var found, _tables) = SnapshotTables.Read(description);
        if (found != kind)
        {
            throw new BackupException(FailureKind.Usage, $"The snapshot is of a {found} database, and this server is of another kind.", "Name a server of the same kind with --connection.");
        }

        if (only is not null && _tables.All(table => table.Name != only))
        {
            throw new BackupException(FailureKind.Usage, $"The snapshot has no table '{only}'.", $"Its tables are {string.Join(", ", _tables.Select(static table => table.Name).Take(50))}.");
        }

        if (CountTables() is > 0 and var there)
        {
            throw new BackupException(
                FailureKind.Failed, $"The database {database} is not empty: it has {there} tables. Nothing was changed.", "Name an empty one; what is loaded never mixes with what is there.");
        }

        _client = Client();
        _client.Send(before);
        _rows = Batches(_client.Send);
    }

    public DatabaseLoad Complete(byte[] after, byte[] totals, bool isWhole)
    {
        _rows!.Flush();
        _client!.Complete();
        var (tables, differences) = Compare(SnapshotTables.Totals(totals), isWhole);
        IReadOnlyList<MendedRows> mended = [];
        if (!isWhole && only is null)
        {
            (mended, differences) = WithStatements(execute =>
            {
                var mending = new Mending(Dialect, execute, _tables);
                var done = mending.Run();
                return (done, done.Count == 0 ? differences : [.. differences, .. mending.Left()]);
            });
        }

        using var last = Client();
        last.Send(after);
        last.Complete();
        return new DatabaseLoad(tables, mended, differences);
    }

    public void Dispose()
    {
        _client?.Dispose();
        _rows?.Dispose();
    }

    /// <summary>The vendor's client, in this database.</summary>
    protected abstract SqlClient Client();

    protected abstract RowBatches Batches(Action<ReadOnlyMemory<byte>> send);

    /// <summary>The database as it is now.</summary>
    protected abstract IDatabase Look();

    /// <summary>Makes the database if it is missing, and tells how many tables it has.</summary>
    protected abstract long CountTables();

    /// <summary>Lends a way to run statements; it gives the rows that one changed or counted.</summary>
    protected abstract T WithStatements<T>(Func<Func<string, long>, T> use);

    /// <summary>Reads every row again as a backup would, and compares with what was sent and, if nothing is missing, with what was recorded.</summary>
    private (IReadOnlyList<LoadedTable> Tables, IReadOnlyList<LoadDifference> Differences) Compare(IReadOnlyDictionary<string, LoadedRows> recorded, bool isWhole)
    {
        var (tables, differences) = (new List<LoadedTable>(), new List<LoadDifference>());
        var sent = _rows!.Loaded;
        using var there = Look();
        foreach (var table in _tables.Where(table => only is null || table.Name == only))
        {
            var was = recorded.GetValueOrDefault(table.Name);
            var given = sent.GetValueOrDefault(table.Name);
            var now = there.Tables.FirstOrDefault(each => each.FullName == table.Name) is { } info ? Count(there, info) : default;
            if (now != given)
            {
                differences.Add(new LoadDifference(table.Name, $"the server holds {now.Rows} rows of {given.Rows} that were sent to it{(now.Rows == given.Rows ? ", and not with the same content" : "")}"));
            }
            else if (isWhole && now != was)
            {
                differences.Add(new LoadDifference(table.Name, $"{now.Rows} rows were loaded, and the backup had counted {was.Rows}{(now.Rows == was.Rows ? " of another content" : "")}"));
            }

            tables.Add(new LoadedTable(table.Name, now.Rows, Math.Max(0, was.Rows - now.Rows)));
        }

        return (tables, differences);
    }

    private static LoadedRows Count(IDatabase database, TableInfo table)
    {
        var (count, sum) = (0L, UInt128.Zero);
        using var rows = database.Read(table with { Key = [] }, owner: null);
        while (rows.Next())
        {
            count++;
            sum += RowFormat.HashOf(rows.Row);
        }

        return new LoadedRows(count, sum);
    }
}
