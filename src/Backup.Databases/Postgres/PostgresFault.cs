using System.Net.Sockets;
using Backup.Engine;
using Backup.Engine.Sources;
using Npgsql;

namespace Backup.Databases.Postgres;

/// <summary>What went wrong at the server, for whoever reads it.</summary>
internal static class PostgresFault
{
    /// <summary>What the driver throws: its own, and the network's.</summary>
    public static bool IsOne(Exception failure) => failure is NpgsqlException or IOException or SocketException or TimeoutException;

    /// <param name="failure">One of the driver's.</param>
    /// <param name="what">What was read, with its article.</param>
    /// <param name="server">Where the server is, for messages.</param>
    public static BackupException Of(Exception failure, string what, string server) => (failure as PostgresException)?.SqlState switch
    {
        PostgresErrorCodes.UndefinedTable => new SourceRestartException($"{what} was removed while the database was read.", failure),
        PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification => new BackupException(
            FailureKind.Failed, $"{what} cannot be read: the server does not let this user in ({Said(failure)}).", "Correct user and password in the connection file.", failure),
        PostgresErrorCodes.InsufficientPrivilege => new BackupException(
            FailureKind.Failed, $"{what} cannot be read: {Said(failure)}.", "Grant this user pg_read_all_data, and BYPASSRLS if tables have row security.", failure),
        PostgresErrorCodes.InvalidCatalogName => new BackupException(FailureKind.Failed, $"{Said(failure)}.", "Correct 'database:' in the policy.", failure),
        PostgresErrorCodes.UndefinedColumn or PostgresErrorCodes.SyntaxError or PostgresErrorCodes.UndefinedFunction => new BackupException(
            FailureKind.Failed, $"The data map does not fit {char.ToLowerInvariant(what[0])}{what[1..]}: {Said(failure)}.", "Correct the map; `backupctl policy validate --connect` tries it.", failure),
        null or PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown => new BackupException(
            FailureKind.Failed, $"{what} could not be read to its end: the database server at {server} is gone ({Said(failure)}).", "Look into the server's log, start it, then run it again.", failure),
        _ => new BackupException(FailureKind.Failed, $"{what} could not be read to its end: {Said(failure)}.", "Look into the server's log, then run it again.", failure),
    };

    /// <summary>What went wrong before the server had let anybody in.</summary>
    /// <param name="failure">One of the driver's.</param>
    /// <param name="database">The database.</param>
    /// <param name="server">Where the server should be.</param>
    public static BackupException OfConnecting(Exception failure, string database, string server) => failure switch
    {
        PostgresException { SqlState: not PostgresErrorCodes.CannotConnectNow } said => Of(said, $"The database {database}", server),
        NpgsqlException { InnerException: null } refused => new BackupException(
            FailureKind.Failed, $"The database {database} cannot be read: {Said(refused)}.", "Correct user and password in the connection file.", refused),
        _ => new BackupException(
            FailureKind.Failed, $"The database server at {server} does not answer: {Said(failure)}.", "Start it, or correct host and port in the connection file.", failure),
    };

    private static string Said(Exception failure) => (failure is PostgresException server ? server.MessageText : failure.InnerException?.Message ?? failure.Message).TrimEnd('.');
}
