using Backup.Engine.Format;
using Backup.Engine.Indexing;
using Backup.Engine.Ledger;
using Backup.Engine.Policies;
using Backup.Engine.Posix;
using Backup.Engine.Sites;

namespace Backup.Engine.Runs;

/// <summary>
/// Frees the space of what no snapshot needs, while everything else goes on: condemns it in the ledger, which is final, and deletes it at each site by
/// itself when the grace is over there. Killed at any moment it leaves nothing that the next run does not complete.
/// </summary>
public static class GcRun
{
    /// <summary>Condemns, writes anew, deletes.</summary>
    /// <exception cref="BackupException">
    /// Exit 1: the clocks disagree. Exit 20: a part of the ledger is not known. Exit 21: a snapshot cannot be read. Exit 25: more than the policy allows
    /// would be freed. In each case nothing was removed. Exit 10, 11, 12. What concerns one site only is in its outcome.
    /// </exception>
    public static async Task<GcOutcome> RunAsync(RunContext context, GcRequest request, CancellationToken cancellation)
    {
        // 1. Only who knows all that was written, and the time, removes anything.
        await using var session = await Session.OpenForWritingAsync(context, "gc", new ReadOptions { DryRun = request.DryRun, ListsItself = true }, cancellation);
        session.RequireWholeLedger("gc");
        var now = request.DryRun ? context.Clock.GetUtcNow() : await StoreTime.RequireSoundClockAsync(session, cancellation);
        var outcome = await new Collection(session, request, now).RunAsync(cancellation);
        if (!request.DryRun)
        {
            await Erasure.ResumeAsync(session, cancellation);
        }

        return outcome;
    }
}

/// <summary>One gc.</summary>
internal sealed class Collection(Session session, GcRequest request, DateTimeOffset now)
{
    /// <summary>So much is written anew before it is named in the ledger: what a kill costs.</summary>
    private const double BatchBytes = 1L << 30;

    /// <summary>Small members of packs that are younger are not gathered yet: what a few nights bring is gathered at once.</summary>
    private static readonly TimeSpan GatheringAge = TimeSpan.FromDays(7);

    private readonly RunContext _context = session.Context;
    private readonly long _started = session.Context.Clock.GetTimestamp();
    private readonly List<RunFinding> _warnings = [];
    private ObjectSum _condemned;
    private ObjectSum _rewritten;

    private bool IsOver => request.MaxTime is { } most && _context.Clock.GetElapsedTime(_started) >= most;

    public async Task<GcOutcome> RunAsync(CancellationToken cancellation)
    {
        // 2. Everything that lives.
        _context.Progress.Phase("looking for what is needed");
        var reach = new GcReach(session);
        await reach.LookAsync(cancellation);

        // 3. What each pack is needed for.
        var old = await OldPacksAsync(cancellation);
        var usage = session.Catalog.Usage(reach.Blobs, old.Contains);
        reach.RequireWholeCatalog();
        var plan = new GcPlan(usage!, await reach.UnfinishedAsync(now, cancellation));
        RequireAllowed(plan);

        // 4. Condemn what nobody needs; write anew what is needed in part.
        if (request.DryRun)
        {
            Plan(plan);
        }
        else
        {
            await CondemnAsync(plan, reach, cancellation);
            await RewriteAsync(plan, reach, cancellation);
            await CondemnIndexesAsync(reach, cancellation);
        }

        // 5. Delete at each site what was condemned long enough ago, and name what is gone everywhere.
        var sites = await DeleteAsync(reach, plan, cancellation);
        return new GcOutcome
        {
            Condemned = _condemned,
            Rewritten = _rewritten,
            FreedPercent = plan.FreedPercent,
            Sites = sites,
            Warnings = _warnings,
            Lost = usage!.Lost,
            Finished = !IsOver,
        };
    }

