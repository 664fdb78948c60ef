using Backup.Engine.Format;
using Backup.Engine.Indexing;
using Backup.Engine.Ledger;
using Backup.Engine.Posix;

namespace Backup.Engine.Runs;

/// <summary>
/// The first phase of removing: names in the ledger what is to be deleted, which is final. Under the lock of the ledger it is made sure that nothing changed
/// since all that lives was looked at; a backup makes sure of the same the other way round (<see cref="UncondemnedEntry"/>).
/// </summary>
internal sealed class GcCondemnation(Session session, GcReach reach)
{
    /// <summary>Condemns objects, and makes what was written in their place part of the repository, both by one entry.</summary>
    /// <param name="objects">Candidates: those that turn out to be needed are left out.</param>
    /// <param name="added">What was written anew, put and not yet named; without packs if nothing was.</param>
    /// <param name="own">The ids of these packs.</param>
    /// <param name="cancellation">Ends the run.</param>
    /// <returns>What was condemned.</returns>
    public async Task<IReadOnlyList<CondemnedObject>> WriteAsync(
        IReadOnlyList<CondemnedObject> objects, InventoryBuilder added, IReadOnlySet<Hash> own, CancellationToken cancellation)
    {
        while (objects.Count + own.Count > 0)
        {
            await reach.LookAsync(cancellation);
            var condemned = Unneeded(objects, own);
            if (condemned.Count + own.Count == 0)
            {
                break;
            }

            var inventory = await added.PutInventoryAsync(condemned, cancellation);
            RequireSomeSite();
            TestStop.Reach(TestStop.GcCondemning);
            try
            {
                await session.WriteEntryAsync(
                    state => session.Changes == reach.Changes
                        ? LedgerDraft.After(state, LedgerKind.Condemned) with { Inventory = inventory }
                        : throw new LedgerChangedException(),
                    cancellation);
            }
            catch (LedgerChangedException)
            {
                continue;
            }

            await added.ApplyAsync();
            TestStop.Reach(TestStop.GcCondemned);
            return condemned;
        }

        return [];
    }

    private List<CondemnedObject> Unneeded(IReadOnlyList<CondemnedObject> objects, IReadOnlySet<Hash> own)
    {
        var packs = objects.Where(static item => item.Class == ObjectClass.Pack).Select(static item => item.Id).ToHashSet();
        var needed = packs.Count == 0 ? packs : session.Catalog.Needed(packs, own, reach.Blobs);
        List<CondemnedObject> unneeded = [.. objects.Where(item => session.Catalog.Find(item.Id) is (_, ObjectState.Live) && item.Class switch
        {
            ObjectClass.Pack => needed?.Contains(item.Id) == false,
            ObjectClass.Snapshot => !reach.Lives(item.Id),
            _ => true,
        })];
        reach.RequireWholeCatalog();
        return unneeded;
    }

    private void RequireSomeSite()
    {
        if (!session.Sites.Any(static site => site.Site.IsUp))
        {
            throw new BackupException(FailureKind.NoRepository, "No site takes anything any more; nothing was removed.", "Mend the sites and run it again.");
        }
    }
}
