using System.Net.Sockets;
using Backup.Engine;
using Backup.Engine.Sources;
using MySqlConnector;

namespace Backup.Databases.MariaDb;

/// <summary>What went wrong at the server, for whoever reads it.</summary>
internal static class MariaDbFault
{
    /// <summary>What only MariaDB says, of which the driver has no name.</summary>
    private const MySqlErrorCode ConnectionKilled = (MySqlErrorCode)1927;

    /// <summary>What the driver throws: its own, and the network's where an answer ends in the middle.</summary>
    public static bool IsOne(Exception failure) => failure is MySqlException or IOException or SocketException;

    /// <param name="failure">One of the driver's.</param>
    /// <param name="what">What was read, with its article.</param>
    /// <param name="server">Where the server is, for messages.</param>
    public static BackupException Of(Exception failure, string what, string server) => (failure as MySqlException)?.ErrorCode switch
    {
        MySqlErrorCode.TableDefinitionChanged => new SourceRestartException($"{what} was altered while it was read.", failure),
        MySqlErrorCode.NoSuchTable or MySqlErrorCode.UnknownTable => new SourceRestartException($"{what} was removed while the database was read.", failure),
        MySqlErrorCode.AccessDenied or MySqlErrorCode.DatabaseAccessDenied => new BackupException(
            FailureKind.Failed, $"{what} cannot be read: the server does not let this user in ({Said(failure)}).", "Correct user and password in the connection file.", failure),
        MySqlErrorCode.TableAccessDenied or MySqlErrorCode.ColumnAccessDenied => new BackupException(
            FailureKind.Failed, $"{what} cannot be read: {Said(failure)}.", "Grant this user SELECT, SHOW VIEW, TRIGGER, EVENT, LOCK TABLES and RELOAD.", failure),
        _ when IsLost(failure) => new BackupException(
            FailureKind.Failed, $"{what} could not be read to its end: the database server at {server} is gone ({Said(failure)}).", "Look into the server's log, start it, then run it again.", failure),
        MySqlErrorCode.UnknownDatabase => new BackupException(FailureKind.Failed, $"{Said(failure)}.", "Correct 'database:' in the policy.", failure),
        MySqlErrorCode.BadFieldError or MySqlErrorCode.ParseError => new BackupException(
            FailureKind.Failed, $"The data map does not fit {char.ToLowerInvariant(what[0])}{what[1..]}: {Said(failure)}.", "Correct the map; `backupctl policy validate --connect` tries it.", failure),
        _ => new BackupException(FailureKind.Failed, $"{what} could not be read to its end: {Said(failure)}.", "Look into the server's log, then run it again.", failure),
    };

    /// <summary>What went wrong before the server had let anybody in.</summary>
    /// <param name="failure">The driver's.</param>
    /// <param name="database">The database.</param>
    /// <param name="server">Where the server should be.</param>
    public static BackupException OfConnecting(Exception failure, string database, string server) =>
        IsLost(failure) || failure is MySqlException { ErrorCode: MySqlErrorCode.None }
        ? new BackupException(
            FailureKind.Failed, $"The database server at {server} does not answer: {Said(failure)}.", "Start it, or correct host, port or socket in the connection file.", failure)
        : Of(failure, $"The database {database}", server);

    private static bool IsLost(Exception failure) => failure is not MySqlException server
        || server.InnerException is IOException or SocketException
        || server.ErrorCode is MySqlErrorCode.UnableToConnectToHost or MySqlErrorCode.ServerShutdown or MySqlErrorCode.NormalShutdown or ConnectionKilled;

    private static string Said(Exception failure) =>
        (failure.InnerException is SocketException inner ? inner.Message : failure.Message).TrimEnd('.');
}
