using Backup.Engine.Format;

namespace Backup.Engine.Snapshots;

/// <summary>What is to be done with an entry, and with what is below it.</summary>
internal enum RewriteAction
{
    Keep,

    /// <summary>Left out, with all that is below it.</summary>
    Drop,

    /// <summary>A file of which only a part is kept.</summary>
    Filter,
}

/// <summary>What a rewrite works with.</summary>
internal sealed record RewriteTools
{
    /// <summary>Reads pages.</summary>
    public required Func<DomainRecord, BlobId, ReadOnlyMemory<byte>> Read { get; init; }

    public required TreeWriter Writer { get; init; }

    /// <summary>The keys of a domain; null: there are none, and what hangs there stays as it is.</summary>
    public required Func<DomainId, DomainRecord?> Domains { get; init; }

    /// <summary>What is to be done with an entry of a source.</summary>
    public required Func<string, RawEntry, RewriteAction> Decide { get; init; }

    /// <summary>Where the content of a domain goes: the domain itself, or one that takes its place.</summary>
    public required Func<DomainRecord, DomainRecord> Target { get; init; }

    /// <summary>Stores the content of a file again, filtered or as it is, in a domain. Gives the entry as it was where nothing of it went.</summary>
    public required Func<string, RawEntry, DomainRecord, bool, Entry> Save { get; init; }
}

/// <summary>
/// Makes new trees of snapshots, in which some entries are left out, some files are others, and some domains gave way to new ones. What does not change keeps
/// its pages and blobs. A directory that is the same in many snapshots is rewritten once.
/// </summary>
internal sealed class SnapshotRewrite
{
    private readonly RewriteTools _tools;
    private readonly TreeReader _trees;
    private readonly Dictionary<(string Source, DomainId Domain, BlobId Tree, Hash Path), BlobId?> _done = [];
    private readonly List<BlobId> _pages = [];

    public SnapshotRewrite(RewriteTools tools)
    {
        _tools = tools;
        _trees = new TreeReader((domain, id) =>
        {
            _pages.Add(id);
            return tools.Read(domain, id);
        });
    }

    /// <summary>Pages and content that were left behind: nobody needs them, unless another snapshot does.</summary>
    public HashSet<BlobId> Left { get; } = [];

    /// <summary>A snapshot anew; null if nothing changes in it.</summary>
    public SnapshotRecord? Rewrite(SnapshotRecord snapshot, CancellationToken cancellation)
    {
        SnapshotRecord? result = null;
        Exception? failure = null;

        // Directories nest without a limit: a stack of its own has room for any that a file system can hold.
        var thread = new Thread(
            () =>
            {
                try
                {
                    result = RewriteRoot(snapshot, cancellation);
                }
                catch (Exception caught)
                {
                    failure = caught;
                }
            },
            maxStackSize: 512 << 20);
        thread.Start();
        thread.Join();
        return failure is null ? result : throw new AggregateException(failure).InnerExceptions[0];
    }

    private SnapshotRecord? RewriteRoot(SnapshotRecord snapshot, CancellationToken cancellation)
    {
        var domain = _tools.Domains(snapshot.RootDomain) ?? throw new DamagedException($"The keyring has no key for domain {snapshot.RootDomain}.");
        var path = "/"u8.ToArray();
        var walk = new Walk(snapshot.Source, cancellation);
        var tree = Tree(walk, domain, snapshot.RootTree, path);
        var grafts = Grafts(walk, domain, snapshot.RootGrafts, path);
        return tree == snapshot.RootTree && grafts == snapshot.RootGrafts ? null : snapshot with { RootTree = tree!.Value, RootGrafts = grafts };
    }

