using Backup.Engine.Snapshots;
using Backup.Engine.Sources;

namespace Backup.Engine.Runs;

/// <summary>Brings a snapshot of a database into an empty one.</summary>
/// <param name="session">The repository.</param>
/// <param name="snapshot">Of a database.</param>
internal sealed class SnapshotLoad(Session session, KnownSnapshot snapshot)
{
    /// <summary>What was given, and what was not.</summary>
    public DatabaseDump Dump { get; } = new(session.RowsView(snapshot.Record));

    /// <summary>Tables, rows, what comes after them; then everything there is counted and compared.</summary>
    /// <exception cref="BackupException">The database is not empty or not reachable, or does not take the rows; or the snapshot is damaged.</exception>
    public async Task<DatabaseLoad> IntoAsync(IDatabaseTarget target, CancellationToken cancellation)
    {
        using var pipe = DumpRun.PipeOf(session);
        async Task<byte[]> ReadAsync(string path)
        {
            using var content = new MemoryStream();
            await pipe.WriteAsync(Dump.OfFile(path), content, cancellation);
            return content.ToArray();
        }

        target.Begin(await ReadAsync(DatabaseLayout.Description), await ReadAsync(DatabaseLayout.Before));
        await pipe.WriteAsync(Dump.Rows(cancellation), target.Rows, cancellation);
        session.Context.Progress.Phase("counting");
        return target.Complete(
            await ReadAsync(DatabaseLayout.After), await ReadAsync($"{DatabaseLayout.Totals}/{DatabaseLayout.Tables}"), Dump is { Erased: 0, Restricted: 0 });
    }
}
