using System.Globalization;
using Npgsql;

namespace Backup.Databases.Postgres;

/// <summary>How a server is reached: for the driver and for the vendor's programs.</summary>
internal sealed class PostgresServer
{
    private const string DefaultFolder = "/var/run/postgresql";

    private readonly NpgsqlConnectionStringBuilder _builder;
    private readonly Dictionary<string, string> _environment = new(StringComparer.Ordinal);
    private readonly string _target;

    /// <param name="connectionFile">A pg_service.conf, of which the first section counts; null: the server of this machine, as the user who runs this.</param>
    /// <param name="database">The database.</param>
    public PostgresServer(string? connectionFile, string database)
    {
        Database = database;
        var settings = connectionFile is null ? new Dictionary<string, string>(StringComparer.Ordinal) : ConnectionFile.Read(connectionFile, null);
        _builder = new NpgsqlConnectionStringBuilder
        {
            Host = settings.GetValueOrDefault("host", DefaultFolder),
            Port = int.TryParse(settings.GetValueOrDefault("port"), CultureInfo.InvariantCulture, out var port) ? port : 5432,
            Username = settings.GetValueOrDefault("user", Environment.UserName),
            Password = settings.GetValueOrDefault("password"),
            Database = database,
            Pooling = false,
            CommandTimeout = 0,
            Timeout = 15,
            KeepAlive = 60,
            SslMode = settings.GetValueOrDefault("sslmode") switch { "verify-full" => SslMode.VerifyFull, "verify-ca" => SslMode.VerifyCA, "require" => SslMode.Require, "disable" => SslMode.Disable, _ => SslMode.Prefer },
            RootCertificate = settings.GetValueOrDefault("sslrootcert"),
        };
        if (connectionFile is not null)
        {
            // A password is in nobody's arguments and in nobody's environment.
            _environment["PGSERVICEFILE"] = connectionFile;
        }

        _target = $"{(connectionFile is null ? "" : $"service='{Escape(ConnectionFile.FirstSection(connectionFile))}' ")}dbname='{Escape(database)}'";
    }

    public string Database { get; }

    /// <exception cref="Engine.BackupException">The server does not answer, or does not let this user in.</exception>
    public NpgsqlConnection Connect()
    {
        var connection = new NpgsqlSlimDataSourceBuilder(_builder.ConnectionString).EnableTransportSecurity().Build().CreateConnection();
        try
        {
            connection.Open();
            return connection;
        }
        catch (Exception failure) when (PostgresFault.IsOne(failure))
        {
            connection.Dispose();
            throw PostgresFault.OfConnecting(failure, Database, _builder.Host!);
        }
    }

    /// <summary>Runs <c>pg_dump</c> on this database.</summary>
    public byte[] Dump(IEnumerable<string> options) => VendorTool.Run("pg_dump", [$"--dbname={_target}", "--no-password", .. options], _environment, "postgresql-client");

    /// <summary>Starts <c>psql</c>, which takes SQL and rows as bytes.</summary>
    public SqlClient Client() => new("psql", [$"--dbname={_target}", "--no-psqlrc", "--quiet", "--no-password", "--set=ON_ERROR_STOP=1", "--file=-"], _environment, "postgresql-client");

    private static string Escape(string value) => value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "\\'", StringComparison.Ordinal);
}
