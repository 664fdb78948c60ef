using Backup.Engine.Format;
using Backup.Engine.Posix;

namespace Backup.Engine.Sources;

/// <content>One method for each kind of entry.</content>
public sealed partial class FileTarget
{
    // Octal 700 and 600: what is not finished is nobody else's business.
    private const uint OwnersDirectory = 0x1C0;

    private const uint OwnersFile = 0x180;

    private const int LongestName = 255;

    private const int LongestLink = 4095;

    /// <summary>
    /// Makes a directory, open to nobody else until it is finished, or takes the one that exists. To be called once for each directory.
    /// </summary>
    /// <returns>Null if it could not be; it was reported, and nothing can be written into it.</returns>
    public TargetDirectory? MakeDirectory(TargetDirectory parent, Entry entry)
    {
        byte[] Path() => parent.PathOf(entry.Name);
        if (!IsValid(parent, entry)) return null;
        using var pin = Cache.Use(parent.Node);
        var result = pin.Error != 0 ? -pin.Error : FileSystemCalls.MakeDirectory(pin.Number, entry.Name, OwnersDirectory);
        if (result == -FileSystemCalls.Errno.Exists)
        {
            result = FileSystemCalls.Status(pin.Number, entry.Name, out var status);
            if (result >= 0 && status.Kind is EntryKind.Directory) return Merge(parent, entry, status);
            if (result >= 0)
            {
                if (!_existing.GivesWay(status, Path) || !_removal.Remove(parent.Node, entry.Name)) return null;
                result = FileSystemCalls.MakeDirectory(pin.Number, entry.Name, OwnersDirectory);
            }
        }

        if (result < 0) return Fail<TargetDirectory>(-result, Path());
        var made = new TargetDirectory(this, new CachedDescriptor(parent.Node, entry.Name, DirectoryFlags), existed: false);
        if (parent.HasDefaultAcl) RemoveInherited(made.Node);
        return made;
    }

    /// <summary>Begins a file, under a temporary name and for its owner only, until it is committed.</summary>
    /// <returns>Null if it could not be or what exists stays; it was reported.</returns>
    /// <exception cref="TargetException">Nothing can be written any more.</exception>
    public TargetFile? CreateFile(TargetDirectory parent, Entry entry)
    {
        byte[] Path() => parent.PathOf(entry.Name);
        if (!IsValid(parent, entry)) return null;
        using var pin = Cache.Use(parent.Node);
        if (pin.Error != 0) return Fail<TargetFile>(pin.Error, Path());
        var decision = Decide(parent, entry, pin.Number, out var status);
        if (decision is TargetDecision.Leave) return null;
        if (decision is TargetDecision.Same)
        {
            Refresh(parent, entry, pin.Number, status);
            return new TargetFile(this, parent, entry, status.Identity);
        }

        var flags = FileSystemCalls.Flags.Write | FileSystemCalls.Flags.NoFollow | FileSystemCalls.Flags.NonBlocking;
        var temporary = _temporary.Next();
        var opened = FileSystemCalls.OpenAt(
            pin.Number, temporary, flags | FileSystemCalls.Flags.Create | FileSystemCalls.Flags.Exclusive, OwnersFile);
        if (opened < 0) return Fail<TargetFile>(-opened, Path());
        var node = new CachedDescriptor(parent.Node, temporary, flags);
        Cache.Adopt(node, opened).Dispose();
        if (parent.HasDefaultAcl) RemoveInherited(node);
        return new TargetFile(this, parent, entry, node);
    }

