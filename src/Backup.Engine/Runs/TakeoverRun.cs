namespace Backup.Engine.Runs;

/// <summary>
/// Makes this machine the owner: a new term, whose first entry names every ledger head that was seen, so that nothing another owner has done is void.
/// Until every site not retired has been read, the new owner only backs up.
/// </summary>
public static class TakeoverRun
{
    /// <summary>Takes over, also from this machine itself after its state was lost or rolled back.</summary>
    /// <exception cref="BackupException">Exit 10: no site holds the repository. Exit 12: the key is wrong.</exception>
    public static async Task<TakeoverOutcome> RunAsync(RunContext context, bool dryRun, CancellationToken cancellation)
    {
        await using var session = dryRun
            ? await Session.OpenAsync(context, new ReadOptions(), cancellation)
            : await Session.TakeOverAsync(context, cancellation);
        return dryRun
            ? new TakeoverOutcome(session.NextTerm, [.. session.Reading.Graph.Heads.Select(static head => head.Hash)], session.Standing())
            : new TakeoverOutcome(session.Owner!.Term.Number, session.JoinedHeads, session.Standing());
    }
}
