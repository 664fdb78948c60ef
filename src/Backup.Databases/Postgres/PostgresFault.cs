using Backup.Engine;
using Backup.Engine.Sources;
using Npgsql;

namespace Backup.Databases.Postgres;

/// <summary>What went wrong at the server, for whoever reads it.</summary>
internal static class PostgresFault
{
    /// <param name="failure">The driver's.</param>
    /// <param name="what">What was read, with its article.</param>
    public static BackupException Of(NpgsqlException failure, string what) => (failure as PostgresException)?.SqlState switch
    {
        PostgresErrorCodes.UndefinedTable => new SourceRestartException($"{what} was removed while the database was read.", failure),
        PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification => new BackupException(
            FailureKind.Failed, $"{what} cannot be read: the server does not let this user in ({Said(failure)}).", "Correct user and password in the connection file.", failure),
        PostgresErrorCodes.InsufficientPrivilege => new BackupException(
            FailureKind.Failed, $"{what} cannot be read: {Said(failure)}.", "Grant this user pg_read_all_data, and BYPASSRLS if tables have row security.", failure),
        PostgresErrorCodes.InvalidCatalogName => new BackupException(FailureKind.Failed, $"{Said(failure)}.", "Correct 'database:' in the policy.", failure),
        PostgresErrorCodes.UndefinedColumn or PostgresErrorCodes.SyntaxError or PostgresErrorCodes.UndefinedFunction => new BackupException(
            FailureKind.Failed, $"The data map does not fit {char.ToLowerInvariant(what[0])}{what[1..]}: {Said(failure)}.", "Correct the map; `backupctl policy validate --connect` tries it.", failure),
        null => new BackupException(
            FailureKind.Failed, $"The database server does not answer, or is gone: {Said(failure)}.", "Start it, or correct host and port in the connection file.", failure),
        _ => new BackupException(FailureKind.Failed, $"{what} could not be read to its end: {Said(failure)}.", "Look into the server's log, then run it again.", failure),
    };

    private static string Said(NpgsqlException failure) => (failure is PostgresException server ? server.MessageText : failure.InnerException?.Message ?? failure.Message).TrimEnd('.');
}
