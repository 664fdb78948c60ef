using Backup.Engine.Format;
using Backup.Engine.Indexing;

namespace Backup.Engine.Snapshots;

/// <summary>Finds every pack that snapshots reach, by walking all their trees; what several share is walked once.</summary>
internal sealed class SnapshotReach(Catalog catalog, Func<DomainRecord, BlobId, ReadOnlyMemory<byte>> read)
{
    private readonly HashSet<Hash> _packs = [];
    private readonly HashSet<(DomainId Domain, BlobId First)> _walked = [];

    /// <summary>The packs of all pages and content of a snapshot, and of those that were asked for before; those of erased domains are left out.</summary>
    public IReadOnlySet<Hash> Packs(SnapshotRecord snapshot, Func<DomainId, DomainRecord?> domains, Predicate<DomainId> erased)
    {
        var trees = new TreeReader(ReadPage);
        var open = new Stack<(DomainId Domain, BlobId? Tree, BlobId? Grafts)>([(snapshot.RootDomain, snapshot.RootTree, snapshot.RootGrafts)]);
        while (open.TryPop(out var next))
        {
            if (erased(next.Domain))
            {
                continue;
            }

            var domain = domains(next.Domain) ?? throw new DamagedException($"The keyring has no key for domain {next.Domain}.");
            if (next.Grafts is { } grafts && _walked.Add((next.Domain, grafts)))
            {
                foreach (var graft in trees.Grafts(domain, grafts))
                {
                    open.Push((graft.Domain, graft.Tree, null));
                }
            }

            if (next.Tree is not { } tree || !_walked.Add((next.Domain, tree)))
            {
                continue;
            }

            foreach (var entry in trees.Entries(domain, tree))
            {
                if (entry.Kind == EntryKind.Directory)
                {
                    open.Push((next.Domain, entry.Tree, entry.Grafts));
                }
                else if (entry.Content is { } content)
                {
                    foreach (var blob in trees.Content(domain, content))
                    {
                        Reach(blob.Id);
                    }
                }
            }
        }

        return _packs;
    }

    private ReadOnlyMemory<byte> ReadPage(DomainRecord domain, BlobId id)
    {
        Reach(id);
        return read(domain, id);
    }

    private void Reach(BlobId id)
    {
        if (!catalog.TryLocate(id, out var place))
        {
            throw new DamagedException($"Blob {id} is in no pack that the index names.");
        }

        _packs.Add(place.Pack);
    }
}
