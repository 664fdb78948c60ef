using Backup.Engine.Format;

namespace Backup.Engine.Snapshots;

/// <summary>
/// A tree of the parent snapshot in one domain, read when it is first asked for. One that cannot be read counts as empty: what is in it is new, and the backup
/// goes on. May be used by several threads.
/// </summary>
internal sealed class ParentTree(DomainRecord domain, BlobId id, ParentReader reader)
{
    private volatile IReadOnlyList<Entry>? _entries;
    private volatile bool _lost;

    public DomainRecord Domain { get; } = domain;

    public BlobId Id { get; } = id;

    /// <summary>Ascending by name.</summary>
    public IReadOnlyList<Entry> Entries => _entries ?? Read();

    /// <summary>False if it cannot be read: then nothing may refer to it.</summary>
    public bool IsWhole => Entries is not null && !_lost;

    public Entry? Find(ReadOnlySpan<byte> name)
    {
        var entries = Entries;
        var (low, high) = (0, entries.Count - 1);
        while (low <= high)
        {
            var middle = (low + high) >>> 1;
            var order = name.SequenceCompareTo(entries[middle].Name);
            if (order == 0)
            {
                return entries[middle];
            }

            (low, high) = order < 0 ? (low, middle - 1) : (middle + 1, high);
        }

        return null;
    }

    private IReadOnlyList<Entry> Read()
    {
        // The reader is one for all trees.
        lock (reader)
        {
            try
            {
                return _entries ??= reader.Entries(Domain, Id);
            }
            catch (DamagedException)
            {
                // Whoever reads the sites has reported it.
                _lost = true;
                return _entries = [];
            }
        }
    }
}

/// <summary>
/// A directory of the parent snapshot: its tree in its own domain and the trees that hang in it, told apart by whose they are. One thread enters; what it
/// found, others may look at.
/// </summary>
internal sealed class ParentDirectory
{
    private readonly ParentReader _reader;
    private readonly Dictionary<(string? Subject, string? Class), List<ParentTree>> _trees = [];
    private ILookup<string?, ParentTree>? _bySubject;
    private Dictionary<string, List<(ParentTree Tree, Entry Entry)>>? _byName;

    private ParentDirectory(ParentReader reader) => _reader = reader;

    /// <summary>The root of a snapshot.</summary>
    public static ParentDirectory Open(ParentReader reader, SnapshotRecord snapshot)
    {
        var directory = new ParentDirectory(reader);
        directory.Add(snapshot.RootDomain, snapshot.RootTree);
        directory.AddGrafts(snapshot.RootDomain, snapshot.RootGrafts);
        return directory;
    }

    /// <summary>The tree of a domain in this directory; null if there is none that can be read.</summary>
    public ParentTree? TreeOf(DomainRecord domain) =>
        _trees.TryGetValue((domain.Subject, domain.Class), out var trees) ? trees.Find(tree => tree.Domain.Id == domain.Id && tree.IsWhole) : null;

    /// <summary>An entry of somebody, in whatever period it was first seen.</summary>
    public (Entry Entry, DomainRecord Domain)? Find(string? subject, string? retentionClass, ReadOnlySpan<byte> name)
    {
        if (_trees.TryGetValue((subject, retentionClass), out var trees))
        {
            foreach (var tree in trees)
            {
                if (tree.Find(name) is { } entry)
                {
                    return (entry, tree.Domain);
                }
            }
        }

        return null;
    }

    /// <summary>A directory in this one.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="subject">Whose it is; null with <paramref name="shared"/>: the copies of everybody who has it.</param>
    /// <param name="shared">True below a cut and above the persons' folders, where each person has a copy of the directory.</param>
    public ParentDirectory? Enter(byte[] name, string? subject, bool shared)
    {
        var child = new ParentDirectory(_reader);
        if (shared)
        {
            foreach (var (tree, entry) in ByName().GetValueOrDefault(Convert.ToHexString(name)) ?? [])
            {
                child.Add(tree, entry);
            }
        }
        else
        {
            // A directory may hold the folders of many thousand persons: each finds their own without a look at the others.
            _bySubject ??= _trees.Values.SelectMany(static trees => trees).ToLookup(static tree => tree.Domain.Subject, StringComparer.Ordinal);
            foreach (var tree in _bySubject[subject])
            {
                child.Add(tree, tree.Find(name));
            }
        }

        return child._trees.Count == 0 ? null : child;
    }

    private void Add(ParentTree tree, Entry? entry)
    {
        if (entry is { Kind: EntryKind.Directory })
        {
            Add(tree.Domain.Id, entry.Tree);
            AddGrafts(tree.Domain.Id, entry.Grafts);
        }
    }

    private void AddGrafts(DomainId domain, BlobId? grafts)
    {
        if (grafts is { } first && _reader.Domain(domain) is { } record)
        {
            foreach (var (grafted, tree) in ReadGrafts(record, first))
            {
                Add(grafted, tree);
            }
        }
    }

    private IReadOnlyList<Graft> ReadGrafts(DomainRecord domain, BlobId first)
    {
        lock (_reader)
        {
            try
            {
                return _reader.Grafts(domain, first);
            }
            catch (DamagedException)
            {
                // As with a tree: what hangs here is new.
                return [];
            }
        }
    }

    private void Add(DomainId domain, BlobId? tree)
    {
        if (tree is { } id && _reader.Domain(domain) is { } record)
        {
            var owner = (record.Subject, record.Class);
            if (!_trees.TryGetValue(owner, out var trees))
            {
                _trees.Add(owner, trees = []);
            }

            trees.Add(new ParentTree(record, id, _reader));
        }
    }

    private Dictionary<string, List<(ParentTree Tree, Entry Entry)>> ByName()
    {
        if (_byName is null)
        {
            _byName = [];
            foreach (var tree in _trees.Values.SelectMany(static trees => trees))
            {
                foreach (var entry in tree.Entries.Where(static entry => entry.Kind == EntryKind.Directory))
                {
                    var key = Convert.ToHexString(entry.Name);
                    if (!_byName.TryGetValue(key, out var copies))
                    {
                        _byName.Add(key, copies = []);
                    }

                    copies.Add((tree, entry));
                }
            }
        }

        return _byName;
    }
}

/// <summary>How the comparison reads the parent snapshot; under a lock on this object. A domain that is gone from the keyring is null: its entries count as new.</summary>
internal sealed record ParentReader(
    Func<DomainId, DomainRecord?> Domain,
    Func<DomainRecord, BlobId, IReadOnlyList<Entry>> Entries,
    Func<DomainRecord, BlobId, IReadOnlyList<Graft>> Grafts);