    /// <summary>Makes a symbolic link, FIFO, socket or device node.</summary>
    /// <returns>Null if it could not be or what exists stays; it was reported.</returns>
    public TargetName? MakeNode(TargetDirectory parent, Entry entry)
    {
        byte[] Path() => parent.PathOf(entry.Name);
        if (!IsValid(parent, entry)) return null;
        if (entry.Kind is EntryKind.SymbolicLink && !IsTarget(entry.LinkTarget))
        {
            _report.Failed(Path(), "refused: the target of the link is empty, too long or holds a NUL");
            return null;
        }

        using var pin = Cache.Use(parent.Node);
        if (pin.Error != 0) return Fail<TargetName>(pin.Error, Path());
        var decision = Decide(parent, entry, pin.Number, out var status);
        if (decision is TargetDecision.Leave) return null;
        if (decision is TargetDecision.Same)
        {
            Refresh(parent, entry, pin.Number, status);
            return new TargetName(parent, entry.Name, status.Identity);
        }

        var temporary = _temporary.Next();
        var result = entry.Kind is EntryKind.SymbolicLink
            ? FileSystemCalls.MakeSymbolicLink(entry.LinkTarget, pin.Number, temporary)
            : FileSystemCalls.MakeNode(pin.Number, temporary, entry.Kind.ToFileType(), entry.DeviceNumber);
        if (result < 0) return Fail<TargetName>(-result, Path());
        result = Dress(pin.Number, temporary, entry, Path, parent.HasDefaultAcl, out var identity);
        return result >= 0 && Publish(parent, entry, temporary)
            ? new TargetName(parent, entry.Name, identity)
            : Undo(pin.Number, temporary, result, Path);
    }

    /// <summary>Makes a further name of what was already restored under another.</summary>
    /// <returns>Null if it could not be or what exists stays; it was reported.</returns>
    public TargetName? MakeLink(TargetDirectory parent, Entry entry, TargetName original)
    {
        byte[] Path() => parent.PathOf(entry.Name);
        if (!IsValid(parent, entry)) return null;
        using var pin = Cache.Use(parent.Node);
        using var from = Cache.Use(original.Directory.Node);
        if (pin.Error != 0 || from.Error != 0) return Fail<TargetName>(Math.Max(pin.Error, from.Error), Path());
        var made = new TargetName(parent, entry.Name, original.Identity);
        if (FileSystemCalls.Status(pin.Number, entry.Name, out var status) >= 0 && status.Identity == original.Identity) return made;
        if (Decide(parent, entry, pin.Number, out _) is TargetDecision.Leave) return null;

        var temporary = _temporary.Next();
        var result = FileSystemCalls.MakeLink(from.Number, original.Name, pin.Number, temporary);
        if (result >= 0) result = FileSystemCalls.Status(pin.Number, temporary, out status);
        if (result < 0) return Fail<TargetName>(-result, Path());
        if (original.Identity is { } identity && status.Identity != identity)
        {
            return Undo(pin.Number, temporary, -FileSystemCalls.Errno.Stale, Path);
        }

        return Publish(parent, entry, temporary) ? made : Undo(pin.Number, temporary, 0, Path);
    }

    /// <summary>Gives a finished temporary its name.</summary>
    /// <returns>False if what exists stays; it was reported.</returns>
    internal bool Publish(TargetDirectory parent, Entry entry, byte[] temporary)
    {
        using var pin = Cache.Use(parent.Node);
        var result = pin.Error != 0 ? -pin.Error : FileSystemCalls.Rename(pin.Number, temporary, entry.Name, replace: false);
        if (result is -FileSystemCalls.Errno.Exists or -FileSystemCalls.Errno.Invalid)
        {
            // Something is there, or this file system cannot rename exclusively.
            var decision = _existing.Decide(pin.Number, entry, () => parent.PathOf(entry.Name), out var status);
            if (decision is TargetDecision.Leave) return false;
            var isDirectory = decision is not TargetDecision.Make && status.Kind is EntryKind.Directory;
            if (isDirectory && !_removal.Remove(parent.Node, entry.Name)) return false;
            result = FileSystemCalls.Rename(pin.Number, temporary, entry.Name, replace: true);
        }

        if (result < 0) Fail<object>(-result, parent.PathOf(entry.Name));
        return result >= 0;
    }

    /// <summary>Sets everything of an open file.</summary>
    internal void Dress(int descriptor, Entry entry, Func<byte[]> path) =>
        _metadata.Apply(new OpenPlace(descriptor, false), entry, path);

    private static bool IsTarget(byte[]? target) => target is { Length: > 0 and <= LongestLink } && !target.AsSpan().Contains((byte)0);

