using Backup.Engine.Format;

namespace Backup.Engine.Snapshots;

/// <summary>An entry as a reader sees it: one name, however many domains hold a copy of it.</summary>
/// <param name="Entry">The copy whose metadata counts.</param>
/// <param name="Domain">The domain of that copy.</param>
/// <param name="Copies">Every copy of a directory, to be entered; one element for everything else.</param>
internal sealed record ViewEntry(Entry Entry, DomainRecord Domain, IReadOnlyList<(DomainRecord Domain, Entry Entry)> Copies);

/// <summary>A part of a directory that is not shown, because its domain was erased or is restricted.</summary>
/// <param name="Domain">The domain.</param>
/// <param name="ErasedAt">When it was erased; null: it is restricted.</param>
internal sealed record HiddenPart(DomainId Domain, DateTimeOffset? ErasedAt);

/// <summary>A directory as a reader sees it.</summary>
/// <param name="Entries">Ascending by name, bytewise, each name once.</param>
/// <param name="Hidden">What is not shown.</param>
internal sealed record ViewDirectory(IReadOnlyList<ViewEntry> Entries, IReadOnlyList<HiddenPart> Hidden);

/// <summary>A snapshot with the trees of all its domains laid over each other. FORMAT.md, section 9.2.</summary>
/// <param name="Snapshot">The snapshot.</param>
/// <param name="Trees">Reads pages.</param>
/// <param name="Domains">Finds a domain's keys; null if the keyring has none.</param>
/// <param name="ErasedAt">When the ledger says that a domain was erased; null if it does not.</param>
internal sealed record SnapshotView(SnapshotRecord Snapshot, TreeReader Trees, Func<DomainId, DomainRecord?> Domains, Func<DomainId, DateTimeOffset?> ErasedAt)
{
    /// <summary>The root directory.</summary>
    public ViewEntry Root()
    {
        var domain = Known(Snapshot.RootDomain);
        var self = Trees.Self(domain, Snapshot.RootTree) ?? throw new DamagedException("the root page of the snapshot does not describe its directory");
        var root = self with { Tree = Snapshot.RootTree, Grafts = Snapshot.RootGrafts };
        return new ViewEntry(root, domain, [(domain, root)]);
    }

    /// <summary>What is in a directory.</summary>
    public ViewDirectory List(ViewEntry directory)
    {
        var hidden = new List<HiddenPart>();
        if (directory.Copies is [var (only, single)] && single.Grafts is null)
        {
            var entries = single.Tree is { } tree ? Trees.Entries(only, tree) : [];
            return new ViewDirectory([.. entries.Select(entry => new ViewEntry(entry, only, [(only, entry)]))], hidden);
        }

        var copies = new List<(DomainRecord Domain, Entry Entry)>();
        foreach (var (domain, entry) in directory.Copies)
        {
            AddTree(domain, entry.Tree, copies);
            if (entry.Grafts is { } grafts)
            {
                AddGrafts(Trees.Grafts(domain, grafts), copies, hidden);
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

    private void AddGrafts(IReadOnlyList<Graft> grafts, List<(DomainRecord, Entry)> copies, List<HiddenPart> hidden)
    {
        foreach (var graft in grafts)
        {
            if (ErasedAt(graft.Domain) is { } erased)
            {
                hidden.Add(new HiddenPart(graft.Domain, erased));
            }
            else if (Known(graft.Domain) is { State: DomainState.Live } domain)
            {
                AddTree(domain, graft.Tree, copies);
            }
            else
            {
                hidden.Add(new HiddenPart(graft.Domain, null));
            }
        }
    }

    private void AddTree(DomainRecord domain, BlobId? tree, List<(DomainRecord, Entry)> copies)
    {
        if (tree is { } first)
        {
            foreach (var entry in Trees.Entries(domain, first))
            {
                copies.Add((domain, entry));
            }
        }
    }

    /// <summary>Copies of one name become one entry. The sort is stable, so of equal periods the earlier tree stays in front.</summary>
    private static List<ViewEntry> Merge(List<(DomainRecord Domain, Entry Entry)> copies)
    {
        var merged = new List<ViewEntry>(copies.Count);
        var ordered = copies.Select(static (copy, order) => (copy, order)).ToArray();
        Array.Sort(ordered, static (a, b) =>
        {
            var names = a.copy.Entry.Name.AsSpan().SequenceCompareTo(b.copy.Entry.Name);
            return names != 0 ? names : a.order.CompareTo(b.order);
        });
        for (var start = 0; start < ordered.Length;)
        {
            var end = start + 1;
            while (end < ordered.Length && ordered[end].copy.Entry.Name.AsSpan().SequenceEqual(ordered[start].copy.Entry.Name))
            {
                end++;
            }

            merged.Add(Winner(ordered.AsSpan(start, end - start)));
            start = end;
        }

        return merged;
    }

    private static ViewEntry Winner(ReadOnlySpan<((DomainRecord Domain, Entry Entry) Copy, int Order)> copies)
    {
        var best = copies[0].Copy;
        foreach (var (copy, _) in copies[1..])
        {
            var order = string.CompareOrdinal(copy.Domain.Period ?? "", best.Domain.Period ?? "");
            if (order > 0 || (order == 0 && copies[0].Copy != best && copy.Domain.Id.CompareTo(best.Domain.Id) > 0))
            {
                best = copy;
            }
        }

        if (copies.Length == 1 || best.Entry.Kind != EntryKind.Directory)
        {
            return new ViewEntry(best.Entry, best.Domain, [best]);
        }

        var directories = new List<(DomainRecord, Entry)>(copies.Length);
        foreach (var (copy, _) in copies)
        {
            if (copy.Entry.Kind == EntryKind.Directory)
            {
                directories.Add(copy);
            }
        }

        return new ViewEntry(best.Entry, best.Domain, directories);
    }
}
