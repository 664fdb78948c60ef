using Backup.Databases.Loading;
using Backup.Engine;
using Backup.Engine.Policies;
using Backup.Engine.Sources;
using MySqlConnector;

namespace Backup.Databases.MariaDb;

/// <summary>An empty MariaDB database that takes a snapshot.</summary>
/// <param name="connectionFile">A my.cnf; null: the server of this machine.</param>
/// <param name="database">Its name; made if it is missing.</param>
/// <param name="only">Rows of this table only; null: all.</param>
internal sealed class MariaDbTarget(string? connectionFile, string database, string? only) : IDatabaseTarget
{
    private readonly MariaDbServer _server = new(connectionFile, database);
    private IReadOnlyList<SnapshotTable> _tables = [];
    private MariaDbClient? _client;
    private MariaDbBatches? _rows;

    public Stream Rows => _rows ?? throw new InvalidOperationException("Begin comes first.");

    public void Begin(byte[] description, byte[] before)
    {
        (var kind, _tables) = SnapshotTables.Read(description);
        if (kind != "mariadb")
        {
            throw new BackupException(FailureKind.Usage, $"The snapshot is of a {kind} database, and this is a MariaDB server.", "Name a server of the same kind with --connection.");
        }

        if (only is not null && _tables.All(table => table.Name != only))
        {
            throw new BackupException(FailureKind.Usage, $"The snapshot has no table '{only}'.", $"Its tables are {string.Join(", ", _tables.Select(static table => table.Name).Take(50))}.");
        }

        RequireEmpty();
        _client = new MariaDbClient(_server);
        _client.Send(before);
        _rows = new MariaDbBatches(_client.Send, only);
    }

    public DatabaseLoad Complete(byte[] after, byte[] totals, bool isWhole)
    {
        _rows!.Flush();
        _client!.Complete();
        var recorded = SnapshotTables.Totals(totals);
        var (tables, differences) = Compare(recorded, isWhole);
        using var connection = _server.Connect();
        var mending = new MariaDbMending(connection, _tables);
        var mended = isWhole || only is not null ? [] : mending.Run();
        differences = mended.Count == 0 ? differences : [.. differences, .. mending.Left()];
        using var last = new MariaDbClient(_server);
        last.Send(after);
        last.Complete();
        return new DatabaseLoad(tables, mended, differences);
    }

    public void Dispose()
    {
        _client?.Dispose();
        _rows?.Dispose();
    }

    private void RequireEmpty()
    {
        using var connection = new MariaDbServer(connectionFile, null).Connect();
        try
        {
            using var make = new MySqlCommand($"CREATE DATABASE IF NOT EXISTS {MariaDbFormat.Quote(database)}", connection);
            _ = make.ExecuteNonQuery();
            using var count = new MySqlCommand($"SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA={new MariaDbDialect().Literal(database)}", connection);
            if (Convert.ToInt64(count.ExecuteScalar(), System.Globalization.CultureInfo.InvariantCulture) is > 0 and var there)
            {
                throw new BackupException(
                    FailureKind.Failed, $"The database {database} is not empty: it has {there} tables. Nothing was changed.", "Name an empty one; what is loaded never mixes with what is there.");
            }
        }
        catch (MySqlException failure)
        {
            throw MariaDbFault.Of(failure, $"The database {database}");
        }
    }

    /// <summary>Reads every row again as a backup would, and compares with what was sent and, if nothing is missing, with what was recorded.</summary>
    private (IReadOnlyList<LoadedTable> Tables, IReadOnlyList<LoadDifference> Differences) Compare(IReadOnlyDictionary<string, LoadedRows> recorded, bool isWhole)
    {
        var (tables, differences) = (new List<LoadedTable>(), new List<LoadDifference>());
        var sent = _rows!.Loaded;
        using var there = new MariaDbDatabase(new DatabaseSourceConfig { Id = "target", Server = DatabaseKind.MariaDb, Database = database, ConnectionFile = connectionFile, NonTransactional = NonTransactional.Warn });
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

    private static LoadedRows Count(MariaDbDatabase database, TableInfo table)
    {
        var (count, sum) = (0L, UInt128.Zero);
        using var rows = database.Read(table with { Key = [] }, owner: null);
        while (rows.Next())
        {
            count++;
            sum += Backup.Databases.Rows.RowFormat.HashOf(rows.Row);
        }

        return new LoadedRows(count, sum);
    }
}
