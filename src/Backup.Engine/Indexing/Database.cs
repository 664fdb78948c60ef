using Backup.Engine.Format;
using SQLitePCL;

namespace Backup.Engine.Indexing;

/// <summary>
/// A connection to an SQLite file; used by one thread at a time. It speaks to the library directly: the ADO.NET layer takes 50 ms to start
/// (this: 15), and longer for one lookup than the lookup itself.
/// </summary>
internal sealed class Database : IDisposable
{
    /// <summary>How long a statement waits for another process that writes.</summary>
    private const int BusyMilliseconds = 10_000;

    private static readonly bool Loaded = Load();

    private readonly sqlite3 _handle;
    private readonly List<Statement> _statements = [];

    private Database(sqlite3 handle) => _handle = handle;

    /// <summary>Opens a file, or makes it.</summary>
    /// <exception cref="DatabaseException">It cannot be opened. That it is no database shows at the first statement only.</exception>
    public static Database Open(string path)
    {
        _ = Loaded;
        const int Flags = raw.SQLITE_OPEN_READWRITE | raw.SQLITE_OPEN_CREATE | raw.SQLITE_OPEN_NOMUTEX;
        var code = raw.sqlite3_open_v2(path, out var handle, Flags, null);
        var database = new Database(handle);
        if (code != raw.SQLITE_OK)
        {
            var failure = new DatabaseException(code, raw.sqlite3_errstr(code).utf8_to_string());
            database.Dispose();
            throw failure;
        }

        _ = raw.sqlite3_busy_timeout(handle, BusyMilliseconds);
        return database;
    }

    /// <summary>Rows that the last statement inserted, changed or deleted.</summary>
    public int Changes => raw.sqlite3_changes(_handle);

    /// <summary>Runs statements that have neither parameters nor results.</summary>
    public void Execute(string sql)
    {
        if (raw.sqlite3_exec(_handle, sql) != raw.SQLITE_OK)
        {
            throw Failure();
        }
    }

    /// <summary>Prepares a statement that lives as long as the connection.</summary>
    public Statement Prepare(string sql)
    {
        if (raw.sqlite3_prepare_v3(_handle, sql, raw.SQLITE_PREPARE_PERSISTENT, out var handle) != raw.SQLITE_OK)
        {
            throw Failure();
        }

        var statement = new Statement(this, handle);
        _statements.Add(statement);
        return statement;
    }

    /// <summary>The first column of the first row as a number; 0 if there is none.</summary>
    public long Number(string sql)
    {
        using var statement = new Statement(this, PrepareOnce(sql));
        return statement.Step() ? statement.Number(0) : 0;
    }

    public void Dispose()
    {
        _statements.ForEach(statement => statement.Dispose());
        _handle.Dispose();
    }

    internal DatabaseException Failure() =>
        new(raw.sqlite3_extended_errcode(_handle), raw.sqlite3_errmsg(_handle).utf8_to_string());

    private sqlite3_stmt PrepareOnce(string sql) =>
        raw.sqlite3_prepare_v2(_handle, sql, out var handle) == raw.SQLITE_OK ? handle : throw Failure();

    private static bool Load()
    {
        Batteries_V2.Init();
        return true;
    }
}

/// <summary>A prepared statement. Parameters count from 1, columns from 0.</summary>
internal sealed class Statement(Database database, sqlite3_stmt handle) : IDisposable
{
    public Statement Bind(int parameter, long value)
    {
        Check(raw.sqlite3_bind_int64(handle, parameter, value));
        return this;
    }

    public Statement Bind(int parameter, ReadOnlySpan<byte> value)
    {
        Check(raw.sqlite3_bind_blob(handle, parameter, value));
        return this;
    }

    public Statement Bind(int parameter, string value)
    {
        Check(raw.sqlite3_bind_text(handle, parameter, value));
        return this;
    }

    public Statement Bind(int parameter, Hash value)
    {
        Span<byte> bytes = stackalloc byte[Format.Hash.Size];
        value.Write(bytes);
        return Bind(parameter, bytes);
    }

    public Statement Bind(int parameter, Id128 value)
    {
        Span<byte> bytes = stackalloc byte[Id128.Size];
        value.Write(bytes);
        return Bind(parameter, bytes);
    }

    /// <summary>Moves to the next row. The caller resets the statement when it has read enough.</summary>
    /// <returns>False after the last; the statement is reset then.</returns>
    public bool Step()
    {
        var code = raw.sqlite3_step(handle);
        if (code == raw.SQLITE_ROW)
        {
            return true;
        }

        var failure = code == raw.SQLITE_DONE ? null : database.Failure();
        Reset();
        return failure is null ? false : throw failure;
    }

    /// <summary>Runs to the end and resets the statement.</summary>
    public void Run()
    {
        while (Step())
        {
        }
    }

    public void Reset() => _ = raw.sqlite3_reset(handle);

    public bool IsNull(int column) => raw.sqlite3_column_type(handle, column) == raw.SQLITE_NULL;

    public long Number(int column) => raw.sqlite3_column_int64(handle, column);

    public string Text(int column) => raw.sqlite3_column_text(handle, column).utf8_to_string();

    public Hash Hash(int column) => Format.Hash.Read(Bytes(column, Format.Hash.Size));

    public Id128 Id(int column) => Id128.Read(Bytes(column, Id128.Size));

    public void Dispose() => handle.Dispose();

    private ReadOnlySpan<byte> Bytes(int column, int length)
    {
        var bytes = raw.sqlite3_column_blob(handle, column);
        return bytes.Length == length
            ? bytes
            : throw new DatabaseException(raw.SQLITE_CORRUPT, $"a value of {length} bytes has {bytes.Length}");
    }

    private void Check(int code)
    {
        if (code != raw.SQLITE_OK)
        {
            throw database.Failure();
        }
    }
}

/// <summary>
/// What SQLite said. Never leaves this folder: the catalog answers it by starting anew, or by a <see cref="BackupException"/>.
/// </summary>
/// <param name="code">Its extended result code.</param>
/// <param name="message">Its words.</param>
internal sealed class DatabaseException(int code, string message) : Exception(message)
{
    /// <summary>A sound database, but not the one that was looked for.</summary>
    public static DatabaseException NotOurs(string message) => new(raw.SQLITE_NOTADB, message);

    /// <summary>Whether the file is not, or not any more, a sound database: nothing in it may be believed.</summary>
    public bool IsDamage => (code & 0xFF) is raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB or raw.SQLITE_IOERR or raw.SQLITE_ERROR
        or raw.SQLITE_SCHEMA or raw.SQLITE_FORMAT or raw.SQLITE_MISMATCH or raw.SQLITE_CONSTRAINT;

    public bool IsFull => (code & 0xFF) == raw.SQLITE_FULL || code == raw.SQLITE_IOERR_WRITE;

    public bool IsBusy => (code & 0xFF) is raw.SQLITE_BUSY or raw.SQLITE_LOCKED;
}
