using System.Diagnostics;
using Backup.Stores.Tests.Services;

namespace Backup.Databases.Tests;

/// <summary>A database of the tests' server, made empty, and gone with the test.</summary>
internal sealed class TestDatabase : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("backup-database-").FullName;

    private readonly bool _isShared;

    /// <param name="suffix">What its name ends with.</param>
    /// <param name="server">A server of the test's own; it may be gone at the end. Null: that of all tests.</param>
    public TestDatabase(string suffix = "", TestServices? server = null)
    {
        _isShared = server is null;
        Name = $"t_{Path.GetRandomFileName().Replace('.', '_')}{suffix}";
        ConnectionFile = Path.Join(_folder, "my.cnf");
        File.WriteAllText(ConnectionFile, $"[client]\nuser=root\nsocket={(server ?? TestServices.Shared).MariaDbSocket}\n");
        if (OperatingSystem.IsLinux())
        {
            File.SetUnixFileMode(ConnectionFile, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        Run($"CREATE DATABASE {Quoted}", database: "");
    }

    public string Name { get; }

    public string ConnectionFile { get; }

    private string Quoted => Quote(Name);

    /// <summary>A folder for the test.</summary>
    public string Folder => _folder;

    /// <summary>Runs SQL through the vendor's client.</summary>
    /// <returns>What it prints: a row a line, tabs between.</returns>
    public string Run(string sql, string? database = null)
    {
        var start = new ProcessStartInfo("mariadb", [$"--defaults-extra-file={ConnectionFile}", "--default-character-set=utf8mb4", "--batch", "--skip-column-names", "--max-allowed-packet=1G", .. (database ?? Name) is { Length: > 0 } named ? [named] : Array.Empty<string>()])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false, StandardInputEncoding = new System.Text.UTF8Encoding(false),
        };
        using var process = Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        try
        {
            process.StandardInput.Write(sql);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended before: its words say why.
        }

        process.WaitForExit();
        Assert.True(process.ExitCode == 0, errors.Result);
        return output.Result;
    }

    /// <summary>What the server computes over every row of a table.</summary>
    public string Checksum(string table) => Run($"CHECKSUM TABLE {Quote(table)} EXTENDED").Trim().Split('\t')[1];

    /// <summary>How the server writes a table or a view.</summary>
    public string Definition(string table) => Run($"SHOW CREATE TABLE {Quote(table)}");

    public void Dispose()
    {
        if (_isShared)
        {
            Run($"DROP DATABASE {Quoted}", database: "");
        }

        Directory.Delete(_folder, recursive: true);
    }

    private static string Quote(string name) => $"`{name.Replace("`", "``", StringComparison.Ordinal)}`";
}
