using Backup.Engine.Format;
using Backup.Engine.Indexing;

namespace Backup.Engine.Snapshots;

/// <summary>
/// Adds every page and every blob that snapshots reach to a set, by walking their trees; what several share is walked once. What cannot be read ends the walk:
/// who does not know all that lives may remove nothing.
/// </summary>
/// <param name="reach">Where to.</param>
/// <param name="read">Gives the bytes of a page.</param>
/// <param name="domains">The keys of a domain.</param>
/// <param name="erased">Whether a domain was erased: nothing of it lives.</param>
internal sealed class ReachWalk(ReachSet reach, Func<DomainRecord, BlobId, ReadOnlyMemory<byte>> read, Func<DomainId, DomainRecord?> domains, Predicate<DomainId> erased)
{
    /// <summary>Whole ids: one that is taken for another would hide all that lies below it.</summary>
    private readonly HashSet<BlobId> _walked = [];

    /// <exception cref="DamagedException">A page cannot be read.</exception>
    public void Add(SnapshotRecord snapshot, CancellationToken cancellation)
    {
        var trees = new TreeReader(Page);
        var open = new Stack<(DomainId Domain, BlobId? Tree, BlobId? Grafts)>([(snapshot.RootDomain, snapshot.RootTree, snapshot.RootGrafts)]);
        while (open.TryPop(out var next))
        {
            cancellation.ThrowIfCancellationRequested();
            if (erased(next.Domain))
            {
                continue;
            }

            var domain = domains(next.Domain) ?? throw new DamagedException($"The keyring has no key for domain {next.Domain}.");
            if (next.Grafts is { } grafts && _walked.Add(grafts))
            {
                foreach (var graft in trees.Grafts(domain, grafts))
                {
                    open.Push((graft.Domain, graft.Tree, null));
                }
            }

            if (next.Tree is { } tree && _walked.Add(tree))
            {
                AddEntries(trees, domain, tree, open);
            }
        }
    }

    private void AddEntries(TreeReader trees, DomainRecord domain, BlobId tree, Stack<(DomainId Domain, BlobId? Tree, BlobId? Grafts)> open)
    {
        foreach (var entry in trees.Entries(domain, tree))
        {
            if (entry.Kind == EntryKind.Directory)
            {
                open.Push((domain.Id, entry.Tree, entry.Grafts));
            }
            else if (entry.Content is { } content)
            {
                foreach (var blob in trees.Content(domain, content))
                {
                    reach.Add(blob.Id);
                }
            }
        }
    }

    private ReadOnlyMemory<byte> Page(DomainRecord domain, BlobId id)
    {
        reach.Add(id);
        return read(domain, id);
    }
}
