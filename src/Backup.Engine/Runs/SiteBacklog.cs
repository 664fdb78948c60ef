using Backup.Engine.Format;
using Backup.Engine.Ledger;
using Backup.Engine.Sites;

namespace Backup.Engine.Runs;

/// <summary>What a site cannot have yet: it was away when it was put, and the next run of the owner brings it. That it is missing is no damage.</summary>
internal static class SiteBacklog
{
    /// <summary>The names of everything that belongs to snapshots the ledger does not call complete at a site, or to entries that it has not seen.</summary>
    public static async Task<IReadOnlySet<string>> NamesAsync(Session session, SessionSite site, CancellationToken cancellation)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var node in Pending(session, site))
        {
            names.Add(node.Name);
            if (node.Body.Inventory is { } inventory)
            {
                names.Add(ObjectNames.Inventory(inventory.Id));
                names.UnionWith(await AddedAsync(session, inventory.Id, cancellation));
            }
        }

        // A site that has not seen the newest entry shows which keys were current when it was last there.
        var known = site.Head is { Body: var body } ? body.Slots.Select(ObjectNames.Slot).Concat(body.Epoch.Objects.Select(static item => item.Name)) : [];
        names.UnionWith(session.CurrentKeyObjects().Select(static item => item.Name).Except(known, StringComparer.Ordinal));
        return names;
    }

    private static IEnumerable<LedgerNode> Pending(Session session, SessionSite site)
    {
        var seen = site.Head is { } head ? session.Reading.Graph.Below([head.Hash]).Select(static node => node.Hash).ToHashSet() : [];
        var snapshots = session.Ledger.Snapshots.ToLookup(static snapshot => snapshot.AddedBy.Hash);
        bool? complete = null;
        foreach (var node in session.EntriesBelow.Reverse())
        {
            // What a run committed on its way belongs to the snapshot that comes after it.
            complete = snapshots.Contains(node.Hash) ? snapshots[node.Hash].All(snapshot => snapshot.CompleteAt.Contains(site.Id)) : complete;
            if (complete is false || (complete is null && !seen.Contains(node.Hash)))
            {
                yield return node;
            }
        }
    }

    /// <summary>The names of the objects that an inventory adds; none if nobody has it.</summary>
    public static async Task<IEnumerable<string>> AddedAsync(Session session, Hash inventory, CancellationToken cancellation)
    {
        try
        {
            var (content, _) = await session.Reader.GetAsync(ObjectNames.Inventory(inventory), inventory, Limits.Object, cancellation);
            return InventoryRecord.Decode(content).Added.Select(static item => ObjectNames.Of(item.Class, item.Id));
        }
        catch (ObjectLostException)
        {
            return [];
        }
    }
}
