using Backup.Engine.Format;
using Backup.Engine.Posix;

namespace Backup.Engine.Sources;

/// <summary>
/// A file that is being restored. Its content may come in any order and from several threads; nobody sees it under its name before it is
/// committed. Disposed without a commit, it leaves nothing.
/// </summary>
public sealed class TargetFile : IDisposable
{
    private readonly FileTarget _target;
    private readonly TargetDirectory _parent;
    private readonly CachedDescriptor? _node;
    private InodeId? _identity;
    private long _end;
    private bool _ended;

    internal TargetFile(FileTarget target, TargetDirectory parent, Entry entry, CachedDescriptor node)
    {
        _target = target;
        _parent = parent;
        _node = node;
        Entry = entry;
    }

    /// <summary>What exists is what would be restored.</summary>
    internal TargetFile(FileTarget target, TargetDirectory parent, Entry entry, InodeId existing)
    {
        _target = target;
        _parent = parent;
        _identity = existing;
        Entry = entry;
    }

    public Entry Entry { get; }

    /// <summary>
    /// False if the content that exists is kept: then nothing is to be written, and <see cref="Commit"/> only answers the name.
    /// </summary>
    public bool NeedsContent => _node is not null;

    /// <summary>Where the file will stand.</summary>
    public byte[] Path => _parent.PathOf(Entry.Name);

    /// <summary>Writes data at its place. Holes are simply not written.</summary>
    /// <exception cref="TargetException">It could not be written.</exception>
    public void Write(long offset, ReadOnlySpan<byte> data)
    {
        using var pin = Use();
        while (!data.IsEmpty)
        {
            var written = FileSystemCalls.Write(pin.Number, data, offset);
            if (written <= 0) throw Fault(written == 0 ? FileSystemCalls.Errno.InputOutput : -written);
            data = data[written..];
            offset += written;
        }

        Reach(offset);
    }

    /// <summary>
    /// Sets the size, owner, attributes, mode and time, and gives the file its name. To be called once, after the last write has returned.
    /// </summary>
    /// <returns>Null if something came into its place meanwhile and stays; it was reported.</returns>
    /// <exception cref="TargetException">It could not be finished; nothing of it remains.</exception>
    public TargetName? Commit()
    {
        ObjectDisposedException.ThrowIf(_ended, this);
        if (_node is null) return new TargetName(_parent, Entry.Name, _identity);
        using (var pin = Use())
        {
            var result = _end < Entry.Size ? FileSystemCalls.SetLength(pin.Number, Entry.Size) : 0;
            if (result < 0) throw Fault(-result);
            _target.Dress(pin.Number, Entry, () => Path);
            if (Entry.Links > 1 && FileSystemCalls.Status(pin.Number, out var status) >= 0) _identity = status.Identity;
        }

        // A file system may keep its errors back until here.
        var closed = _target.Cache.Forget(_node);
        if (closed < 0 || _node.CloseError != 0) throw Fault(closed < 0 ? -closed : _node.CloseError);
        if (!_target.Publish(_parent, Entry, _node.Name)) return null;
        _ended = true;
        return new TargetName(_parent, Entry.Name, _identity);
    }

    /// <summary>Removes the temporary file, if it was not committed.</summary>
    public void Dispose()
    {
        if (_ended || _node is null) return;
        _ended = true;
        _target.Cache.Forget(_node);
        using var pin = _target.Cache.Use(_parent.Node);
        if (pin.Error == 0) FileSystemCalls.Remove(pin.Number, _node.Name);
    }

    // The greatest end of all writes, whichever thread comes last.
    private void Reach(long end)
    {
        for (var seen = Volatile.Read(ref _end); seen < end;)
        {
            var before = Interlocked.CompareExchange(ref _end, end, seen);
            if (before == seen) return;
            seen = before;
        }
    }

    private DescriptorCache.Pin Use()
    {
        ObjectDisposedException.ThrowIf(_ended, this);
        if (_node is null) throw new InvalidOperationException("this file needs no content");
        var pin = _target.Cache.Use(_node);
        return pin.Error == 0 ? pin : throw Fault(pin.Error);
    }

    private TargetException Fault(int errno) => FileTarget.Fault(errno, Path, "cannot be written");
}
