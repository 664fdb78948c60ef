namespace Backup.Engine.Posix;

/// <summary>
/// Keeps the descriptors of a tree open that were used last and opens the others again when they are needed, step by step from the nearest
/// parent that is open, each step without following a link and only if the inode is the one seen before. So a tree of any depth and any
/// number of threads needs a bounded number of descriptors, and what is moved or replaced meanwhile is noticed, never entered. Safe for
/// several threads.
/// </summary>
internal sealed class DescriptorCache : IDisposable
{
    /// <summary>Two trees at once leave room for everything else even under a limit of 256 descriptors.</summary>
    public const int DefaultCapacity = 64;

    private readonly Lock _lock = new();
    private readonly int _capacity;
    private CachedDescriptor? _newest;
    private CachedDescriptor? _oldest;
    private int _open;

    /// <param name="top">An open descriptor; the cache closes it at the end.</param>
    /// <param name="capacity">How many descriptors stay open while nothing uses them.</param>
    public DescriptorCache(int top, int capacity = DefaultCapacity)
    {
        _capacity = capacity;
        Top = new CachedDescriptor(null, [], 0) { Number = top, Pins = 1 };
    }

    /// <summary>The top of the tree; open all the time.</summary>
    public CachedDescriptor Top { get; }

    /// <summary>How many descriptors are open now, the top not counted.</summary>
    public int OpenCount
    {
        get
        {
            lock (_lock) return _open;
        }
    }

    /// <summary>Opens what is not open and holds it until the pin is disposed. The pin's error says why it could not.</summary>
    public Pin Use(CachedDescriptor node)
    {
        if (TryPin(node, out var number)) return new Pin(this, node, number);
        var result = Reopen(node);
        return result < 0 ? new Pin(-result) : new Pin(this, node, result);
    }

    /// <summary>Takes over a descriptor that was just opened for the node, and holds it.</summary>
    public Pin Adopt(CachedDescriptor node, int number) => new(this, node, Insert(node, number));

    /// <summary>Closes the node unless something holds it: nothing more is expected of it.</summary>
    /// <returns>0, or the negative errno of the close.</returns>
    public int Forget(CachedDescriptor node)
    {
        int number;
        lock (_lock)
        {
            if (node.Number < 0 || node.Pins > 0) return 0;
            number = Remove(node);
        }

        return FileSystemCalls.Close(number);
    }

    /// <summary>Closes everything. Pins must have been disposed.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            while (_oldest is { } node)
            {
                FileSystemCalls.Close(Remove(node));
            }

            if (Top.Number < 0) return;
            FileSystemCalls.Close(Top.Number);
            Top.Number = -1;
        }
    }

    private bool TryPin(CachedDescriptor node, out int number)
    {
        lock (_lock)
        {
            number = node.Number;
            if (number < 0) return false;
            node.Pins++;
            if (node.Parent is not null && _newest != node)
            {
                Unlink(node);
                LinkNewest(node);
            }

            return true;
        }
    }

    private int Reopen(CachedDescriptor node)
    {
        var closed = new Stack<CachedDescriptor>();
        var current = node;
        int number;
        while (!TryPin(current, out number))
        {
            closed.Push(current);
            if (current.Parent is null) return -FileSystemCalls.Errno.Stale;
            current = current.Parent;
        }

        while (closed.TryPop(out var child))
        {
            var opened = OpenChild(number, child);
            Unpin(current);
            if (opened < 0) return opened;
            number = Insert(child, opened);
            current = child;
        }

        return number;
    }

    private static int OpenChild(int parent, CachedDescriptor child)
    {
        var flags = child.Flags | FileSystemCalls.Flags.NoFollow;
        var opened = FileSystemCalls.OpenAt(parent, child.Name, flags);
        if (opened == -FileSystemCalls.Errno.NotPermitted && (flags & FileSystemCalls.Flags.NoAccessTime) != 0)
        {
            // Only the owner may read without leaving a trace in atime.
            opened = FileSystemCalls.OpenAt(parent, child.Name, flags & ~FileSystemCalls.Flags.NoAccessTime);
        }

        if (opened < 0 || child.Identity is not { } expected) return opened;
        var result = FileSystemCalls.Status(opened, out var status);
        if (result >= 0 && status.Identity == expected) return opened;
        FileSystemCalls.Close(opened);
        return result < 0 ? result : -FileSystemCalls.Errno.Stale;
    }

    private int Insert(CachedDescriptor node, int number)
    {
        var superfluous = -1;
        lock (_lock)
        {
            node.Pins++;
            if (node.Number >= 0)
            {
                // Another thread was faster.
                superfluous = number;
            }
            else
            {
                node.Number = number;
                LinkNewest(node);
                _open++;
                MakeRoom();
            }

            number = node.Number;
        }

        if (superfluous >= 0) FileSystemCalls.Close(superfluous);
        return number;
    }

    private void MakeRoom()
    {
        for (var node = _oldest; _open > _capacity && node is not null;)
        {
            var newer = node.Newer;
            if (node.Pins == 0)
            {
                if (node.Identity is null && FileSystemCalls.Status(node.Number, out var status) >= 0) node.Identity = status.Identity;
                var result = FileSystemCalls.Close(Remove(node));
                if (result < 0) node.CloseError = -result;
            }

            node = newer;
        }
    }

    private int Remove(CachedDescriptor node)
    {
        var number = node.Number;
        node.Number = -1;
        Unlink(node);
        _open--;
        return number;
    }

    private void LinkNewest(CachedDescriptor node)
    {
        node.Older = _newest;
        node.Newer = null;
        if (_newest is not null) _newest.Newer = node;
        _newest = node;
        _oldest ??= node;
    }

    private void Unlink(CachedDescriptor node)
    {
        if (node.Older is null) _oldest = node.Newer;
        else node.Older.Newer = node.Newer;
        if (node.Newer is null) _newest = node.Older;
        else node.Newer.Older = node.Older;
        node.Older = node.Newer = null;
    }

    private void Unpin(CachedDescriptor node)
    {
        lock (_lock) node.Pins--;
    }

    /// <summary>Holds a descriptor open. Copies must not be disposed twice.</summary>
    internal readonly ref struct Pin
    {
        private readonly DescriptorCache? _cache;
        private readonly CachedDescriptor? _node;

        internal Pin(DescriptorCache cache, CachedDescriptor node, int number)
        {
            _cache = cache;
            _node = node;
            Number = number;
        }

        internal Pin(int error)
        {
            Number = -1;
            Error = error;
        }

        /// <summary>The descriptor, or -1.</summary>
        public int Number { get; }

        /// <summary>0, or the errno why there is none; ESTALE also when something else is there now.</summary>
        public int Error { get; }

        public void Dispose()
        {
            if (_node is not null) _cache!.Unpin(_node);
        }
    }
}
