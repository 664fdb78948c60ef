using Backup.Engine.Policies;
using Backup.Engine.Stores;

namespace Backup.Engine.Runs;

// Stands in for the runs until they are there; replaced as a whole.

/// <summary>What every run of one tenant works with.</summary>
public sealed class RunContext : IAsyncDisposable
{
    public required string Tenant { get; init; }

    /// <summary>What the policy says about this tenant.</summary>
    public required Tenant Config { get; init; }

    /// <summary>Where the secret is that unlocks the repository.</summary>
    public required PassphraseSource Unlock { get; init; }

    /// <summary>Makes the store of a site; nothing is asked yet. The caller disposes it.</summary>
    public required Func<SiteConfig, IObjectStore> OpenStore { get; init; }

    public required IRunProgress Progress { get; init; }

    public required TimeProvider Clock { get; init; }

    /// <summary>The state directory of this tenant.</summary>
    public required string StatePath { get; init; }

    /// <summary>Set by a run that reads when a stale site was all there was: the time of the newer head that is known.</summary>
    public DateTimeOffset? StaleSince { get; init; }

    /// <summary>Damage that a run met while it read, for runs whose result has no place for it (lists and <c>dump</c>).</summary>
    public IReadOnlyList<DamageFinding> Damage { get; init; } = [];

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

public static class InitRun
{
    public static Task<InitOutcome> RunAsync(RunContext context, InitRequest request, CancellationToken cancellation) => throw new NotSupportedException();
}

public static class BackupRun
{
    /// <summary>One outcome per source, as each is done.</summary>
    public static IAsyncEnumerable<BackupOutcome> RunAsync(RunContext context, BackupRequest request, CancellationToken cancellation) =>
        throw new NotSupportedException();
}

public static class SnapshotsRun
{
    /// <summary>Oldest first, by ledger order.</summary>
    public static Task<IReadOnlyList<SnapshotItem>> ListAsync(
        RunContext context, string? source, string? tag, ReadOptions read, CancellationToken cancellation) => throw new NotSupportedException();
}

public static class ListRun
{
    public static IAsyncEnumerable<ListedEntry> ListAsync(
        RunContext context, SnapshotSelector snapshot, bool recursive, ReadOptions read, CancellationToken cancellation) => throw new NotSupportedException();
}

public static class FindRun
{
    public static IAsyncEnumerable<ListedEntry> FindAsync(RunContext context, string pattern, ReadOptions read, CancellationToken cancellation) =>
        throw new NotSupportedException();
}

public static class DiffRun
{
    public static IAsyncEnumerable<DifferenceItem> CompareAsync(
        RunContext context, SnapshotSelector before, SnapshotSelector after, ReadOptions read, CancellationToken cancellation) => throw new NotSupportedException();
}

public static class RestoreRun
{
    public static Task<RestoreOutcome> RunAsync(RunContext context, RestoreRequest request, CancellationToken cancellation) => throw new NotSupportedException();
}

public static class DumpRun
{
    /// <summary>Writes a file's bytes, or a directory as tar. What is written was verified before.</summary>
    public static Task WriteAsync(
        RunContext context, SnapshotSelector place, Stream output, bool tar, ReadOptions read, CancellationToken cancellation) => throw new NotSupportedException();
}

public static class VerifyRun
{
    public static Task<VerifyOutcome> RunAsync(RunContext context, VerifyRequest request, CancellationToken cancellation) => throw new NotSupportedException();
}

public static class DrillRun
{
    public static Task<DrillOutcome> RunAsync(RunContext context, DrillRequest request, CancellationToken cancellation) => throw new NotSupportedException();
}

public static class SyncRun
{
    public static Task<SyncOutcome> RunAsync(RunContext context, SyncRequest request, CancellationToken cancellation) => throw new NotSupportedException();
}

public static class StatusRun
{
    public static Task<StatusOutcome> RunAsync(RunContext context, CancellationToken cancellation) => throw new NotSupportedException();
}

public static class SiteRun
{
    public static Task<IReadOnlyList<SiteItem>> ListAsync(RunContext context, CancellationToken cancellation) => throw new NotSupportedException();

    public static Task<SiteChangeOutcome> AddAsync(RunContext context, SiteChangeRequest request, CancellationToken cancellation) =>
        throw new NotSupportedException();

    public static Task<SiteChangeOutcome> RetireAsync(RunContext context, SiteChangeRequest request, CancellationToken cancellation) =>
        throw new NotSupportedException();
}

public static class TakeoverRun
{
    public static Task<TakeoverOutcome> RunAsync(RunContext context, bool dryRun, CancellationToken cancellation) => throw new NotSupportedException();
}

public static class KeyRun
{
    public static Task<IReadOnlyList<KeyItem>> ListAsync(RunContext context, CancellationToken cancellation) => throw new NotSupportedException();

    public static Task<KeyOutcome> AddAsync(RunContext context, KeyAddRequest request, CancellationToken cancellation) => throw new NotSupportedException();

    /// <summary>Removes the one slot whose id begins with <paramref name="idPrefix"/> (at least 4 digits).</summary>
    public static Task<KeyOutcome> RemoveAsync(RunContext context, string idPrefix, bool dryRun, CancellationToken cancellation) =>
        throw new NotSupportedException();

    public static Task<KeyOutcome> RotateAsync(RunContext context, bool dryRun, CancellationToken cancellation) => throw new NotSupportedException();

    /// <summary>Draws a new recovery key; the old one opens nothing of the new epoch.</summary>
    /// <param name="context">The tenant.</param>
    /// <param name="outFile">Where the key goes; null: into <see cref="KeyOutcome.RecoverySheet"/>.</param>
    /// <param name="dryRun">Only says what would be done.</param>
    /// <param name="cancellation">Ends the run.</param>
    public static Task<KeyOutcome> RecoveryAsync(RunContext context, string? outFile, bool dryRun, CancellationToken cancellation) =>
        throw new NotSupportedException();

    /// <summary>Opens the current epoch with the recovery key in <paramref name="keyFile"/> and changes nothing.</summary>
    /// <returns>The slot that it opened.</returns>
    public static Task<KeyItem> CheckRecoveryAsync(RunContext context, string keyFile, CancellationToken cancellation) => throw new NotSupportedException();
}
