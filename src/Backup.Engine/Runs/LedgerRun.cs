using Backup.Engine.Format;
using Backup.Engine.Ledger;
using Backup.Engine.Sites;

namespace Backup.Engine.Runs;

/// <summary><c>ledger show</c> and <c>ledger verify</c>: what was done, and whether the record of it is whole. Looks only.</summary>
public static class LedgerRun
{
    /// <summary>Of more entries than this the inventories are not read: each is an object of its own.</summary>
    private const int MostInventories = 200;

    /// <summary>The entries, the newest first.</summary>
    /// <param name="context">The tenant.</param>
    /// <param name="most">How many; null: all.</param>
    /// <param name="cancellation">Ends the run.</param>
    /// <exception cref="BackupException">Exit 10, 12.</exception>
    public static async Task<IReadOnlyList<LedgerItem>> ShowAsync(RunContext context, int? most, CancellationToken cancellation)
    {
        await using var session = await Session.OpenAsync(context, new ReadOptions(), cancellation);
        var shown = session.EntriesBelow.Reverse().Take(most ?? int.MaxValue).ToList();
        var items = new List<LedgerItem>(shown.Count);
        foreach (var node in shown)
        {
            var inventory = shown.Count <= MostInventories && node.Body.Inventory is { } reference ? await session.ReadInventoryAsync(reference.Id, cancellation) : null;
            items.Add(Describe(session, node, inventory));
        }

        return items;
    }

    /// <summary>Checks every entry at every site: its hash, its signatures, its place in the chain.</summary>
    /// <exception cref="BackupException">Exit 10, 12.</exception>
    public static async Task<LedgerVerifyOutcome> VerifyAsync(RunContext context, CancellationToken cancellation)
    {
        await using var session = await Session.OpenAsync(context, new ReadOptions(), cancellation);
        var graph = session.Reading.Graph;
        var entries = graph.Below(graph.Heads.Select(static head => head.Hash));
        var broken = graph.Alarms.Select(static alarm => new RunFinding(alarm.Name, alarm.Reason)).ToList();
        foreach (var node in entries)
        {
            broken.AddRange(Faults(session, graph, node).Select(fault => new RunFinding(node.Name, fault)));
        }

        var sites = new List<LedgerSite>();
        foreach (var site in session.Sites.Where(static site => site.Record is not { State: SiteState.Retired }))
        {
            context.Progress.Phase($"reading the ledger at {site.Id}");
            sites.Add(await CheckAsync(site, entries, context.Clock, cancellation));
        }

        var head = graph.Head!;
        return new LedgerVerifyOutcome(
            entries.Count, head.Hash, head.Body.Sequence, head.Body.Term.Number, [.. graph.Branches.Select(static branch => branch.Hash)], broken, sites);
    }

    private static LedgerItem Describe(Session session, LedgerNode node, InventoryRecord? inventory)
    {
        var payload = session.PayloadOf(node);
        return new LedgerItem
        {
            Sequence = node.Body.Sequence,
            Hash = node.Hash,
            Time = DateTimeOffset.FromUnixTimeSeconds(node.Body.Time),
            Kind = NameOf(node.Body.Kind),
            Term = node.Body.Term.Number,
            Epoch = node.Body.Epoch.Id.Number,
            Snapshots =
            [
                .. payload.SnapshotsAdded.Select(static id => ("added", id)),
                .. payload.SnapshotsRemoved.Select(static id => ("removed", id)),
                .. payload.SnapshotsRestored.Select(static id => ("restored", id)),
                .. payload.Pinned.Select(static id => ("pinned", id)),
                .. payload.Unpinned.Select(static id => ("unpinned", id)),
            ],
            ObjectsAdded = node.Body.Inventory is null ? 0 : inventory?.Added.Count,
            ObjectsCondemned = node.Body.Condemned.Concat((inventory?.Condemned ?? []).Select(static item => item.Id)).Distinct().Count(),
            ObjectsDeleted = node.Body.Deleted.Count,
            DomainsErased = node.Body.Erased.Count,
            Facts = payload.Facts,
            Sites = [.. session.Sites.Where(site => site.Ledger.Names.Contains(node.Name)).Select(static site => site.Id)],
        };
    }

    private static IEnumerable<string> Faults(Session session, LedgerGraph graph, LedgerNode node)
    {
        var before = node.Body.Predecessors.Select(graph.Find).ToList();
        if (before.Contains(null))
        {
            yield return "an entry that it builds on is found nowhere";
        }
        else if (node.Body.Sequence != 1 + before.Select(static entry => entry!.Body.Sequence).DefaultIfEmpty(0).Max())
        {
            yield return "its number does not follow those it builds on";
        }

        if (session.State.ReadEntry(node.Name) is { } copy && graph.Verify(node.Name, copy, out var alarm) is null)
        {
            yield return alarm!.Reason;
        }

        if (Payload(session, node) is { } fault)
        {
            yield return fault;
        }
    }

    private static string? Payload(Session session, LedgerNode node)
    {
        try
        {
            _ = session.PayloadOf(node);
            return null;
        }
        catch (BackupException failure) when (failure is DamagedException or Sealing.WrongKeyException)
        {
            return $"its sealed part does not open: {failure.Message}";
        }
    }

    private static async Task<LedgerSite> CheckAsync(SessionSite site, IReadOnlyList<LedgerNode> entries, TimeProvider clock, CancellationToken cancellation)
    {
        if (!site.Serves)
        {
            return new LedgerSite(site.Id, site.Config.City, 0, 0, 0, site.Site.Failure?.Reason ?? site.Ledger.Message ?? "nothing stands there yet");
        }

        var (whole, missing, damaged) = (0L, 0L, 0L);
        foreach (var node in entries)
        {
            var same = false;
            var fault = await site.Site.AskAsync(
                async () => same = Hash.Of(await site.Site.Store.GetAsync(node.Name, Limits.Object, cancellation)) == node.Hash, Patience.Default, clock, cancellation);
            if (!site.Site.IsUp)
            {
                break;
            }

            whole += same ? 1 : 0;
            missing += fault == Stores.StoreFault.NotFound ? 1 : 0;
            damaged += !same && fault != Stores.StoreFault.NotFound ? 1 : 0;
        }

        return new LedgerSite(site.Id, site.Config.City, whole, missing, damaged, site.Site.Failure?.Reason);
    }

    private static string NameOf(LedgerKind kind) => kind switch
    {
        LedgerKind.Opened => "opened",
        LedgerKind.Backup => "backup",
        LedgerKind.Progress => "progress",
        LedgerKind.Takeover => "takeover",
        LedgerKind.Join => "join",
        LedgerKind.EpochOpened => "epoch-opened",
        LedgerKind.EpochClosed => "epoch-closed",
        LedgerKind.Sites => "sites",
        LedgerKind.Verified => "verified",
        LedgerKind.Drilled => "drilled",
        LedgerKind.Forgotten => "forgotten",
        LedgerKind.Condemned => "condemned",
        LedgerKind.Deleted => "deleted",
        LedgerKind.Erased => "erased",
        LedgerKind.Attested => "attested",
        LedgerKind.Accessed => "accessed",
        LedgerKind.Synchronized => "synchronized",
        _ => "duties",
    };
}
