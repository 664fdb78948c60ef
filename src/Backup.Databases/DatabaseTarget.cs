using Backup.Databases.MariaDb;
using Backup.Databases.Postgres;
using Backup.Engine;
using Backup.Engine.Sources;

namespace Backup.Databases;

/// <summary>Opens databases to load snapshots into.</summary>
public static class DatabaseTarget
{
    /// <param name="kind">Of the snapshot's source.</param>
    /// <param name="connectionFile">Absolute; null: the server of this machine.</param>
    /// <param name="database">The database.</param>
    /// <param name="table">Rows of this table only; null: all.</param>
    public static IDatabaseTarget Open(string kind, string? connectionFile, string database, string? table) => kind switch
    {
        "mariadb" => new MariaDbTarget(connectionFile, database, table),
        "postgres" => new PostgresTarget(connectionFile, database, table),
        _ => throw new BackupException(FailureKind.Usage, $"The snapshot is of a {kind} database, which this version does not load.", "Use a newer version, or `backupctl dump SNAPSHOT:/`."),
    };
}