    private TargetDecision Decide(TargetDirectory parent, Entry entry, int directory, out FileStatus status)
    {
        status = default;
        return parent.Existed ? _existing.Decide(directory, entry, () => parent.PathOf(entry.Name), out status) : TargetDecision.Make;
    }

    private bool IsValid(TargetDirectory parent, Entry entry)
    {
        if (!ReferenceEquals(parent.Target, this)) throw new ArgumentException("the directory belongs to another target", nameof(parent));
        var name = entry.Name.AsSpan();
        var isDots = name.SequenceEqual("."u8) || name.SequenceEqual(".."u8);
        if (name.Length is > 0 and <= LongestName && name.IndexOfAny((byte)'/', (byte)0) < 0 && !isDots) return true;
        _report.Failed(parent.PathOf(entry.Name), "refused: this is no name of a file");
        return false;
    }

    private TargetDirectory? Merge(TargetDirectory parent, Entry entry, in FileStatus status)
    {
        if (_existing.IsProtected(status, () => parent.PathOf(entry.Name))) return null;
        var node = new CachedDescriptor(parent.Node, entry.Name, DirectoryFlags) { Identity = status.Identity };
        var found = new TargetDirectory(this, node, existed: true);
        using var pin = Cache.Use(found.Node);
        if (pin.Error != 0) return Fail<TargetDirectory>(pin.Error, found.Path);
        Remember(found, pin.Number, status.Device);
        return found;
    }

    private void RemoveInherited(CachedDescriptor node)
    {
        using var pin = Cache.Use(node);
        if (pin.Error == 0) TargetMetadata.RemoveInherited(new OpenPlace(pin.Number, false));
    }

    /// <summary>Sets everything of a link or node that was just made: only if it is still that.</summary>
    private int Dress(int directory, byte[] name, Entry entry, Func<byte[]> path, bool inherited, out InodeId identity)
    {
        identity = default;
        var opened = FileSystemCalls.OpenAt(directory, name, FileSystemCalls.Flags.PathOnly | FileSystemCalls.Flags.NoFollow);
        if (opened < 0) return opened;
        var result = FileSystemCalls.Status(opened, out var status);
        if (result >= 0 && (status.Kind != entry.Kind || status.Links != 1)) result = -FileSystemCalls.Errno.Stale;
        if (result >= 0)
        {
            identity = status.Identity;
            var place = new OpenPlace(opened, true);
            if (inherited && entry.Kind is not EntryKind.SymbolicLink) TargetMetadata.RemoveInherited(place);
            _metadata.Apply(place, entry, path);
        }

        FileSystemCalls.Close(opened);
        return result;
    }

    /// <summary>Sets the metadata of what exists and is the same.</summary>
    private void Refresh(TargetDirectory parent, Entry entry, int directory, in FileStatus expected)
    {
        byte[] Path() => parent.PathOf(entry.Name);
        var opened = FileSystemCalls.OpenAt(directory, entry.Name, FileSystemCalls.Flags.PathOnly | FileSystemCalls.Flags.NoFollow);
        var status = default(FileStatus);
        var result = opened < 0 ? opened : FileSystemCalls.Status(opened, out status);
        if (result >= 0 && status.Identity != expected.Identity) result = -FileSystemCalls.Errno.Stale;
        if (result >= 0) _metadata.Apply(new OpenPlace(opened, true), entry, Path, exact: true);
        else _report.Incomplete(Path(), $"its metadata: {FileSystemCalls.Describe(-result)}");
        if (opened >= 0) FileSystemCalls.Close(opened);
    }

    private TargetName? Undo(int directory, byte[] temporary, int result, Func<byte[]> path)
    {
        FileSystemCalls.Remove(directory, temporary);
        return result < 0 ? Fail<TargetName>(-result, path()) : null;
    }

    /// <summary>Reports what concerns one entry, throws what concerns all.</summary>
    private T? Fail<T>(int errno, byte[] path)
        where T : class
    {
        var fault = Fault(errno, path, "cannot be written");
        if (fault.EndsRun) throw fault;
        _report.Failed(path, FileSystemCalls.Describe(errno));
        return null;
    }
}
