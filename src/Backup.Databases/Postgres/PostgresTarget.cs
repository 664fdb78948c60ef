using System.Globalization;
using Backup.Databases.Loading;
using Backup.Engine.Policies;
using Npgsql;

namespace Backup.Databases.Postgres;

/// <summary>An empty PostgreSQL database that takes a snapshot.</summary>
/// <param name="connectionFile">A pg_service.conf; null: the server of this machine.</param>
/// <param name="database">Its name; made if it is missing.</param>
/// <param name="only">Rows of this table only; null: all.</param>
internal sealed class PostgresTarget(string? connectionFile, string database, string? only) : LoadingTarget(database, only, "postgres")
{
    private readonly PostgresServer _server = new(connectionFile, database);

    protected override ISqlDialect Dialect { get; } = new PostgresDialect();

    protected override SqlClient Client() => _server.Client();

    protected override RowBatches Batches(Action<ReadOnlyMemory<byte>> send) => new PostgresBatches(send, Only);

    protected override IDatabase Look() => new PostgresDatabase(
        new DatabaseSourceConfig { Id = "target", Server = DatabaseKind.Postgres, Database = Database, ConnectionFile = connectionFile }, isTarget: true);

    protected override long CountTables()
    {
        using (var connection = new PostgresServer(connectionFile, "postgres").Connect())
        {
            if (Run(connection, $"SELECT COUNT(*) FROM pg_database WHERE datname={Dialect.Literal(Database)}") == 0)
            {
                _ = Run(connection, $"CREATE DATABASE {Dialect.Quote(Database)} TEMPLATE template0 ENCODING 'UTF8'");
            }
        }

        using var own = _server.Connect();
        return Run(own, "SELECT COUNT(*) FROM pg_class c JOIN pg_namespace n ON n.oid=c.relnamespace WHERE c.relkind IN ('r','p','v','m','S') AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname<>'information_schema'");
    }

    protected override T WithStatements<T>(Func<Func<string, long>, T> use)
    {
        using var connection = _server.Connect();
        return use(sql => Run(connection, sql));
    }

    private static long Run(NpgsqlConnection connection, string sql)
    {
        try
        {
            using var command = new NpgsqlCommand(sql, connection);
            return sql.StartsWith("SELECT", StringComparison.Ordinal) ? Convert.ToInt64(command.ExecuteScalar(), CultureInfo.InvariantCulture) : command.ExecuteNonQuery();
        }
        catch (Exception failure) when (PostgresFault.IsOne(failure))
        {
            throw PostgresFault.Of(failure, "The database", connection.DataSource);
        }
    }
}
