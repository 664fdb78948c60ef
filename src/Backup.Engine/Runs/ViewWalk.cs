using Backup.Engine.Snapshots;

namespace Backup.Engine.Runs;

/// <summary>A step of a walk: an entry, or a part of a directory that is not shown.</summary>
/// <param name="Path">Of the entry; for a hidden part that of the directory.</param>
/// <param name="Entry">Null for a hidden part.</param>
/// <param name="Hidden">Null for an entry.</param>
internal readonly record struct WalkStep(byte[] Path, ViewEntry? Entry, HiddenPart? Hidden);

/// <summary>Walks what is below a directory of a snapshot.</summary>
internal static class ViewWalk
{
    /// <summary>What is in a directory: what is not shown, then its entries by name.</summary>
    public static IEnumerable<WalkStep> In(SnapshotView view, ViewEntry directory, byte[] path)
    {
        var listing = view.List(directory);
        foreach (var hidden in listing.Hidden)
        {
            yield return new WalkStep(path, null, hidden);
        }

        foreach (var entry in listing.Entries)
        {
            yield return new WalkStep(FileSaver.Join(path, entry.Entry.Name), entry, null);
        }
    }

    /// <summary>Everything below a directory, depth first: each directory before what is in it.</summary>
    public static IEnumerable<WalkStep> Below(SnapshotView view, ViewEntry directory, byte[] path, CancellationToken cancellation)
    {
        var open = new Stack<IEnumerator<WalkStep>>();
        open.Push(In(view, directory, path).GetEnumerator());
        while (open.TryPeek(out var level))
        {
            cancellation.ThrowIfCancellationRequested();
            if (!level.MoveNext())
            {
                open.Pop().Dispose();
                continue;
            }

            var step = level.Current;
            yield return step;
            if (step.Entry is { Entry.Kind: Format.EntryKind.Directory } below)
            {
                open.Push(In(view, below, step.Path).GetEnumerator());
            }
        }
    }
}