    /// <summary>A tree anew; itself if nothing changes; null if nothing of it is left.</summary>
    private BlobId? Tree(Walk walk, DomainRecord domain, BlobId id, byte[] path)
    {
        walk.Cancellation.ThrowIfCancellationRequested();
        var key = (walk.Source, domain.Id, id, Hash.Of(path));
        if (_done.TryGetValue(key, out var known))
        {
            return known;
        }

        _pages.Clear();
        var (entries, self) = (_trees.Entries(domain, id), _trees.Self(domain, id));
        BlobId[] pages = [.. _pages];
        var target = _tools.Target(domain);
        var (next, changed, dropped) = (new DomainEntries(target, parent: null), target.Id != domain.Id, false);
        foreach (var entry in entries)
        {
            var kept = Entry(walk, new RawEntry(FileSaver.Join(path, entry.Name), entry, domain), target);
            changed |= !ReferenceEquals(kept, entry);
            dropped |= kept is null;
            if (kept is not null)
            {
                next.Add(kept, same: false);
            }
        }

        if (!changed)
        {
            return _done[key] = id;
        }

        Left.UnionWith(pages);
        return _done[key] = dropped && next.Entries.Count == 0 && !IsRoot(path) ? null : _tools.Writer.Write(next, self, isRoot: self is not null);
    }

    private static bool IsRoot(byte[] path) => path.Length == 1;

    private Entry? Entry(Walk walk, RawEntry raw, DomainRecord target)
    {
        var entry = raw.Entry;
        switch (_tools.Decide(walk.Source, raw))
        {
            case RewriteAction.Drop:
                Leave(raw.Domain, entry);
                return null;
            case RewriteAction.Filter when entry.Content is not null:
                return Save(walk, raw, target, filter: true);
        }

        if (entry.Kind == EntryKind.Directory)
        {
            var tree = entry.Tree is { } own ? Tree(walk, raw.Domain, own, raw.Path) : null;
            var grafts = Grafts(walk, raw.Domain, entry.Grafts, raw.Path);
            return tree == entry.Tree && grafts == entry.Grafts && target.Id == raw.Domain.Id ? entry : entry with { Tree = tree, Grafts = grafts };
        }

        return target.Id == raw.Domain.Id || entry.Content is null ? entry : Save(walk, raw, target, filter: false);
    }

    private Entry Save(Walk walk, RawEntry raw, DomainRecord target, bool filter)
    {
        var saved = _tools.Save(walk.Source, raw, target, filter);
        if (!ReferenceEquals(saved, raw.Entry))
        {
            LeaveContent(raw.Domain, raw.Entry);
        }

        return saved;
    }

    private BlobId? Grafts(Walk walk, DomainRecord domain, BlobId? first, byte[] path)
    {
        if (first is not { } id)
        {
            return null;
        }

        _pages.Clear();
        var grafts = _trees.Grafts(domain, id);
        BlobId[] pages = [.. _pages];
        var (next, changed) = (new List<Graft>(grafts.Count), false);
        foreach (var graft in grafts)
        {
            if (_tools.Domains(graft.Domain) is not { } inner)
            {
                next.Add(graft);
                continue;
            }

            var tree = Tree(walk, inner, graft.Tree, path);
            var target = _tools.Target(inner).Id;
            changed |= tree != graft.Tree || target != graft.Domain;
            if (tree is { } kept)
            {
                next.Add(new Graft(target, kept));
            }
        }

        if (!changed)
        {
            return id;
        }

        Left.UnionWith(pages);
        return _tools.Writer.WriteGrafts(domain, next);
    }

    /// <summary>What is left out leaves everything that it reaches.</summary>
    private void Leave(DomainRecord domain, Entry entry)
    {
        LeaveContent(domain, entry);
        if (entry.Tree is { } tree)
        {
            _pages.Clear();
            var entries = _trees.Entries(domain, tree);
            Left.UnionWith(_pages);
            foreach (var below in entries)
            {
                Leave(domain, below);
            }
        }
    }

    private void LeaveContent(DomainRecord domain, Entry entry)
    {
        if (entry.Content is { } content)
        {
            _pages.Clear();
            Left.UnionWith(_trees.Content(domain, content).Select(static blob => blob.Id).ToList());
            Left.UnionWith(_pages);
            Left.UnionWith(content.Blobs.Select(static blob => blob.Id));
        }
    }

    private sealed record Walk(string Source, CancellationToken Cancellation);
}
