using System.Runtime.CompilerServices;
using Backup.Engine.Format;
using Backup.Engine.Snapshots;

namespace Backup.Engine.Runs;

/// <summary><c>ls</c>: what is in a directory of a snapshot.</summary>
public static class ListRun
{
    /// <summary>
    /// The entries of a directory by name, with <paramref name="recursive"/> each followed by what is below it; a place that is no directory gives itself. A part
    /// that was erased or is restricted is given with the path of the directory in which it hangs.
    /// </summary>
    /// <exception cref="BackupException">There is no such snapshot or place; or a page of its trees is damaged everywhere.</exception>
    public static async IAsyncEnumerable<ListedEntry> ListAsync(
        RunContext context, SnapshotSelector snapshot, bool recursive, ReadOptions read, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await using var session = await Session.OpenAsync(context, read, cancellation);
        var place = OpenPlace.Find(session, new TreeReader(session.NewBlobReader().Read), snapshot);
        foreach (var (path, entry, hidden) in Steps(place, recursive, cancellation))
        {
            yield return new ListedEntry(path, entry?.Entry, hidden?.ErasedAt, place.Snapshot.Id);
        }
    }

    private static IEnumerable<WalkStep> Steps(OpenPlace place, bool recursive, CancellationToken cancellation) =>
        place.Entry.Entry.Kind != EntryKind.Directory ? [new WalkStep(place.Path, place.Entry, null)]
        : recursive ? ViewWalk.Below(place.View, place.Entry, place.Path, cancellation)
        : ViewWalk.In(place.View, place.Entry, place.Path);
}