    private void RequireAllowed(GcPlan plan)
    {
        var allowed = request.MaxDelete?.Percent ?? _context.Policy.Gc.MaxDelete;
        if (plan.FreedPercent <= allowed)
        {
            return;
        }

        var message = FormattableString.Invariant($"{plan.FreedPercent:0.#} % of all data is needed by no snapshot any more, and only {allowed:0.#} % may be freed at once.");
        if (request.DryRun)
        {
            _warnings.Add(new RunFinding("gc", message, "`--max-delete` allows more for one run."));
            return;
        }

        throw new BackupException(
            FailureKind.Refused, message + " Nothing was removed.",
            FormattableString.Invariant($"Look at `backupctl snapshots` whether something was forgotten that should not be; if all is right, run `backupctl gc --max-delete {Math.Ceiling(plan.FreedPercent)}%`."));
    }

    private IReadOnlyList<Hash> ForgottenSnapshots => [.. session.Ledger.Forgotten.Select(static snapshot => snapshot.Id).Where(id => session.Catalog.Find(id) is (_, ObjectState.Live))];

    private void Plan(GcPlan plan)
    {
        _condemned = Sum(plan.Dead.Concat(plan.Rewritten)) + new ObjectSum(ForgottenSnapshots.Count, 0);
        _rewritten = new ObjectSum(plan.Rewritten.Count, (long)plan.Rewritten.Sum(static pack => pack.LiveBytes));
    }

    private async Task CondemnAsync(GcPlan plan, GcReach reach, CancellationToken cancellation)
    {
        List<CondemnedObject> objects =
        [
            .. ForgottenSnapshots.Select(static id => new CondemnedObject(ObjectClass.Snapshot, id)),
            .. plan.Dead.Select(static pack => new CondemnedObject(ObjectClass.Pack, pack.Id)),
        ];
        Count(await new GcCondemnation(session, reach).WriteAsync(objects, new InventoryBuilder(session, []), new HashSet<Hash>(), cancellation));
    }

    /// <summary>Rescued packs first: they are condemned already, and only what is written anew keeps their content.</summary>
    private async Task RewriteAsync(GcPlan plan, GcReach reach, CancellationToken cancellation)
    {
        var cities = Cities.Of(session.Sites.Where(static site => site.Serves).Select(static site => site.Config)).Count;
        if (plan.Rescued.Count + plan.Rewritten.Count == 0)
        {
            return;
        }

        if (cities < _context.Policy.Placement.Cities)
        {
            _warnings.Add(new RunFinding("gc", "packs that are needed in part are not written anew now: fewer cities answer than the placement demands", "Bring the sites back."));
            return;
        }

        if (plan.Rescued.Count > 0)
        {
            await RewriteAsync(plan.Rescued, reach, cancellation);
        }

        var batch = new HashSet<Hash>();
        var bytes = 0.0;
        foreach (var pack in plan.Rewritten)
        {
            batch.Add(pack.Id);
            bytes += pack.LiveBytes;
            if (bytes >= BatchBytes || pack == plan.Rewritten[^1])
            {
                if (IsOver)
                {
                    return;
                }

                await RewriteAsync(batch, reach, cancellation);
                batch.Clear();
                bytes = 0;
            }
        }
    }

    private async Task RewriteAsync(IReadOnlySet<Hash> sources, GcReach reach, CancellationToken cancellation)
    {
        _context.Progress.Phase($"writing anew what is needed of {sources.Count} packs");
        await using var rewrite = new PackRewrite(session, reach.Blobs.Contains, cancellation);
        var added = await rewrite.RunAsync(sources, cancellation);
        if (!rewrite.StandsEverywhere)
        {
            _warnings.Add(new RunFinding("gc", "new packs did not come to as many cities as the placement demands: the old ones stay", "Bring the sites back."));
            return;
        }

        var own = rewrite.Packs.Select(static pack => pack.Id).ToHashSet();
        Count(await new GcCondemnation(session, reach).WriteAsync([.. sources.Select(static id => new CondemnedObject(ObjectClass.Pack, id))], added, own, cancellation));
        _rewritten += new ObjectSum(rewrite.Packs.Count, rewrite.Packs.Sum(static pack => pack.Length));
    }

