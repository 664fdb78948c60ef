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

    /// <param name="failure">The driver's.</param>
    /// <param name="what">What was read, with its article.</param>
    /// <param name="server">Where the server is, for messages.</param>
    public static BackupException Of(MySqlException failure, string what, string server) => failure.ErrorCode switch
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
    public static BackupException OfConnecting(MySqlException failure, string database, string server) => IsLost(failure) || failure.ErrorCode == MySqlErrorCode.None
        ? new BackupException(
            FailureKind.Failed, $"The database server at {server} does not answer: {Said(failure)}.", "Start it, or correct host, port or socket in the connection file.", failure)
        : Of(failure, $"The database {database}", server);

    private static bool IsLost(MySqlException failure) =>
        failure.ErrorCode is MySqlErrorCode.UnableToConnectToHost or MySqlErrorCode.ServerShutdown or ConnectionKilled or MySqlErrorCode.NormalShutdown
        || failure.InnerException is IOException or SocketException;

    private static string Said(MySqlException failure) => (failure.InnerException is SocketException inner ? inner.Message : failure.Message).TrimEnd('.');
}
