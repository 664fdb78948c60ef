using Backup.Engine;
using Backup.Engine.Sources;

namespace Backup.Databases.Throwaway;

/// <summary>Starts servers for rehearsals.</summary>
public static class ThrowawayServer
{
    /// <summary>A new server with nothing in it.</summary>
    /// <param name="kind">Of the snapshot's source.</param>
    /// <param name="folder">Absolute: where its data is, while it is there. Removed with it, and made new.</param>
    /// <returns>Null if the programs of such a server are not on this machine.</returns>
    /// <exception cref="BackupException">They are, and it did not start.</exception>
    public static IThrowawayServer? Start(string kind, string folder) => kind switch
    {
        "mariadb" => MariaDbThrowaway.Start(folder),
        "postgres" => PostgresThrowaway.Start(folder),
        _ => null,
    };
}
