using System.Runtime.CompilerServices;
using Backup.Engine.Snapshots;

namespace Backup.Engine.Runs;

/// <summary><c>diff</c>: what changed from one snapshot, or place in one, to another.</summary>
public static class DiffRun
{
    /// <summary>
    /// Every difference, by path; a path is that of <paramref name="after"/>. Directories that hold the same are not read. The time of a directory in which something
    /// changed is no difference of its own.
    /// </summary>
    /// <exception cref="BackupException">A snapshot or place is not there, or a page of its trees is damaged everywhere.</exception>
    public static async IAsyncEnumerable<DifferenceItem> CompareAsync(
        RunContext context, SnapshotSelector before, SnapshotSelector after, ReadOptions read, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await using var session = await Session.OpenAsync(context, read, cancellation);
        var trees = new TreeReader(session.NewBlobReader().Read);
        var (older, newer) = (OpenPlace.Find(session, trees, before), OpenPlace.Find(session, trees, after));
        foreach (var item in new DiffWalk(older.View, newer.View).Run(older.Entry, newer.Entry, newer.Path, cancellation))
        {
            yield return item;
        }
    }
}
