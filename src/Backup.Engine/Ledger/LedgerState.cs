using Backup.Engine.Format;

namespace Backup.Engine.Ledger;

/// <summary>A snapshot that was added and not removed.</summary>
/// <param name="Id">Its id.</param>
/// <param name="AddedBy">The entry that added it first.</param>
/// <param name="CompleteAt">Ids of the sites at which the owner saw all it reaches.</param>
internal sealed record LiveSnapshot(Hash Id, LedgerNode AddedBy, IReadOnlySet<string> CompleteAt);

/// <summary>A figure that an entry recorded.</summary>
/// <param name="Fact">The figure.</param>
/// <param name="Entry">The entry.</param>
internal sealed record RecordedFact(LedgerFact Fact, LedgerNode Entry);

/// <summary>
/// What the ledger says below some heads: the union over all their entries, so that no branch voids what another destroyed or protects.
/// FORMAT.md, section 10, "Joining".
/// </summary>
internal sealed record LedgerState
{
    /// <summary>The heads, the one that counts first.</summary>
    public required IReadOnlyList<LedgerNode> Heads { get; init; }

    /// <summary>The head that counts.</summary>
    public LedgerNode Head => Heads[0];

    /// <summary>False if an entry below is missing: something destroyed or added may not be known.</summary>
    public required bool IsWhole { get; init; }

    /// <summary>The largest term below; its owner writes.</summary>
    public required TermRecord Term { get; init; }

    /// <summary>The time of the latest entry, seconds since 1970.</summary>
    public required long NewestTime { get; init; }

    /// <summary>
    /// In the order of the ledger: the last is the newest. Empty if the payloads were not opened: then inventories name the snapshots.
    /// </summary>
    public required IReadOnlyList<LiveSnapshot> Snapshots { get; init; }

    /// <summary>Added, removed, and not restored since: in the order of the ledger. Until a gc condemns them they can be restored.</summary>
    public required IReadOnlyList<LiveSnapshot> Forgotten { get; init; }

    /// <summary>Snapshots that stay whatever the rules say.</summary>
    public required IReadOnlySet<Hash> Pinned { get; init; }

    /// <summary>The newest checkpoint: an inventory of everything live below its entry.</summary>
    public required ObjectReference? Checkpoint { get; init; }

    /// <summary>In the order of the ledger, with that of the checkpoint's entry, without those below it.</summary>
    public required IReadOnlyList<ObjectReference> Inventories { get; init; }

    /// <summary>Named as condemned by an entry; inventories may name more.</summary>
    public required IReadOnlySet<Hash> Condemned { get; init; }

    public required IReadOnlySet<Hash> Deleted { get; init; }

    /// <summary>When each domain was erased first, seconds since 1970.</summary>
    public required IReadOnlyDictionary<DomainId, long> Erased { get; init; }

    /// <summary>By id. Where heads differ, the later state; of two at one time the further.</summary>
    public required IReadOnlyList<SiteRecord> Sites { get; init; }

    /// <summary>That of the head.</summary>
    public LedgerEpoch Epoch => Head.Body.Epoch;

    /// <summary>Those of all heads, that of the head first: more than one are to be merged into a new one.</summary>
    public required IReadOnlyList<LedgerEpoch> Epochs { get; init; }

    /// <summary>Live in some head and removed in none.</summary>
    public required IReadOnlyList<Hash> Slots { get; init; }

    /// <summary>The last fact of each site and name.</summary>
    public required IReadOnlyList<RecordedFact> Facts { get; init; }

    /// <summary>Folds everything below some heads.</summary>
    /// <param name="graph">Holds the entries.</param>
    /// <param name="heads">At least one, known to the graph.</param>
    /// <param name="open">Opens a payload; null for work without keys. What it throws goes through.</param>
    public static LedgerState Fold(LedgerGraph graph, IReadOnlyCollection<LedgerNode> heads, Func<LedgerNode, LedgerPayload>? open)
    {
        if (heads.Count == 0)
        {
            throw new ArgumentException("There is no entry to fold.", nameof(heads));
        }

        var ordered = heads.OrderDescending(Comparer<LedgerNode>.Create(LedgerNode.CompareHeads)).ToList();
        var entries = graph.Below(ordered.Select(node => node.Hash));
        var checkpoint = entries.LastOrDefault(node => node.Body.Checkpoint is not null);
        var payloads = open is null ? [] : entries.Select(node => (Node: node, Payload: open(node))).ToList();
        var snapshots = SnapshotsOf(payloads);
        var removed = RemovedOf(graph, payloads);
        return new LedgerState
        {
            Heads = ordered,
            IsWhole = entries.All(node => node.Body.Predecessors.All(hash => graph.Find(hash) is not null)),
            Term = entries.Select(node => node.Body.Term).Max()!,
            NewestTime = entries.Max(node => node.Body.Time),
            Snapshots = [.. snapshots.Where(snapshot => !removed.Contains(snapshot.Id))],
            Forgotten = [.. snapshots.Where(snapshot => removed.Contains(snapshot.Id))],
            Pinned = PinnedOf(payloads),
            Checkpoint = checkpoint?.Body.Checkpoint,
            Inventories = InventoriesOf(graph, entries, checkpoint),
            Condemned = entries.SelectMany(node => node.Body.Condemned).ToHashSet(),
            Deleted = entries.SelectMany(node => node.Body.Deleted).ToHashSet(),
            Erased = entries.SelectMany(node => node.Body.Erased)
                .GroupBy(item => item.Domain, item => item.Time)
                .ToDictionary(times => times.Key, times => times.Min()),
            Sites = SitesOf(ordered),
            Epochs = [.. ordered.Select(node => node.Body.Epoch).DistinctBy(epoch => (epoch.Id, epoch.Root))],
            Slots = SlotsOf(graph, ordered),
            Facts = FactsOf(payloads),
        };
    }

