using Backup.Engine.Posix;
using Backup.Engine.Snapshots;
using Backup.Engine.Sources;

namespace Backup.Engine.Runs;

/// <summary>
/// What <c>restore --delete</c> removes from a directory: what the snapshot would hold if it had been there. Never from a directory of which the snapshot
/// holds or shows a part only, above all the folders above the roots of a source: what stands there was never its to keep.
/// </summary>
internal sealed class RestoreRemoval(ViewDirectory listing, FilterState filter)
{
    private readonly HashSet<string> _names = listing.Entries.Select(static entry => Convert.ToHexString(entry.Entry.Name)).ToHashSet(StringComparer.Ordinal);

    /// <summary>Whether anything is removed in a directory at all.</summary>
    public static bool Concerns(ViewEntry directory, ViewDirectory listing, FilterState filter) =>
        !directory.Entry.Partial && listing.Hidden.Count == 0 && filter.Included;

    public bool Takes(byte[] name) => !_names.Contains(Convert.ToHexString(name)) && filter.MayRemove(name);

    /// <summary>Says what would be removed; a directory with all that is in it is named once. Opens nothing but the directory itself.</summary>
    public void Tell(byte[] path, ITargetReport report)
    {
        var directory = FileSystemCalls.OpenAt(FileSystemCalls.CurrentDirectory, path, FileTarget.DirectoryFlags);
        if (directory < 0)
        {
            return;
        }

        var reader = new DirectoryReader(8 * 1024);
        reader.Begin(directory);
        while (reader.Next(out var name) > 0)
        {
            if (name.ToArray() is var found && Takes(found))
            {
                report.Removed(FileSaver.Join(path, found));
            }
        }

        FileSystemCalls.Close(directory);
    }
}
