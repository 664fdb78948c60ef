using System.Diagnostics;
using System.Globalization;

namespace Backup.Stores.Tests.Services;

/// <summary>
/// Real storage servers on loopback, as <c>scripts/test-services.sh</c> starts them. <see cref="Shared"/> is for tests that only talk to
/// them; a test that stops, kills or fills a server takes a set of its own with <see cref="StartOwn"/>, for other tests run beside it.
/// </summary>
public sealed class TestServices : IDisposable
{
    /// <summary>Far above what the slowest start takes, the download of Azurite included.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(8);
    private static readonly string[] AllKinds = ["s3", "azure", "sftp", "mariadb", "postgres"];
    private static readonly Lazy<TestServices> SharedServices = new(FindShared);

    private readonly Dictionary<string, string> _values;
    private readonly bool _own;

    private TestServices(string file, bool own)
    {
        File = file;
        _own = own;
        _values = System.IO.File.ReadLines(file).Select(line => line.Split('=', 2))
            .ToDictionary(parts => parts[0], parts => parts[1].Trim('\''), StringComparer.Ordinal);
    }

    /// <summary>
    /// The set of this test run. BACKUP_TEST_SERVICES names its file <c>env</c>; without that the script starts one for this user, which
    /// goes on running until <c>scripts/test-services.sh down</c>.
    /// </summary>
    public static TestServices Shared => SharedServices.Value;

    /// <summary>The file <c>env</c> of this set, for a program that reads it itself.</summary>
    public string File { get; }

    /// <summary>The scratch directory of this set: nothing of it lies elsewhere.</summary>
    public string Folder => Path.GetDirectoryName(File)!;

    public S3Server S3 => new(
        new Uri(this["S3_ENDPOINT"]), new Uri(this["S3_TLS_ENDPOINT"]), this["S3_CERTIFICATE"], this["S3_REGION"],
        new S3User(this["S3_ACCESS_KEY"], this["S3_SECRET_KEY"]), new S3User(this["S3_KEEPER_ACCESS_KEY"], this["S3_KEEPER_SECRET_KEY"]))
    {
        KeeperName = this["S3_KEEPER"],
        ConfigurationFile = Path.Join(Folder, "s3", "ceph.conf"),
        Process = new ServerProcess(this["S3_PID_FILE"]),
        DiskProcess = new ServerProcess(this["S3_DISK_PID_FILE"]),
    };

    public AzureServer Azure => new(
        new Uri(this["AZURE_ENDPOINT"]), this["AZURE_ACCOUNT"], this["AZURE_KEY"], this["AZURE_CONNECTION_STRING"])
    {
        Process = new ServerProcess(this["AZURE_PID_FILE"]),
    };

    /// <summary>Three servers: Unna, Nürnberg, Falkenstein.</summary>
    public IReadOnlyList<SftpServer> Sftp => [.. this["SFTP_CITIES"].Split(' ').Select(City)];

    /// <summary>The socket of a MariaDB server whose <c>root</c> has no password.</summary>
    public string MariaDbSocket => this["MARIADB_SOCKET"];

    /// <summary>The folder of the socket of a PostgreSQL server that lets <c>postgres</c> in.</summary>
    public string PostgresSocket => this["POSTGRES_SOCKET"];

    private IEnumerable<string> Kinds =>
        AllKinds.Where(kind => _values.Keys.Any(name => name.StartsWith(kind + "_", StringComparison.OrdinalIgnoreCase)));

    private string this[string name] => _values.TryGetValue(name, out var value)
        ? value
        : throw new InvalidOperationException($"{File} says nothing of {name}: was that kind of server started?");

    /// <summary>Starts a set that only the caller knows; disposing of it ends it.</summary>
    /// <param name="kinds"><c>s3</c>, <c>azure</c>, <c>sftp</c>, <c>mariadb</c>, <c>postgres</c>; all if none is named.</param>
    public static TestServices StartOwn(params IEnumerable<string> kinds)
    {
        var folder = Path.Join(Path.GetTempPath(), $"backup-test-services-{Path.GetRandomFileName()}");
        try
        {
            return new TestServices(RunScript(["up", folder, .. kinds]), own: true);
        }
        catch
        {
            RunScript(["down", folder]);
            throw;
        }
    }

    /// <summary>Starts again what was killed; it answers when this returns. S3 keeps its content if only the gateway died.</summary>
    public void StartAgain() => RunScript(["up", Folder, .. Kinds]);

    /// <summary>Ends a set of one's own; leaves the shared one alone.</summary>
    public void Dispose()
    {
        if (_own)
        {
            RunScript(["down", Folder]);
        }
    }

    private static TestServices FindShared()
    {
        if (Environment.GetEnvironmentVariable("BACKUP_TEST_SERVICES") is not { Length: > 0 } named)
        {
            return new TestServices(RunScript(["up"]), own: false);
        }

        return System.IO.File.Exists(named)
            ? new TestServices(Path.GetFullPath(named), own: false)
            : throw new InvalidOperationException($"BACKUP_TEST_SERVICES names {named}, which is not there.");
    }

    private SftpServer City(string city)
    {
        var name = $"SFTP_{city.ToUpperInvariant()}_";
        return new SftpServer(city, this["SFTP_HOST"], int.Parse(this[name + "PORT"], CultureInfo.InvariantCulture), this["SFTP_USER"])
        {
            KeyFile = this["SFTP_KEY_FILE"],
            PasswordFile = this["SFTP_PASSWORD_FILE"],
            KnownHostsFile = this[name + "KNOWN_HOSTS"],
            Folder = this[name + "FOLDER"],
            Process = new ServerProcess(this[name + "PID_FILE"]),
        };
    }

    /// <returns>The last line that the script printed.</returns>
    private static string RunScript(IEnumerable<string> arguments)
    {
        var command = new ProcessStartInfo(Script(), arguments)
        {
            UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        using var process = Process.Start(command)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEndAsync();
        if (!process.WaitForExit(Patience))
        {
            process.Kill(entireProcessTree: true);
            throw new InvalidOperationException($"{command.FileName} has not ended after {Patience.TotalMinutes} minutes.");
        }

        return process.ExitCode == 0
            ? output.Result.TrimEnd().Split('\n')[^1]
            : throw new InvalidOperationException($"{command.FileName} failed with {process.ExitCode}: {errors.Result}{output.Result}");
    }

    private static string Script()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var script = Path.Join(folder.FullName, "scripts", "test-services.sh");
            if (System.IO.File.Exists(script))
            {
                return script;
            }
        }

        throw new InvalidOperationException($"No scripts/test-services.sh above {AppContext.BaseDirectory}.");
    }
}
