using Backup.Engine.Format;
using Backup.Engine.Ledger;

namespace Backup.Engine.Runs;

/// <summary>
/// The entry that makes a snapshot part of the repository, written only if all it reaches stands in packs that are not condemned: a gc may have condemned,
/// since the run began, what the snapshot refers to instead of storing it again. That is looked at before, and under the lock of the ledger it is made sure
/// that nothing was condemned since. A gc does the same the other way round, so whichever of the two entries comes first, the other run sees it.
/// </summary>
/// <param name="session">Of the run.</param>
/// <param name="snapshot">The snapshot; null: the entry adds none.</param>
/// <param name="packs">The packs of the run, which no entry names yet.</param>
internal sealed class UncondemnedEntry(Session session, SnapshotRecord? snapshot, IEnumerable<InventoryObject> packs)
{
    private readonly HashSet<Hash> _own = [.. packs.Select(static pack => pack.Id)];

    /// <summary>Writes the entry.</summary>
    /// <param name="known">What was condemned when the run asked the catalog for the first time.</param>
    /// <param name="draft">Makes the entry.</param>
    /// <param name="cancellation">Ends the run.</param>
    /// <exception cref="CondemnedMeanwhileException">The snapshot needs something that is condemned.</exception>
    public async Task WriteAsync(int known, Func<LedgerState, LedgerDraft> draft, CancellationToken cancellation)
    {
        while (true)
        {
            var now = await session.TakeUpAsync(cancellation);
            if (now != known && snapshot is not null && !session.StandsWhole(snapshot, _own.Contains))
            {
                throw new CondemnedMeanwhileException();
            }

            try
            {
                await session.WriteEntryAsync(state => session.Condemnations == now ? draft(state) : throw new LedgerChangedException(), cancellation);
                return;
            }
            catch (LedgerChangedException)
            {
                known = -1;
            }
        }
    }
}

/// <summary>A gc condemned something that a new snapshot refers to.</summary>
internal sealed class CondemnedMeanwhileException() : BackupException(
    FailureKind.Failed, "A gc removed, again and again, what this snapshot would refer to.", "Run the backup again when no gc runs.");

/// <summary>Another run wrote an entry between a look and the lock: look again.</summary>
internal sealed class LedgerChangedException() : Exception("The ledger has changed.");