    private async Task CondemnIndexesAsync(GcReach reach, CancellationToken cancellation)
    {
        List<CondemnedObject> dead = [.. session.Catalog.DeadIndexes().Select(static index => new CondemnedObject(ObjectClass.Index, index.Id))];
        Count(await new GcCondemnation(session, reach).WriteAsync(dead, new InventoryBuilder(session, []), new HashSet<Hash>(), cancellation));
    }

    private async Task<IReadOnlyList<GcSite>> DeleteAsync(GcReach reach, GcPlan plan, CancellationToken cancellation)
    {
        var condemned = await CondemnedByAsync(cancellation);
        var needed = new HashSet<Hash>(plan.Rescued);
        var options = new SiteDeletionOptions(_context.Policy.Gc.Grace, needed, () => IsOver, request.DryRun);
        var (outcomes, gone) = (new List<GcSite>(), condemned.Keys.ToHashSet());
        foreach (var site in session.Sites.Where(static site => site.Record is { State: not SiteState.Retired }).ToList())
        {
            var deletion = new SiteDeletion(session, reach, condemned, options);
            outcomes.Add(await deletion.RunAsync(site, cancellation));
            gone.IntersectWith(deletion.Gone ?? []);
        }

        // A site that the policy does not name may hold them still.
        var all = session.Ledger.Sites.Where(static site => site.State != SiteState.Retired).All(record => outcomes.Exists(site => site.Id == record.Id));
        if (!request.DryRun && all && gone.Count > 0)
        {
            await session.WriteEntryAsync(state => LedgerDraft.After(state, LedgerKind.Deleted) with { Deleted = [.. gone.Order()] }, cancellation);
            TestStop.Reach(TestStop.GcNamedDeleted);
            session.Catalog.Mark(gone, ObjectState.Deleted);
            session.Catalog.Prune();
        }

        return outcomes;
    }

    /// <summary>Everything that is condemned and not named as deleted, with an entry that condemned it.</summary>
    private async Task<Dictionary<Hash, LedgerNode>> CondemnedByAsync(CancellationToken cancellation)
    {
        var open = new[] { ObjectClass.Pack, ObjectClass.Index, ObjectClass.Snapshot }.SelectMany(kind => session.Catalog.Objects(kind, ObjectState.Condemned)).Select(static item => item.Id).ToHashSet();
        var by = new Dictionary<Hash, LedgerNode>();
        foreach (var node in session.EntriesBelow.Reverse().Where(static node => node.Body.Kind == LedgerKind.Condemned || node.Body.Condemned.Count > 0))
        {
            if (by.Count == open.Count)
            {
                break;
            }

            var record = node.Body.Inventory is { } inventory ? await session.ReadInventoryAsync(inventory.Id, cancellation) : null;
            foreach (var id in node.Body.Condemned.Concat((record?.Condemned ?? []).Select(static item => item.Id)).Where(open.Contains))
            {
                by[id] = node;
            }
        }

        return by;
    }

    /// <summary>The packs that are old enough for gathering, by the clock of the first site that answers.</summary>
    private async Task<HashSet<Hash>> OldPacksAsync(CancellationToken cancellation)
    {
        var old = new HashSet<Hash>();
        if (session.Serving.FirstOrDefault() is { } site)
        {
            await site.Site.AskAsync(
                async () =>
                {
                    await foreach (var found in site.Site.Store.ListAsync(ObjectNames.PackPrefix, cancellation))
                    {
                        if (found.Modified + GatheringAge <= now && ObjectNames.TryParse(found.Name, out var name))
                        {
                            old.Add(name.Hash);
                        }
                    }
                },
                Patience.Default, _context.Clock, cancellation);
        }

        return old;
    }

    private void Count(IEnumerable<CondemnedObject> objects)
    {
        foreach (var item in objects)
        {
            _condemned += new ObjectSum(1, session.Catalog.Find(item.Id)?.Object.Length ?? 0);
        }
    }

    private static ObjectSum Sum(IEnumerable<PackUsage> packs) => packs.Aggregate(default(ObjectSum), static (sum, pack) => sum + new ObjectSum(1, pack.Length));
}
