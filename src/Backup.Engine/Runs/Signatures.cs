namespace Backup.Engine.Runs;

// Stands in for the runs until they are there.

public static class SyncRun
{
    public static Task<SyncOutcome> RunAsync(RunContext context, SyncRequest request, CancellationToken cancellation) => throw new NotSupportedException();
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
