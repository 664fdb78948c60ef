using System.Globalization;
using Backup.Databases.Postgres;
using Backup.Engine.Sources;

namespace Backup.Databases.Throwaway;

/// <summary>A PostgreSQL server without a network, whose data need not survive anything. It refuses to be root's: then it is the package's own user's.</summary>
internal sealed class PostgresThrowaway : IThrowawayServer
{
    private const string Packages = "/usr/lib/postgresql";
    private const string Owner = "postgres";

    private readonly ServerProcess _process;
    private readonly string _connectionFile;

    private PostgresThrowaway(ServerProcess process, string connectionFile) => (_process, _connectionFile) = (process, connectionFile);

    /// <inheritdoc cref="ThrowawayServer.Start"/>
    public static PostgresThrowaway? Start(string wanted)
    {
        if (Programs() is not { } programs)
        {
            return null;
        }

        var owner = Environment.IsPrivilegedProcess ? Owner : null;
        var folder = ServerFolder.Make(wanted, owner);
        var data = Path.Join(folder, "data");
        string[] first = ["env", "--chdir=/", "LC_ALL=C.UTF-8", .. owner is null ? Array.Empty<string>() : ["setpriv", $"--reuid={owner}", $"--regid={owner}", "--init-groups"]];
        ServerFolder.Run(first[0], [.. first[1..], Path.Join(programs, "initdb"), "-D", data, "-U", Owner, "--auth=trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]);
        var process = new ServerProcess(folder, "QUIT",
        [
            .. first, Path.Join(programs, "postgres"), "-D", data, "-c", "listen_addresses=", "-c", $"unix_socket_directories={folder}", "-c", "fsync=off",
            "-c", "synchronous_commit=off", "-c", "full_page_writes=off", "-c", "autovacuum=off", "-c", "max_wal_size=4GB", "-c", "shared_preload_libraries=",
        ]);
        var connection = ServerFolder.Connection(folder, $"[drill]\nhost={folder}\nuser={Owner}\n");
        try
        {
            process.Await(() => new PostgresServer(connection, Owner).Connect().Dispose());
            return new PostgresThrowaway(process, connection);
        }
        catch
        {
            process.Dispose();
            throw;
        }
    }

    public IDatabaseTarget Open(string database) => new PostgresTarget(_connectionFile, database, only: null);

    public string? Ask(string database, string sql) => Question.Ask(new PostgresServer(_connectionFile, database).Connect(), sql);

    public void Dispose() => _process.Dispose();

    /// <summary>The folder of the newest server's programs.</summary>
    private static string? Programs() =>
        Directory.Exists(Packages)
            ? Directory.GetDirectories(Packages).Where(static folder => int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out _))
                .OrderByDescending(static folder => int.Parse(Path.GetFileName(folder), CultureInfo.InvariantCulture))
                .Select(static folder => Path.Join(folder, "bin")).FirstOrDefault(static folder => File.Exists(Path.Join(folder, "initdb")))
            : ServerFolder.Find("initdb") is { } found ? Path.GetDirectoryName(found) : null;
}
