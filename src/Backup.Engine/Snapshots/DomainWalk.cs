using Backup.Engine.Format;

namespace Backup.Engine.Snapshots;

/// <summary>
/// Finds the domains that lie in snapshots, by walking the directories in which grafts may hang. What a snapshot shares with the one that was walked before it
/// is not read again.
/// </summary>
/// <param name="trees">Reads pages.</param>
/// <param name="domains">The keys of a domain; null if the keyring has none.</param>
internal sealed class DomainWalk(TreeReader trees, Func<DomainId, DomainRecord?> domains)
{
    private Dictionary<BlobId, IReadOnlyList<DomainId>> _known = [];
    private Dictionary<BlobId, IReadOnlyList<DomainId>> _former = [];

    /// <exception cref="DamagedException">A page of a directory that is nobody's cannot be read.</exception>
    public IReadOnlySet<DomainId> Of(SnapshotRecord snapshot, CancellationToken cancellation)
    {
        (_former, _known) = (_known, []);
        var found = new HashSet<DomainId> { snapshot.RootDomain };
        if (domains(snapshot.RootDomain) is { } root)
        {
            found.UnionWith(Grafted(root, snapshot.RootGrafts));
            found.UnionWith(Below(root, snapshot.RootTree, cancellation));
        }

        return found;
    }

    /// <summary>The domains that hang below the directories of a tree. Directories nest without a limit, so the way down lies in a list and not on the stack.</summary>
    private IReadOnlyList<DomainId> Below(DomainRecord domain, BlobId tree, CancellationToken cancellation)
    {
        var open = new Stack<Level>();
        var result = Enter(domain, tree, open);
        while (open.TryPeek(out var level))
        {
            cancellation.ThrowIfCancellationRequested();
            if (level.Next == level.Directories.Count)
            {
                open.Pop();
                result = _known[level.Tree] = [.. level.Found];
            }
            else if (level.Directories[level.Next].Tree is not { } inner)
            {
                result = [];
            }
            else if ((result = Enter(domain, inner, open)) is null)
            {
                continue;
            }

            if (open.TryPeek(out var above))
            {
                above.Take(result!, grafts => Grafted(domain, grafts));
            }
        }

        return result!;
    }

    /// <summary>What is known of a tree; else null, and it is to be walked.</summary>
    private IReadOnlyList<DomainId>? Enter(DomainRecord domain, BlobId tree, Stack<Level> open)
    {
        if (_known.TryGetValue(tree, out var known))
        {
            return known;
        }

        if (_former.TryGetValue(tree, out known))
        {
            return _known[tree] = known;
        }

        open.Push(new Level(tree, [.. trees.Entries(domain, tree).Where(static entry => entry.Kind == EntryKind.Directory)]));
        return null;
    }

    private IEnumerable<DomainId> Grafted(DomainRecord domain, BlobId? grafts) => grafts is { } first ? trees.Grafts(domain, first).Select(static graft => graft.Domain) : [];

    private sealed class Level(BlobId tree, IReadOnlyList<Entry> directories)
    {
        public BlobId Tree { get; } = tree;

        public IReadOnlyList<Entry> Directories { get; } = directories;

        public int Next { get; private set; }

        public HashSet<DomainId> Found { get; } = [];

        /// <summary>Takes up what lies below the next directory and hangs in it.</summary>
        public void Take(IReadOnlyList<DomainId> below, Func<BlobId?, IEnumerable<DomainId>> grafted)
        {
            Found.UnionWith(below);
            Found.UnionWith(grafted(Directories[Next++].Grafts));
        }
    }
}
