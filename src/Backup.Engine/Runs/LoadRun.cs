using Backup.Engine.Format;
using Backup.Engine.Sources;

namespace Backup.Engine.Runs;

/// <summary><c>restore --database</c>: loads a snapshot of a database into an empty one, and counts what is there then.</summary>
public static class LoadRun
{
    /// <param name="context">The tenant.</param>
    /// <param name="request">What to load.</param>
    /// <param name="open">Opens the database, when kind and id of the snapshot's source are known.</param>
    /// <param name="cancellation">Ends the run: what is loaded until then stays, and is not complete.</param>
    /// <exception cref="BackupException">Exit 2: the snapshot is none of a database. Exit 1: the database is not empty or not reachable, or does not take the rows.</exception>
    public static async Task<LoadOutcome> RunAsync(RunContext context, LoadRequest request, Func<string, string, IDatabaseTarget> open, CancellationToken cancellation)
    {
        // 1. The repository, read-only, and the snapshot.
        await using var session = await Session.OpenAsync(context, request.Read, cancellation);
        var began = context.Clock.GetTimestamp();
        var snapshot = session.Find(request.Snapshot.Name);
        if (!DatabaseLayout.Is(snapshot.Record.SourceKind))
        {
            throw new BackupException(
                FailureKind.Usage, $"The snapshot {snapshot.Id.ToString()[..8]} is of a source of kind {snapshot.Record.SourceKind}, not of a database.", "Restore it with --target DIR.");
        }

        // 2. The tables, the rows, and what comes after them.
        var load = new SnapshotLoad(session, snapshot);
        using var target = open(snapshot.Record.SourceKind, snapshot.Record.Source);
        context.Progress.Phase("loading " + snapshot.Id.ToString()[..8]);
        var loaded = await load.IntoAsync(target, cancellation);
        return new LoadOutcome(
            snapshot.Id, loaded, load.Dump.Erased, load.Dump.Restricted, context.Damage, context.StaleSince, context.Clock.GetElapsedTime(began));
    }
}

/// <summary>What <c>restore --database</c> is to load.</summary>
/// <param name="Snapshot">Which.</param>
/// <param name="Read">Which sites to ask.</param>
public sealed record LoadRequest(SnapshotSelector Snapshot, ReadOptions Read);

/// <summary>What <c>restore --database</c> did.</summary>
/// <param name="Snapshot">The snapshot.</param>
/// <param name="Load">What is in the database now.</param>
/// <param name="Erased">Parts of persons that were erased.</param>
/// <param name="Restricted">Parts that are kept and not given out.</param>
/// <param name="Damage">Met on the way.</param>
/// <param name="StaleSince">Set when a stale site was all there was.</param>
/// <param name="Elapsed">How long it took.</param>
public sealed record LoadOutcome(
    Hash Snapshot, DatabaseLoad Load, int Erased, int Restricted, IReadOnlyList<DamageFinding> Damage, DateTimeOffset? StaleSince, TimeSpan Elapsed);
