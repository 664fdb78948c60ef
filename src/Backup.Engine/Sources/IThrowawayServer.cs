namespace Backup.Engine.Sources;

/// <summary>A database server that was started for a rehearsal: reachable by this machine's user alone, and gone with all its data when it is disposed.</summary>
public interface IThrowawayServer : IDisposable
{
    /// <summary>A new database that takes a snapshot.</summary>
    /// <param name="database">Its name.</param>
    IDatabaseTarget Open(string database);

    /// <summary>Asks a question about a database that was loaded.</summary>
    /// <param name="database">Its name.</param>
    /// <param name="sql">The question.</param>
    /// <returns>The first value of the first row, as text; null if there is no row, or no value.</returns>
    /// <exception cref="BackupException">The server does not understand it.</exception>
    string? Ask(string database, string sql);
}
