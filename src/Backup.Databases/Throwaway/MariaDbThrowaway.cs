using Backup.Databases.MariaDb;
using Backup.Engine.Sources;

namespace Backup.Databases.Throwaway;

/// <summary>A MariaDB server without a network, whose data need not survive anything.</summary>
internal sealed class MariaDbThrowaway : IThrowawayServer
{
    private readonly ServerProcess _process;
    private readonly string _connectionFile;

    private MariaDbThrowaway(ServerProcess process, string connectionFile) => (_process, _connectionFile) = (process, connectionFile);

    /// <inheritdoc cref="ThrowawayServer.Start"/>
    public static MariaDbThrowaway? Start(string wanted)
    {
        if (ServerFolder.Find("mariadbd", "/usr/sbin") is not { } server || ServerFolder.Find("mariadb-install-db") is not { } install)
        {
            return null;
        }

        var folder = ServerFolder.Make(wanted, owner: null);
        var (data, files, socket) = (Path.Join(folder, "data"), Path.Join(folder, "files"), Path.Join(folder, "socket"));
        var user = Environment.UserName;
        ServerFolder.Run("mkdir", "--", files);
        ServerFolder.Run(
            install, "--no-defaults", $"--datadir={data}", $"--user={user}", "--auth-root-authentication-method=normal", "--skip-test-db", "--skip-name-resolve");
        var process = new ServerProcess(folder, "KILL",
        [
            server, "--no-defaults", $"--datadir={data}", $"--user={user}", $"--socket={socket}", $"--pid-file={Path.Join(folder, "pid")}", "--skip-networking",
            "--skip-name-resolve", "--event-scheduler=OFF", "--local-infile=0", $"--secure-file-priv={files}", $"--tmpdir={files}", "--max-allowed-packet=1G",
            "--innodb-buffer-pool-size=128M", "--innodb-flush-log-at-trx-commit=0", "--innodb-doublewrite=0", "--performance-schema=off",
        ]);
        var connection = ServerFolder.Connection(folder, $"[client]\nuser=root\nsocket={socket}\n");
        try
        {
            process.Await(() => new MariaDbServer(connection, null).Connect().Dispose());
            return new MariaDbThrowaway(process, connection);
        }
        catch
        {
            process.Dispose();
            throw;
        }
    }

    public IDatabaseTarget Open(string database) => new MariaDbTarget(_connectionFile, database, only: null);

    public string? Ask(string database, string sql) => Question.Ask(new MariaDbServer(_connectionFile, database).Connect(), sql);

    public void Dispose() => _process.Dispose();
}
