using Backup.Engine;
using Backup.Engine.Sources;
using MySqlConnector;

namespace Backup.Databases.MariaDb;

/// <summary>What went wrong at the server, for whoever reads it.</summary>
internal static class MariaDbFault
{
    /// <param name="failure">The driver's.</param>
    /// <param name="what">What was read, with its article.</param>
    public static BackupException Of(MySqlException failure, string what) => failure.ErrorCode switch
    {
        MySqlErrorCode.TableDefinitionChanged => new SourceRestartException($"{what} was altered while it was read.", failure),
        MySqlErrorCode.NoSuchTable or MySqlErrorCode.UnknownTable => new SourceRestartException($"{what} was removed while the database was read.", failure),
        MySqlErrorCode.AccessDenied or MySqlErrorCode.DatabaseAccessDenied => new BackupException(
            FailureKind.Failed, $"{what} cannot be read: the server does not let this user in ({failure.Message.TrimEnd('.')}).", "Correct user and password in the connection file.", failure),
        MySqlErrorCode.TableAccessDenied or MySqlErrorCode.ColumnAccessDenied => new BackupException(
            FailureKind.Failed, $"{what} cannot be read: {failure.Message.TrimEnd('.')}.", "Grant this user SELECT, SHOW VIEW, TRIGGER, EVENT, LOCK TABLES and RELOAD.", failure),
        MySqlErrorCode.UnableToConnectToHost => new BackupException(
            FailureKind.Failed, $"The database server does not answer: {failure.Message.TrimEnd('.')}.", "Start it, or correct host, port or socket in the connection file.", failure),
        MySqlErrorCode.UnknownDatabase => new BackupException(FailureKind.Failed, $"{failure.Message.TrimEnd('.')}.", "Correct 'database:' in the policy.", failure),
        MySqlErrorCode.BadFieldError or MySqlErrorCode.ParseError => new BackupException(
            FailureKind.Failed, $"The data map does not fit {char.ToLowerInvariant(what[0])}{what[1..]}: {failure.Message.TrimEnd('.')}.", "Correct the map; `backupctl policy validate --connect` tries it.", failure),
        _ => new BackupException(FailureKind.Failed, $"{what} could not be read to its end: {failure.Message.TrimEnd('.')}.", "Look into the server's log, then run it again.", failure),
    };
}
