using Backup.Engine.Format;
using Backup.Engine.Posix;

namespace Backup.Engine.Sources;

/// <summary>What to do where an entry is to be restored.</summary>
internal enum TargetDecision
{
    /// <summary>Nothing is there.</summary>
    Make,

    /// <summary>What is there gives way.</summary>
    Replace,

    /// <summary>What is there is what would be restored; only its metadata is set.</summary>
    Same,

    /// <summary>What is there stays; it was reported.</summary>
    Leave,
}

/// <summary>Looks at what exists in the target and applies the overwrite mode to it.</summary>
internal sealed class TargetExisting(OverwriteMode overwrite, ProtectedPlaces places, ITargetReport report)
{
    /// <summary>Decides about anything but a directory.</summary>
    public TargetDecision Decide(int directory, Entry entry, Func<byte[]> path, out FileStatus status)
    {
        var result = FileSystemCalls.Status(directory, entry.Name, out status);
        if (result == -FileSystemCalls.Errno.NotFound) return TargetDecision.Make;
        if (result < 0)
        {
            report.Failed(path(), FileSystemCalls.Describe(-result));
            return TargetDecision.Leave;
        }

        if (IsProtected(status, path)) return TargetDecision.Leave;
        if (overwrite is OverwriteMode.Always) return TargetDecision.Replace;
        if (overwrite is OverwriteMode.Never) return Leave(path, "it exists");
        if (status.Kind is EntryKind.Directory) return Leave(path, "a directory is in its place; --overwrite always replaces it");
        if (overwrite is OverwriteMode.IfNewer)
        {
            var order = Compare(entry.Modified, status.Modified);
            if (order < 0) return Leave(path, "what exists is newer");
            if (order > 0) return TargetDecision.Replace;
        }

        return IsSame(directory, entry, status) ? TargetDecision.Same : TargetDecision.Replace;
    }

    /// <summary>Whether something other than a directory gives way to one.</summary>
    public bool GivesWay(FileStatus status, Func<byte[]> path)
    {
        if (IsProtected(status, path)) return false;
        return overwrite is OverwriteMode.Always ||
            Leave(path, "something that is no directory is in its place; --overwrite always replaces it") is TargetDecision.Replace;
    }

    /// <summary>Reports and answers true for what belongs to the backup itself.</summary>
    public bool IsProtected(in FileStatus status, Func<byte[]> path)
    {
        if (places.Find(status.Identity) is not { } what) return false;
        report.Skipped(path(), $"it is {what}");
        return true;
    }

    private static int Compare(Timestamp a, Timestamp b) =>
        a.Seconds != b.Seconds ? a.Seconds.CompareTo(b.Seconds) : a.Nanoseconds.CompareTo(b.Nanoseconds);

    // Another number of links: another name, perhaps outside the target, would get what is set here.
    private static bool IsSame(int directory, Entry entry, in FileStatus status)
    {
        if (status.Kind != entry.Kind || status.Modified != entry.Modified || status.Links != entry.Links) return false;
        return entry.Kind switch
        {
            EntryKind.File => status.Size == entry.Size,
            EntryKind.SymbolicLink => HasTarget(directory, entry),
            EntryKind.CharacterDevice or EntryKind.BlockDevice => status.Node == entry.DeviceNumber,
            _ => true,
        };
    }

    private static bool HasTarget(int directory, Entry entry)
    {
        Span<byte> target = stackalloc byte[4096];
        var length = FileSystemCalls.ReadLink(directory, entry.Name, target);
        return length >= 0 && target[..length].SequenceEqual(entry.LinkTarget);
    }

    private TargetDecision Leave(Func<byte[]> path, string reason)
    {
        report.Skipped(path(), reason);
        return TargetDecision.Leave;
    }
}
