using Backup.Engine;
using MySqlConnector;

namespace Backup.Databases.MariaDb;

/// <summary>How a server is reached: for the driver and for the vendor's programs.</summary>
internal sealed class MariaDbServer
{
    private const string DefaultSocket = "/run/mysqld/mysqld.sock";

    private readonly MySqlConnectionStringBuilder _builder;
    private readonly string? _file;

    /// <param name="connectionFile">A my.cnf; null: the server of this machine, as the user who runs this.</param>
    /// <param name="database">The database; null: none.</param>
    public MariaDbServer(string? connectionFile, string? database)
    {
        _file = connectionFile;
        Database = database ?? "";
        var settings = connectionFile is null ? new Dictionary<string, string>(StringComparer.Ordinal) : ConnectionFile.Read(connectionFile, "client");
        _builder = new MySqlConnectionStringBuilder
        {
            UserID = settings.GetValueOrDefault("user", Environment.UserName),
            Password = settings.GetValueOrDefault("password", ""),
            Database = Database,
            Pooling = false,
            DefaultCommandTimeout = 0,
            ConnectionTimeout = 15,
            Keepalive = 60,
            TreatTinyAsBoolean = false,
            AllowUserVariables = true,
            AllowZeroDateTime = true,
            UseAffectedRows = false,
        };
        Reach(settings);
    }

    public string Database { get; }

    /// <exception cref="BackupException">The server does not answer, or does not let this user in.</exception>
    public MySqlConnection Connect()
    {
        var connection = new MySqlConnection(_builder.ConnectionString);
        try
        {
            connection.Open();
            return connection;
        }
        catch (Exception failure) when (MariaDbFault.IsOne(failure))
        {
            connection.Dispose();
            throw MariaDbFault.OfConnecting(failure, Database, _builder.Server);
        }
    }

    /// <summary>What every program of the vendor is told first.</summary>
    public List<string> Arguments() => _file is null ? ["--no-defaults", $"--socket={DefaultSocket}"] : [$"--defaults-extra-file={_file}"];

    /// <summary>Runs <c>mariadb-dump</c> on this database.</summary>
    public byte[] Dump(IEnumerable<string> options, IEnumerable<string> tables)
    {
        // Behind `--` no name of a table is taken for an option.
        var arguments = Arguments();
        arguments.AddRange(["--default-character-set=utf8mb4", "--skip-comments", "--skip-lock-tables", "--skip-add-drop-table", "--skip-tz-utc", .. options, "--", Database, .. tables]);
        return VendorTool.Run("mariadb-dump", arguments, new Dictionary<string, string>(StringComparer.Ordinal), "mariadb-client");
    }

    /// <summary>Starts <c>mariadb</c>, which takes SQL as bytes.</summary>
    public SqlClient Client() => new(
        "mariadb", [.. Arguments(), "--default-character-set=binary", "--binary-mode", "--batch", "--max-allowed-packet=1G", "--", Database], new Dictionary<string, string>(StringComparer.Ordinal), "mariadb-client");

    private void Reach(IReadOnlyDictionary<string, string> settings)
    {
        var host = settings.GetValueOrDefault("host");
        if (settings.GetValueOrDefault("socket") is { Length: > 0 } socket && host is null or "localhost")
        {
            (_builder.Server, _builder.ConnectionProtocol) = (socket, MySqlConnectionProtocol.UnixSocket);
        }
        else if (host is null or "localhost")
        {
            (_builder.Server, _builder.ConnectionProtocol) = (DefaultSocket, MySqlConnectionProtocol.UnixSocket);
        }
        else
        {
            _builder.Server = host;
            _builder.Port = uint.TryParse(settings.GetValueOrDefault("port"), System.Globalization.CultureInfo.InvariantCulture, out var port) ? port : 3306;
        }

        if (settings.GetValueOrDefault("ssl-ca") is { Length: > 0 } authority)
        {
            (_builder.SslMode, _builder.SslCa) = (MySqlSslMode.VerifyCA, authority);
        }
    }
}
