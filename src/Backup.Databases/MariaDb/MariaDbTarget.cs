using System.Globalization;
using Backup.Databases.Loading;
using Backup.Engine.Policies;
using MySqlConnector;

namespace Backup.Databases.MariaDb;

/// <summary>An empty MariaDB database that takes a snapshot.</summary>
/// <param name="connectionFile">A my.cnf; null: the server of this machine.</param>
/// <param name="database">Its name; made if it is missing.</param>
/// <param name="only">Rows of this table only; null: all.</param>
internal sealed class MariaDbTarget(string? connectionFile, string database, string? only) : LoadingTarget(database, only, "mariadb")
{
    private readonly MariaDbServer _server = new(connectionFile, database);

    protected override ISqlDialect Dialect { get; } = new MariaDbDialect();

    protected override SqlClient Client() => _server.Client();

    protected override RowBatches Batches(Action<ReadOnlyMemory<byte>> send) => new MariaDbBatches(send, Only);

    protected override IDatabase Look() => new MariaDbDatabase(
        new DatabaseSourceConfig { Id = "target", Server = DatabaseKind.MariaDb, Database = Database, ConnectionFile = connectionFile, NonTransactional = NonTransactional.Warn });

    protected override long CountTables()
    {
        using var connection = new MariaDbServer(connectionFile, null).Connect();
        _ = Run(connection, $"CREATE DATABASE IF NOT EXISTS {MariaDbFormat.Quote(Database)}");
        return Run(connection, $"SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA={Dialect.Literal(Database)}");
    }

    protected override T WithStatements<T>(Func<Func<string, long>, T> use)
    {
        using var connection = _server.Connect();
        _ = Run(connection, "SET SESSION foreign_key_checks=0, unique_checks=0, sql_mode='NO_AUTO_VALUE_ON_ZERO'");
        return use(sql => Run(connection, sql));
    }

    private static long Run(MySqlConnection connection, string sql)
    {
        try
        {
            using var command = new MySqlCommand(sql, connection) { CommandTimeout = 0 };
            return sql.StartsWith("SELECT", StringComparison.Ordinal) ? Convert.ToInt64(command.ExecuteScalar(), CultureInfo.InvariantCulture) : command.ExecuteNonQuery();
        }
        catch (Exception failure) when (MariaDbFault.IsOne(failure))
        {
            throw MariaDbFault.Of(failure, "The database", connection.DataSource);
        }
    }
}
