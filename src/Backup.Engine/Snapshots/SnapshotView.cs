using Backup.Engine.Format;

namespace Backup.Engine.Snapshots;

/// <summary>A snapshot with the trees of all its domains laid over each other. FORMAT.md, section 9.2.</summary>
/// <param name="Snapshot">The snapshot.</param>
/// <param name="Trees">Reads pages.</param>
/// <param name="Domains">Finds a domain's keys; null if the keyring has none.</param>
/// <param name="ErasedAt">When the ledger says that a domain was erased; null if it does not.</param>
internal sealed record SnapshotView(SnapshotRecord Snapshot, TreeReader Trees, Func<DomainId, DomainRecord?> Domains, Func<DomainId, DateTimeOffset?> ErasedAt)
{
    /// <summary>Which domains are given out. Default: those that nothing restricts or blocks.</summary>
    public Predicate<DomainRecord> Gives { get; init; } = static domain => domain.State == DomainState.Live;

    /// <summary>The root directory.</summary>
    public ViewEntry Root()
    {
        var domain = Known(Snapshot.RootDomain);
        var self = Trees.Self(domain, Snapshot.RootTree) ?? throw new DamagedException("the root page of the snapshot does not describe its directory");
        return new ViewEntry(new EntryCopy(domain, self with { Tree = Snapshot.RootTree, Grafts = Snapshot.RootGrafts }, Own: true));
    }

    /// <summary>What is in a directory.</summary>
    /// <param name="directory">The directory.</param>
    /// <param name="lost">
    /// Told of each page that cannot be read anywhere; what the others hold is given. Null: the first such page ends the call.
    /// </param>
    /// <exception cref="DamagedException">A page cannot be read, and nobody wants to be told.</exception>
    public ViewDirectory List(ViewEntry directory, Action<DamagedException>? lost = null)
    {
        if (directory is { Merged: null, Counting: var (only, single, own) } && single.Grafts is null)
        {
            var entries = single.Tree is { } tree ? Trees.Entries(only, tree, lost) : [];
            return new ViewDirectory([.. entries.Select(entry => new ViewEntry(new EntryCopy(only, entry, own)))], []);
        }

        var hidden = new List<HiddenPart>();
        var copies = new List<EntryCopy>();
        foreach (var copy in directory.Copies)
        {
            AddTree(copy.Domain, copy.Entry.Tree, copy.Own, copies, lost);
            if (copy.Entry.Grafts is { } grafts)
            {
                AddGrafts(Trees.Grafts(copy.Domain, grafts, lost), copies, hidden, lost);
            }
        }

        return new ViewDirectory(Merge(copies), hidden);
    }

    /// <summary>The entry at a path, or null. Hidden parts on the way are added to <paramref name="hidden"/>.</summary>
    /// <param name="path">Absolute, bytes.</param>
    /// <param name="hidden">Takes what was not shown.</param>
    public ViewEntry? Find(ReadOnlySpan<byte> path, List<HiddenPart> hidden)
    {
        var at = Root();
        foreach (var range in path.Split((byte)'/'))
        {
            var name = path[range];
            if (name.IsEmpty)
            {
                continue;
            }

            if (at.Entry.Kind != EntryKind.Directory)
            {
                return null;
            }

            var listing = List(at);
            hidden.AddRange(listing.Hidden);
            if (Find(listing.Entries, name) is not { } next)
            {
                return null;
            }

            at = next;
        }

        return at;
    }

    private static ViewEntry? Find(IReadOnlyList<ViewEntry> entries, ReadOnlySpan<byte> name)
    {
        foreach (var entry in entries)
        {
            if (name.SequenceEqual(entry.Entry.Name))
            {
                return entry;
            }
        }

        return null;
    }

    private DomainRecord Known(DomainId id) =>
        Domains(id) ?? throw new DamagedException($"the keyring has no key for domain {id}, and the ledger does not say that it was erased");

    private void AddGrafts(IReadOnlyList<Graft> grafts, List<EntryCopy> copies, List<HiddenPart> hidden, Action<DamagedException>? lost)
    {
        foreach (var graft in grafts)
        {
            if (ErasedAt(graft.Domain) is { } erased)
            {
                hidden.Add(new HiddenPart(graft.Domain, erased));
                continue;
            }

            try
            {
                var domain = Known(graft.Domain);
                if (Gives(domain))
                {
                    AddTree(domain, graft.Tree, own: false, copies, lost);
                }
                else
                {
                    hidden.Add(new HiddenPart(graft.Domain, null));
                }
            }
            catch (DamagedException damage) when (lost is not null)
            {
                lost(damage);
            }
        }
    }

    private void AddTree(DomainRecord domain, BlobId? tree, bool own, List<EntryCopy> copies, Action<DamagedException>? lost)
    {
        if (tree is { } first)
        {
            foreach (var entry in Trees.Entries(domain, first, lost))
            {
                copies.Add(new EntryCopy(domain, entry, own));
            }
        }
    }

    /// <summary>Copies of one name become one entry.</summary>
    private static List<ViewEntry> Merge(List<EntryCopy> copies)
    {
        var merged = new List<ViewEntry>(copies.Count);
        copies.Sort(static (a, b) => a.Entry.Name.AsSpan().SequenceCompareTo(b.Entry.Name));
        for (var start = 0; start < copies.Count;)
        {
            var end = start + 1;
            while (end < copies.Count && copies[end].Entry.Name.AsSpan().SequenceEqual(copies[start].Entry.Name))
            {
                end++;
            }

            merged.Add(end == start + 1 ? new ViewEntry(copies[start]) : Overlay(copies.GetRange(start, end - start)));
            start = end;
        }

        return merged;
    }

    private static ViewEntry Overlay(List<EntryCopy> copies)
    {
        copies.Sort(static (a, b) => b.CompareTo(a));
        return copies.TrueForAll(static copy => copy.Entry.Kind == EntryKind.Directory)
            ? new ViewEntry(copies[0], copies)
            : new ViewEntry(copies[0]);
    }
}
