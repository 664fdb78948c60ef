using System.Data.Common;
using System.Globalization;
using Backup.Engine;

namespace Backup.Databases.Throwaway;

/// <summary>Asks a server one thing.</summary>
internal static class Question
{
    /// <summary>The first value of the first row, as text; null if there is none. The connection is closed then.</summary>
    /// <exception cref="BackupException">The server does not understand it.</exception>
    public static string? Ask(DbConnection connection, string sql)
    {
        using (connection)
        {
            try
            {
                using var command = connection.CreateCommand();
#pragma warning disable CA2100 // the policy's own words
                command.CommandText = sql;
#pragma warning restore CA2100
                return command.ExecuteScalar() is { } value and not DBNull ? Convert.ToString(value, CultureInfo.InvariantCulture) : null;
            }
            catch (DbException failure)
            {
                throw new BackupException(FailureKind.Failed, $"the server does not answer it: {failure.Message.TrimEnd('.')}.", "Correct 'check:' in the policy.", failure);
            }
        }
    }
}
