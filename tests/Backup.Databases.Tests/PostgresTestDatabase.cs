using System.Diagnostics;
using Backup.Engine.Policies;
using Backup.Stores.Tests.Services;

namespace Backup.Databases.Tests;

/// <summary>A database of the tests' PostgreSQL server, made empty, and gone with the test.</summary>
internal sealed class PostgresTestDatabase : IDisposable
{
    private readonly string _socket = TestServices.Shared.PostgresSocket;

    /// <param name="name">Null: one that no other test has.</param>
    public PostgresTestDatabase(string? name = null)
    {
        Name = name ?? $"t_{Path.GetRandomFileName().Replace('.', '_')}";
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

    public DatabaseSourceConfig Source(DataMap? map = null) =>
        new() { Id = "shop", Server = DatabaseKind.Postgres, Database = Name, ConnectionFile = ConnectionFile, Map = map?.File, DataMap = map };

    public void Dispose()
    {
        Run($"DROP DATABASE {Quoted} WITH (FORCE)", "postgres");
        Directory.Delete(Folder, recursive: true);
    }
}
