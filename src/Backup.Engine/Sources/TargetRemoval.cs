using Backup.Engine.Format;
using Backup.Engine.Posix;

namespace Backup.Engine.Sources;

/// <summary>
/// Removes what is not in the snapshot. It enters no link, no other file system and nothing that belongs to the backup itself: a mounted
/// disk that the snapshot shows as an empty directory keeps what is on it.
/// </summary>
internal sealed class TargetRemoval(FileTarget target, TargetExisting existing, ITargetReport report)
{
    // Octal 700.
    private const uint OwnersDirectory = 0x1C0;

    /// <summary>The names in a directory.</summary>
    /// <returns>0, or the negative errno; the names found until then are given anyhow.</returns>
    public int Names(CachedDescriptor node, out List<byte[]> names)
    {
        names = [];
        using var pin = target.Cache.Use(node);
        if (pin.Error != 0) return -pin.Error;

        // A descriptor of its own: the place in the listing is shared with everybody who uses the one in the cache.
        var own = FileSystemCalls.OpenAt(pin.Number, "."u8, FileTarget.DirectoryFlags);
        if (own < 0) return own;
        var reader = new DirectoryReader(8 * 1024);
        reader.Begin(own);
        int result;
        while ((result = reader.Next(out var name)) > 0)
        {
            names.Add(name.ToArray());
        }

        FileSystemCalls.Close(own);
        return result;
    }

    /// <summary>Removes a name and, if it is a directory, everything in it.</summary>
    /// <param name="parent">The directory.</param>
    /// <param name="name">In it.</param>
    /// <param name="opening">Directories whose mode forbids it are opened first.</param>
    /// <returns>False if something remained; it was reported.</returns>
    public bool Remove(CachedDescriptor parent, byte[] name, bool opening = false)
    {
        var levels = new Stack<Level>();
        levels.Push(new Level(parent, [name]));
        while (true)
        {
            var level = levels.Peek();
            if (level.Next < level.Names.Count)
            {
                if (RemoveNext(level, opening) is { } inner) levels.Push(inner);
                continue;
            }

            levels.Pop();
            if (levels.Count == 0) return !level.Remains;
            target.Cache.Forget(level.Node);
            levels.Peek().Remains |= level.Remains || !RemoveEmpty(levels.Peek().Node, level.Node.Name);
        }
    }

    /// <returns>The directory that has to be emptied first, if it is one.</returns>
    private Level? RemoveNext(Level level, bool opening)
    {
        var name = level.Names[level.Next++];
        byte[] Path() => target.PathOf(level.Node, name);
        using var pin = target.Cache.Use(level.Node);
        var status = default(FileStatus);
        var result = pin.Error != 0 ? -pin.Error : FileSystemCalls.Status(pin.Number, name, out status);
        if (result >= 0)
        {
            if (MustStay(status, Path))
            {
                level.Remains = true;
                return null;
            }

            if (status.Kind is EntryKind.Directory)
            {
                if (opening) FileSystemCalls.ChangeMode(Path(), OwnersDirectory);
                return Enter(level, name, status);
            }

            result = FileSystemCalls.Remove(pin.Number, name);
        }

        if (result >= 0) report.Removed(Path());
        else if (result != -FileSystemCalls.Errno.NotFound) Fail(level, Path(), -result);
        return null;
    }

    private Level? Enter(Level level, byte[] name, in FileStatus status)
    {
        var node = new CachedDescriptor(level.Node, name, FileTarget.DirectoryFlags) { Identity = status.Identity };
        var result = Names(node, out var names);
        if (result >= 0) return new Level(node, names);
        Fail(level, target.PathOf(node), -result);
        return null;
    }

    private bool MustStay(in FileStatus status, Func<byte[]> path)
    {
        if (existing.IsProtected(status, path)) return true;

        // Directories only: a union file system shows its files on the devices of its layers.
        if (status.Kind is not EntryKind.Directory || (!status.IsMountRoot && status.Device == target.Device)) return false;
        report.Skipped(path(), "another file system is mounted there");
        return true;
    }

    private bool RemoveEmpty(CachedDescriptor parent, byte[] name)
    {
        using var pin = target.Cache.Use(parent);
        var result = pin.Error != 0 ? -pin.Error : FileSystemCalls.Remove(pin.Number, name, isDirectory: true);
        if (result >= 0) report.Removed(target.PathOf(parent, name));
        else report.Failed(target.PathOf(parent, name), Reason(-result));
        return result >= 0;
    }

    private void Fail(Level level, byte[] path, int errno)
    {
        level.Remains = true;
        report.Failed(path, Reason(errno));
    }

    private static string Reason(int errno) => $"it cannot be removed: {FileSystemCalls.Describe(errno)}";

    private sealed class Level(CachedDescriptor node, List<byte[]> names)
    {
        public CachedDescriptor Node { get; } = node;

        public List<byte[]> Names { get; } = names;

        public int Next { get; set; }

        public bool Remains { get; set; }
    }
}
