using System.Diagnostics;
using Backup.Engine.Policies;
using Backup.Stores.Tests.Services;

namespace Backup.Databases.Tests;

/// <summary>A database of the tests' PostgreSQL server, made empty, and gone with the test.</summary>
internal sealed class PostgresTestDatabase : IDisposable
{
    private readonly string _socket;
    private readonly bool _isShared;

    /// <param name="suffix">What its name ends with.</param>
    /// <param name="server">A server of the test's own; it may be gone at the end. Null: that of all tests.</param>
    public PostgresTestDatabase(string suffix = "", TestServices? server = null)
    {
        _isShared = server is null;
        _socket = (server ?? TestServices.Shared).PostgresSocket;
        Name = $"t_{Path.GetRandomFileName().Replace('.', '_')}{suffix}";
        ConnectionFile = Path.Join(Folder, "pg.conf");
        File.WriteAllText(ConnectionFile, $"[test]\nhost={_socket}\nuser=postgres\n");
        Run($"CREATE DATABASE {Quoted} TEMPLATE template0", "postgres");
    }

    public string Name { get; }

    public string ConnectionFile { get; }

    /// <summary>A folder for the test.</summary>
    public string Folder { get; } = Directory.CreateTempSubdirectory("backup-postgres-").FullName;

    private string Quoted => $"\"{Name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    /// <summary>Runs SQL through the vendor's client.</summary>
    /// <returns>What it prints: a row a line, <c>|</c> between.</returns>
    public string Run(string sql, string? database = null)
    {
        var start = new ProcessStartInfo("psql", ["-h", _socket, "-U", "postgres", "-qAtX", "-v", "ON_ERROR_STOP=1", "-f", "-"])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false, StandardInputEncoding = new System.Text.UTF8Encoding(false),
        };
        start.Environment["PGDATABASE"] = database ?? Name;
        using var process = Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        process.StandardInput.Write(sql);
        process.StandardInput.Close();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, errors.Result);
        return output.Result.TrimEnd('\n');
    }

    /// <summary>How the vendor's tool writes everything but rows.</summary>
    public string Definitions()
    {
        var start = new ProcessStartInfo("pg_dump", ["-h", _socket, "-U", "postgres", "--schema-only"]) { RedirectStandardOutput = true, UseShellExecute = false };
        start.Environment["PGDATABASE"] = Name;
        using var process = Process.Start(start)!;
        var lines = process.StandardOutput.ReadToEnd().Split('\n').Where(static line => !line.StartsWith("\\restrict", StringComparison.Ordinal) && !line.StartsWith("\\unrestrict", StringComparison.Ordinal));
        process.WaitForExit();
        return string.Join('\n', lines);
    }

    /// <summary>A line for each table and sequence, with what tells its content.</summary>
    public string Contents() => Run(Run("""
        SELECT format('SELECT %L, count(*), md5(string_agg(x::text, ''|'' ORDER BY x::text)) FROM (SELECT %s FROM ONLY %s) x;',
          c.oid::regclass, CASE c.relkind WHEN 'S' THEN 'last_value, is_called' ELSE '*' END, c.oid::regclass)
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'S') AND n.nspname NOT LIKE 'pg\_%' AND n.nspname <> 'information_schema' ORDER BY c.oid::regclass::text COLLATE "C"
        """));

    public DatabaseSourceConfig Source(DataMap? map = null) =>
        new() { Id = "shop", Server = DatabaseKind.Postgres, Database = Name, ConnectionFile = ConnectionFile, Map = map?.File, DataMap = map };

    public void Dispose()
    {
        if (_isShared)
        {
            Run($"DROP DATABASE {Quoted} WITH (FORCE)", "postgres");
        }

        Directory.Delete(Folder, recursive: true);
    }
}
