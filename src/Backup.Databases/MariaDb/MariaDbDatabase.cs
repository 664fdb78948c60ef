using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Backup.Databases.Maps;
using Backup.Databases.Rows;
using Backup.Engine;
using Backup.Engine.Policies;
using Backup.Engine.Sources;
using MySqlConnector;

namespace Backup.Databases.MariaDb;

/// <summary>A MariaDB database as it was when the transaction began. Nothing that it does stops writers of transactional tables.</summary>
internal sealed class MariaDbDatabase : IDatabase
{
    private readonly MariaDbServer _server;
    private readonly MySqlConnection _connection;
    private readonly byte[] _structure;
    private MySqlConnection? _locks;

    /// <exception cref="BackupException">The server does not answer, or lacks the database.</exception>
    /// <exception cref="SourceRestartException">The structure changed while this began.</exception>
    public MariaDbDatabase(DatabaseSourceConfig source)
    {
        _server = new MariaDbServer(source.ConnectionFile, source.Database);
        _connection = _server.Connect();
        try
        {
            Execute("SET SESSION character_set_results=binary, time_zone='+00:00', net_write_timeout=86400, wait_timeout=86400, sql_mode='', group_concat_max_len=1048576, innodb_lock_wait_timeout=50");
            Execute("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ");
            Server = "MariaDB " + Query("SELECT VERSION()").First()[0];
            _structure = Structure();
            Tables = MariaDbSchema.Read(sql => Query(sql), source.Database);
            Definitions = Define();
            if (source.NonTransactional == NonTransactional.Lock && Tables.Any(static table => !table.IsTransactional))
            {
                Lock();
            }

            Execute("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY");
            RequireSame();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public ISqlDialect Dialect { get; } = new MariaDbDialect();

    public RowFormat Format { get; } = new MariaDbFormat();

    public string Server { get; }

    public IReadOnlyList<TableInfo> Tables { get; }

    public IReadOnlyList<(string What, string Reason)> Gaps => [];

    public (byte[] Before, byte[] After) Definitions { get; }

    public IEnumerable<string?[]> Query(string sql, string? what = null)
    {
        using var command = Command(sql);
        using var reader = Run(command, static command => command.ExecuteReader(), what);
        var row = new string?[reader.FieldCount];
        while (Run(reader, static reader => reader.Read(), what))
        {
            for (var i = 0; i < row.Length; i++)
            {
                row[i] = reader.IsDBNull(i) ? null : reader.GetValue(i) switch
                {
                    byte[] bytes => Encoding.UTF8.GetString(bytes),
                    var value => Convert.ToString(value, CultureInfo.InvariantCulture),
                };
            }

            yield return row;
        }
    }

    public RowReader Read(TableInfo table, OwnerSql? owner)
    {
        var alias = owner?.Alias ?? MariaDbFormat.Quote(table.Name);
        var columns = table.Columns.Select(column => Value(column, $"{alias}.{MariaDbFormat.Quote(column.Name)}"));
        var owners = owner is null ? [] : new[] { owner.Owner, owner.Class, owner.Starts }.Select(Bytes);
        var order = table.Key.Count == 0 ? "" : $"\nORDER BY {string.Join(", ", table.Key.Select(column => $"{alias}.{MariaDbFormat.Quote(column)}"))}";
        var history = table.IsVersioned ? " FOR SYSTEM_TIME ALL" : "";
        return new MariaDbRows(
            Command($"SELECT {string.Join(", ", owners.Concat(columns))}\nFROM {MariaDbFormat.Quote(table.Name)}{history} AS {alias}{owner?.Joins}{order}"), table, owner is not null);
    }

    public void ReleaseLocks()
    {
        _locks?.Dispose();
        _locks = null;
    }

    public void Complete()
    {
        Execute("COMMIT");
        RequireSame();
    }

    public void Dispose()
    {
        ReleaseLocks();
        _connection.Dispose();
    }

    /// <summary>
    /// How a value becomes text that means the same value when it is read again. What has a binary collation comes as the bytes that it is; a collation copies
    /// nothing, so no limit of the server cuts a long text.
    /// </summary>
    private static string Value(ColumnInfo column, string name) => column.Kind switch
    {
        ValueKind.Single => Bytes($"{name}+0e0"),
        ValueKind.Bits => Bytes($"{name}+0"),
        ValueKind.Number or ValueKind.Text or ValueKind.Spelled => Bytes(name),
        _ when column.Charset is { } charset => $"{name} COLLATE {charset}_bin",
        _ => name,
    };

    private static string Bytes(string expression) => $"CONVERT({expression} USING utf8mb4) COLLATE utf8mb4_bin";

    /// <summary>Tables first; then what may need them, and what must not act on rows that are loaded.</summary>
    private (byte[] Before, byte[] After) Define()
    {
        var (tables, views) = MariaDbSchema.Names(sql => Query(sql), _server.Database);
        byte[] before = tables.Count == 0 ? [] : _server.Dump(["--no-data", "--skip-triggers"], tables);
        var after = _server.Dump(["--no-data", "--no-create-info", "--routines", "--events", "--triggers"], []);
        byte[] last = views.Count == 0 ? [] : _server.Dump(["--no-data", "--skip-triggers"], views);
        return ([.. MariaDbSchema.Clean(before), .. MariaDbFormat.SessionSettings], [.. MariaDbFormat.SessionEnd, .. MariaDbSchema.Clean(after), .. MariaDbSchema.Clean(last)]);
    }

    private void Lock()
    {
        _locks = _server.Connect();
        var names = Tables.Where(static table => !table.IsTransactional).Select(static table => $"{MariaDbFormat.Quote(table.Name)} READ");
        using var command = new MySqlCommand($"SET SESSION wait_timeout=86400; LOCK TABLES {string.Join(", ", names)}", _locks);
        _ = Run(command, static command => command.ExecuteNonQuery());
    }

    private byte[] Structure()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var row in Query($"SELECT CONCAT_WS('|', TABLE_NAME, ORDINAL_POSITION, COLUMN_NAME, COLUMN_TYPE, EXTRA, IS_NULLABLE) FROM information_schema.COLUMNS WHERE TABLE_SCHEMA={Dialect.Literal(_server.Database)} ORDER BY TABLE_NAME, ORDINAL_POSITION"))
        {
            hash.AppendData(Encoding.UTF8.GetBytes(row[0] + "\n"));
        }

        return hash.GetHashAndReset();
    }

    private void RequireSame()
    {
        if (!Structure().AsSpan().SequenceEqual(_structure))
        {
            throw new SourceRestartException($"The structure of the database {_server.Database} was changed while it was read.");
        }
    }

    private MySqlCommand Command(string sql) => new(sql, _connection) { CommandTimeout = 0 };

    private void Execute(string sql)
    {
        using var command = Command(sql);
        _ = Run(command, static command => command.ExecuteNonQuery());
    }

    private T Run<TOn, T>(TOn on, Func<TOn, T> act, string? what = null)
    {
        try
        {
            return act(on);
        }
        catch (Exception failure) when (MariaDbFault.IsOne(failure))
        {
            throw MariaDbFault.Of(failure, what ?? $"The database {_server.Database}", _connection.DataSource);
        }
    }
}
