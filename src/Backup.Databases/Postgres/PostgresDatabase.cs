using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Backup.Databases.Maps;
using Backup.Databases.Rows;
using Backup.Engine.Policies;
using Backup.Engine.Sources;
using Npgsql;

namespace Backup.Databases.Postgres;

/// <summary>A PostgreSQL database as it was when the transaction began; the vendor's tool sees the same moment. No lock stops writers.</summary>
internal sealed class PostgresDatabase : IDatabase
{
    private readonly PostgresServer _server;
    private readonly NpgsqlConnection _connection;
    private readonly byte[] _structure;

    /// <exception cref="Engine.BackupException">The server does not answer, or lacks the database.</exception>
    /// <param name="source">What to read.</param>
    /// <param name="isTarget">A database into which rows were just loaded: only they are looked at.</param>
    public PostgresDatabase(DatabaseSourceConfig source, bool isTarget = false)
    {
        _server = new PostgresServer(source.ConnectionFile, source.Database);
        _connection = _server.Connect();
        try
        {
            Execute("SET client_encoding='UTF8'; SET datestyle='ISO'; SET intervalstyle='postgres'; SET timezone='UTC'; SET extra_float_digits=3; SET bytea_output='hex'; SET row_security=off; SET statement_timeout=0; SET idle_in_transaction_session_timeout=0; SET search_path=public");
            _structure = Structure();
            Execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
            Server = "PostgreSQL " + Query("SHOW server_version").First()[0];
            Tables = PostgresSchema.Read(sql => Query(sql));
            Gaps = Query("SELECT 1 FROM pg_largeobject_metadata LIMIT 1").Any()
                ? [("large objects", "rows that name them are saved, they are not: keep such data in bytea columns, or save it with `pg_dump --blobs` in a source of kind command")] : [];
            Definitions = isTarget ? ([], []) : Define();
            RequireSame();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public ISqlDialect Dialect { get; } = new PostgresDialect();

    public RowFormat Format { get; } = new PostgresFormat();

    public string Server { get; }

    public IReadOnlyList<TableInfo> Tables { get; }

    public IReadOnlyList<(string What, string Reason)> Gaps { get; }

    public (byte[] Before, byte[] After) Definitions { get; }

    public IEnumerable<string?[]> Query(string sql, string? what = null)
    {
        using var command = new NpgsqlCommand(sql, _connection);
        using var reader = Run(command, static command => command.ExecuteReader(), what);
        var row = new string?[reader.FieldCount];
        while (Run(reader, static reader => reader.Read(), what))
        {
            for (var i = 0; i < row.Length; i++)
            {
                row[i] = reader.IsDBNull(i) ? null : Convert.ToString(reader.GetValue(i), CultureInfo.InvariantCulture);
            }

            yield return row;
        }
    }

    public RowReader Read(TableInfo table, OwnerSql? owner)
    {
        var alias = owner?.Alias ?? Dialect.Quote(table.Name);
        var owners = owner is null ? [] : new[] { owner.Owner, owner.Class, owner.Starts };
        var columns = owners.Concat(table.Columns.Select(column => $"{alias}.{Dialect.Quote(column.Name)}"));
        var order = table.Key.Count == 0 ? "" : $" ORDER BY {string.Join(", ", table.Key.Select(column => $"{alias}.{Dialect.Quote(column)}"))}";
        var sql = $"COPY (SELECT {string.Join(", ", columns)} FROM ONLY {Dialect.QuoteFull(table.FullName)} AS {alias}{owner?.Joins}{order}) TO STDOUT";
        return new PostgresRows(_connection, sql, table.FullName, owner is not null);
    }

    public void ReleaseLocks()
    {
        // There are none.
    }

    public void Complete()
    {
        Execute("COMMIT");
        RequireSame();
    }

    public void Dispose() => _connection.Dispose();

    /// <summary>Of the same moment as the rows: the tool is told its snapshot.</summary>
    private (byte[] Before, byte[] After) Define()
    {
        var moment = Query("SELECT pg_export_snapshot()").First()[0];
        IReadOnlyList<string> options = [$"--snapshot={moment}", "--no-owner", "--no-privileges", "--no-publications", "--no-subscriptions"];
        var before = _server.Dump([.. options, "--section=pre-data"]);
        var after = _server.Dump([.. options, "--section=post-data"]);
        var sequences = Encoding.UTF8.GetBytes("\n" + string.Concat(PostgresSchema.Sequences(sql => Query(sql)).Select(static line => line + "\n")));
        return ([.. Steady(before), .. PostgresFormat.SessionSettings], [.. sequences, .. Steady(after)]);
    }

    /// <summary>Without the lines that hold a random word: they would be new every night.</summary>
    private static byte[] Steady(byte[] dump) => Encoding.UTF8.GetBytes(string.Join('\n', Encoding.UTF8.GetString(dump).Split('\n')
        .Where(static line => !line.StartsWith("\\restrict ", StringComparison.Ordinal) && !line.StartsWith("\\unrestrict ", StringComparison.Ordinal))));

    private byte[] Structure()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var row in Query("SELECT c.oid::text || '|' || a.attnum || '|' || a.attname || '|' || a.atttypid || '|' || a.attisdropped FROM pg_class c JOIN pg_namespace n ON n.oid=c.relnamespace JOIN pg_attribute a ON a.attrelid=c.oid WHERE c.relkind IN ('r','p','v','m') AND c.relpersistence<>'t' AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname<>'information_schema' AND a.attnum>0 ORDER BY c.oid, a.attnum"))
        {
            hash.AppendData(Encoding.UTF8.GetBytes(row[0] + "\n"));
        }

        return hash.GetHashAndReset();
    }

    /// <summary>What the catalog shows now; in the transaction it would show what it was.</summary>
    private void RequireSame()
    {
        if (!Structure().AsSpan().SequenceEqual(_structure))
        {
            throw new SourceRestartException($"The structure of the database {_server.Database} was changed while it was read.");
        }
    }

    private void Execute(string sql)
    {
        using var command = new NpgsqlCommand(sql, _connection);
        _ = Run(command, static command => command.ExecuteNonQuery());
    }

    private T Run<TOn, T>(TOn on, Func<TOn, T> act, string? what = null)
    {
        try
        {
            return act(on);
        }
        catch (Exception failure) when (PostgresFault.IsOne(failure))
        {
            throw PostgresFault.Of(failure, what ?? $"The database {_server.Database}", _connection.DataSource);
        }
    }
}
