using Backup.Engine.Format;
using Backup.Engine.Posix;
using Microsoft.Win32.SafeHandles;

namespace Backup.Engine.Sources;

/// <summary>A file of a file tree, open for reading.</summary>
internal sealed class FileReader : ISourceFile
{
    // Milliseconds. A kernel tick is 10 ms at most (CONFIG_HZ=100); file systems take their times from it.
    private const int Tick = 20;

    private readonly Func<byte[]> _path;
    private readonly SafeFileHandle _handle;
    private IReadOnlyList<Extent> _extents = [];
    private int _extent;
    private long _position;

    public FileReader(int descriptor, Func<byte[]> path)
    {
        _handle = new SafeFileHandle(descriptor, ownsHandle: true);
        _path = path;
    }

    /// <inheritdoc/>
    public Entry Current { get; private set; } = null!;

    private int Descriptor
    {
        get
        {
            ObjectDisposedException.ThrowIf(_handle.IsClosed, this);
            return (int)_handle.DangerousGetHandle();
        }
    }

    /// <summary>Takes the file as it is now, if it is still the one that was listed.</summary>
    public void Begin(FileWalk walk, Entry listed)
    {
        var status = Status();
        var isListed = status.Kind is EntryKind.File && status.Identity == new InodeId(listed.Device, listed.Inode);
        if (!isListed) throw Fault(FileSystemCalls.Errno.Stale);
        if (WaitForNextTick(status.Changed)) status = Status();
        Current = walk.Describe(listed.Name, status);
        var result = ExtendedAttributes.Read(Descriptor, out var attributes);
        if (result < 0) throw FileFault.Of(-result, _path(), "attributes");
        Current.Attributes = attributes;
        Current.Extents = FileExtents.Find(Descriptor, status);
        _extents = Current.Extents ?? [new Extent(0, status.Size)];
    }

    /// <inheritdoc/>
    public int Read(Span<byte> buffer)
    {
        while (_extent < _extents.Count)
        {
            var (offset, length) = _extents[_extent];
            var left = length - _position;
            if (left == 0)
            {
                _extent++;
                _position = 0;
                continue;
            }

            var result = FileSystemCalls.Read(Descriptor, buffer[..(int)Math.Min(left, buffer.Length)], offset + _position);
            if (result < 0) throw Fault(-result);
            if (result == 0) throw new SourceChangedException($"{PathText.Show(_path())}: it became shorter while it was read");
            _position += result;
            return result;
        }

        return 0;
    }

    /// <inheritdoc/>
    public bool Unchanged()
    {
        var status = Status();
        return status.Size == Current.Size && status.Modified == Current.Modified && status.Changed == Current.Changed;
    }

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();

    private FileStatus Status()
    {
        var result = FileSystemCalls.Status(Descriptor, out var status);
        return result < 0 ? throw Fault(-result) : status;
    }

    // A file that was changed in this very tick can change again without a trace in its times: then neither this run nor the next would
    // notice. Whole seconds: a file system that keeps no finer times. The clock is the kernel's, whatever clock the run goes by.
    private static bool WaitForNextTick(Timestamp changed)
    {
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        if (changed.Seconds < (now / 1000) - 2 || changed.Seconds > now / 1000) return false;
        var wait = (changed.Seconds * 1000) + (changed.Nanoseconds / 1_000_000) + (changed.Nanoseconds == 0 ? 1000 : Tick) - now;
        if (wait <= 0) return false;
        Task.Delay(TimeSpan.FromMilliseconds(wait), TimeProvider.System).GetAwaiter().GetResult();
        return true;
    }

    private SourceReadException Fault(int errno) => FileFault.Of(errno, _path(), "content");
}
