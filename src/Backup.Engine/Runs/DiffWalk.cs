using Backup.Engine.Format;
using Backup.Engine.Snapshots;

namespace Backup.Engine.Runs;

/// <summary>Goes through two snapshots side by side, as far as they differ.</summary>
internal sealed class DiffWalk(SnapshotView before, SnapshotView after)
{
    private readonly Stack<Level> _levels = new();

    /// <summary>Directories that were read so far, of either snapshot.</summary>
    public int DirectoriesRead { get; private set; }

    /// <summary>How what stands at one place differs from what stands at another, and all below.</summary>
    public IEnumerable<DifferenceItem> Run(ViewEntry older, ViewEntry newer, byte[] path, CancellationToken cancellation)
    {
        _levels.Clear();
        foreach (var item in Compare(older, newer, path, cancellation))
        {
            yield return item;
        }

        while (_levels.TryPeek(out var level))
        {
            cancellation.ThrowIfCancellationRequested();
            var (one, other) = level.Next();
            if (one is null && other is null)
            {
                _levels.Pop();
                continue;
            }

            foreach (var item in Compare(one, other, FileSaver.Join(level.Path, (one ?? other)!.Entry.Name), cancellation))
            {
                yield return item;
            }
        }
    }

    private IEnumerable<DifferenceItem> Compare(ViewEntry? older, ViewEntry? newer, byte[] path, CancellationToken cancellation)
    {
        if (older is null || newer is null || older.Entry.Kind != newer.Entry.Kind)
        {
            return Replaced(older, newer, path, cancellation);
        }

        if (older.Entry.Kind != EntryKind.Directory)
        {
            return EntryComparison.Compare(older, newer) is { } difference ? [new DifferenceItem(path, difference, older.Entry, newer.Entry)] : [];
        }

        var same = older.Contents() == newer.Contents();
        if (!same)
        {
            DirectoriesRead += 2;
            _levels.Push(new Level(path, before.List(older).Entries, after.List(newer).Entries));
        }

        return EntryComparison.SameMetadata(older.Entry, newer.Entry, withTime: same) ? [] : [new DifferenceItem(path, Difference.MetadataOnly, older.Entry, newer.Entry)];
    }

    /// <summary>What is gone and what came in its place, with all that is below.</summary>
    private IEnumerable<DifferenceItem> Replaced(ViewEntry? older, ViewEntry? newer, byte[] path, CancellationToken cancellation)
    {
        var difference = older is null ? Difference.Added : newer is null ? Difference.Removed : Difference.TypeChanged;
        yield return new DifferenceItem(path, difference, older?.Entry, newer?.Entry);
        foreach (var below in Below(before, older, path, cancellation))
        {
            yield return new DifferenceItem(below.Path, Difference.Removed, below.Entry!.Entry, null);
        }

        foreach (var below in Below(after, newer, path, cancellation))
        {
            yield return new DifferenceItem(below.Path, Difference.Added, null, below.Entry!.Entry);
        }
    }

    private static IEnumerable<WalkStep> Below(SnapshotView view, ViewEntry? entry, byte[] path, CancellationToken cancellation) =>
        entry is { Entry.Kind: EntryKind.Directory } ? ViewWalk.Below(view, entry, path, cancellation).Where(static step => step.Entry is not null) : [];

    /// <summary>Two directories of one path, both by name.</summary>
    private sealed class Level(byte[] path, IReadOnlyList<ViewEntry> older, IReadOnlyList<ViewEntry> newer)
    {
        private int _older;
        private int _newer;

        public byte[] Path { get; } = path;

        /// <summary>The next name in either; null where it has none of that name; twice null at the end.</summary>
        public (ViewEntry? Older, ViewEntry? Newer) Next()
        {
            var one = _older < older.Count ? older[_older] : null;
            var other = _newer < newer.Count ? newer[_newer] : null;
            if (one is not null && other is not null)
            {
                var order = one.Entry.Name.AsSpan().SequenceCompareTo(other.Entry.Name);
                (one, other) = (order <= 0 ? one : null, order >= 0 ? other : null);
            }

            _older += one is null ? 0 : 1;
            _newer += other is null ? 0 : 1;
            return (one, other);
        }
    }
}
