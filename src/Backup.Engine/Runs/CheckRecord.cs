using Backup.Engine.Format;
using Backup.Engine.Ledger;
using Backup.Engine.Sites;
using Backup.Engine.Stores;

namespace Backup.Engine.Runs;

/// <summary>Writes into the ledger what a verification or a drill has shown. Only the owner can; on any other machine nothing is written.</summary>
internal sealed class CheckRecord(Session session, LedgerKind kind)
{
    /// <summary>The last act of a run: sites whose ledger has a gap take no further part, for an entry behind the gap would hide it.</summary>
    /// <param name="facts">What was measured.</param>
    /// <param name="complete">What stands complete; marks that the ledger has already are left out.</param>
    /// <param name="cancellation">Ends the puts, not the entry.</param>
    public async Task WriteAsync(IReadOnlyList<LedgerFact> facts, IReadOnlyList<CompleteSnapshot> complete, CancellationToken cancellation)
    {
        // Branches are joined by the runs that may do so.
        if (session.Owner is null || facts.Count == 0 || session.Reading.Graph.Heads.Count != 1)
        {
            return;
        }

        await session.ReadAgainAsync(cancellation);
        var names = session.EntriesBelow.Select(static node => node.Name).ToList();
        foreach (var site in session.Sites.Where(site => site.Site.IsUp && !(site.Serves && names.TrueForAll(site.Ledger.Names.Contains))))
        {
            site.Site.GoDown(new SiteFailure(StoreFault.Missing, "its ledger is not whole; the next backup, or `backupctl sync`, completes it"));
        }

        if (session.Serving.Any())
        {
            await session.WriteEntryAsync(
                state => LedgerDraft.After(state, kind) with
                {
                    Payload = new LedgerPayload { Facts = facts, Complete = [.. complete.Where(mark => IsNew(state, mark))] },
                },
                cancellation);
        }
    }

    private static bool IsNew(LedgerState state, CompleteSnapshot mark) =>
        state.Snapshots.Any(snapshot => snapshot.Id == mark.Snapshot && !snapshot.CompleteAt.Contains(mark.Site));
}