    private static List<LiveSnapshot> SnapshotsOf(List<(LedgerNode Node, LedgerPayload Payload)> payloads)
    {
        var complete = payloads.SelectMany(item => item.Payload.Complete).ToLookup(mark => mark.Snapshot, mark => mark.Site);
        return [.. payloads
            .SelectMany(item => item.Payload.SnapshotsAdded.Select(id => (Id: id, item.Node)))
            .DistinctBy(item => item.Id)
            .Select(item => new LiveSnapshot(item.Id, item.Node, complete[item.Id].ToHashSet(StringComparer.Ordinal)))];
    }

    /// <summary>A restoring entry voids the removals that it builds on; a removal in another branch counts on.</summary>
    private static HashSet<Hash> RemovedOf(LedgerGraph graph, List<(LedgerNode Node, LedgerPayload Payload)> payloads)
    {
        var restored = payloads.SelectMany(item => item.Payload.SnapshotsRestored.Select(id => (Id: id, item.Node))).ToLookup(item => item.Id, item => item.Node);
        return [.. payloads
            .SelectMany(item => item.Payload.SnapshotsRemoved.Select(id => (Id: id, item.Node)))
            .Where(removal => !restored[removal.Id].Any(entry => graph.IsAncestor(removal.Node.Hash, entry.Hash)))
            .Select(removal => removal.Id)];
    }

    /// <summary>By the last entry that says something of it, in the order of the ledger.</summary>
    private static HashSet<Hash> PinnedOf(List<(LedgerNode Node, LedgerPayload Payload)> payloads)
    {
        var pinned = new HashSet<Hash>();
        foreach (var (_, payload) in payloads)
        {
            pinned.ExceptWith(payload.Unpinned);
            pinned.UnionWith(payload.Pinned);
        }

        return pinned;
    }

    private static List<ObjectReference> InventoriesOf(LedgerGraph graph, IReadOnlyList<LedgerNode> entries, LedgerNode? checkpoint)
    {
        // The checkpoint lists what stood before its own entry's inventory or after it: taking that one too is never wrong.
        var listed = checkpoint is null ? [] : graph.Below(checkpoint.Body.Predecessors).Select(node => node.Hash).ToHashSet();
        return [.. entries.Where(node => !listed.Contains(node.Hash)).Select(node => node.Body.Inventory).OfType<ObjectReference>()];
    }

    private static List<SiteRecord> SitesOf(List<LedgerNode> heads) =>
        [.. heads.SelectMany(node => node.Body.Sites)
            .GroupBy(site => site.Id, StringComparer.Ordinal)
            .Select(same => same.MaxBy(site => (site.Since, site.State))!)];

    private static List<Hash> SlotsOf(LedgerGraph graph, List<LedgerNode> heads)
    {
        // With one head there is nothing to merge, and what earlier entries say of slots does not matter.
        var removed = heads.Count == 1 ? [] : heads.SelectMany(
            head => graph.Below([head.Hash]).SelectMany(node => node.Body.Slots).Except(head.Body.Slots)).ToHashSet();
        return [.. heads.SelectMany(head => head.Body.Slots).Distinct().Where(slot => !removed.Contains(slot))];
    }

    private static List<RecordedFact> FactsOf(List<(LedgerNode Node, LedgerPayload Payload)> payloads) =>
        [.. payloads
            .SelectMany(item => item.Payload.Facts.Select(fact => new RecordedFact(fact, item.Node)))
            .GroupBy(recorded => (recorded.Fact.Site, recorded.Fact.Name))
            .Select(same => same.Last())];
}
