using Backup.Engine.Format;
using Backup.Engine.Sources;

namespace Backup.Engine.Snapshots;

/// <summary>An entry as it is stored, in one of the domains in which its directory has a tree.</summary>
/// <param name="Path">Absolute, bytes.</param>
/// <param name="Entry">The entry.</param>
/// <param name="Domain">Where it lies.</param>
internal readonly record struct RawEntry(byte[] Path, Entry Entry, DomainRecord Domain);

/// <summary>Walks snapshots domain by domain, not laid over each other. A tree that was met at the same place before is not walked again.</summary>
/// <param name="trees">Reads pages.</param>
/// <param name="domains">The keys of a domain; null: there are none, and what hangs there is left out.</param>
internal sealed class RawWalk(TreeReader trees, Func<DomainId, DomainRecord?> domains)
{
    private readonly HashSet<(DomainId Domain, BlobId Tree, Hash Path)> _met = [];

    /// <summary>The entries of a snapshot that were not met before; each directory before what is in it.</summary>
    public IEnumerable<RawEntry> Of(SnapshotRecord snapshot, CancellationToken cancellation)
    {
        var open = new Stack<(DomainId Domain, BlobId? Tree, BlobId? Grafts, byte[] Path)>([(snapshot.RootDomain, snapshot.RootTree, snapshot.RootGrafts, "/"u8.ToArray())]);
        while (open.TryPop(out var next))
        {
            cancellation.ThrowIfCancellationRequested();
            if (domains(next.Domain) is not { } domain)
            {
                continue;
            }

            foreach (var graft in next.Grafts is { } first ? trees.Grafts(domain, first) : [])
            {
                open.Push((graft.Domain, graft.Tree, null, next.Path));
            }

            if (next.Tree is not { } tree || !_met.Add((domain.Id, tree, Hash.Of(next.Path))))
            {
                continue;
            }

            foreach (var entry in trees.Entries(domain, tree))
            {
                var path = FileSaver.Join(next.Path, entry.Name);
                yield return new RawEntry(path, entry, domain);
                if (entry.Kind == EntryKind.Directory)
                {
                    open.Push((domain.Id, entry.Tree, entry.Grafts, path));
                }
            }
        }
    }
}

/// <summary>Whether a path, or a folder above it, matches one of some patterns, as those of <c>--include</c> do.</summary>
internal sealed class PathPatterns(IReadOnlyList<string> patterns)
{
    private readonly ExcludePatterns _patterns = ExcludePatterns.Parse(patterns);

    public bool Matches(ReadOnlySpan<byte> path, bool directory)
    {
        var state = _patterns.Top();
        while (path.Length > 0 && path[0] == (byte)'/')
        {
            path = path[1..];
        }

        while (path.IndexOf((byte)'/') is >= 0 and var end)
        {
            if (_patterns.Excludes(state, path[..end], isDirectory: true))
            {
                return true;
            }

            state = _patterns.Enter(state, path[..end]);
            path = path[(end + 1)..];
        }

        return path.Length > 0 && _patterns.Excludes(state, path, directory);
    }
}
