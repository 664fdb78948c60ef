using Backup.Engine.Format;
using Backup.Engine.Posix;

namespace Backup.Engine.Sources;

/// <summary>A directory of a file tree.</summary>
internal sealed class FileDirectory : SourceDirectory
{
    private static readonly int OpenFlags =
        FileSystemCalls.Flags.Read | FileSystemCalls.Flags.NonBlocking | FileSystemCalls.Flags.NoTerminal | FileSystemCalls.Flags.NoFollow;

    private readonly FileWalk _walk;
    private readonly FileDirectoryHold _hold;
    private byte[]? _path;
    private bool _disposed;

    public FileDirectory(FileWalk walk, FileDirectoryHold hold, int depth, Entry self, Entry[] entries)
    {
        _walk = walk;
        _hold = hold;
        Depth = depth;
        Self = self;
        Entries = entries;
        walk.Join();
    }

    /// <inheritdoc/>
    public override int Depth { get; }

    /// <inheritdoc/>
    public override byte[] Path => _path ??= _hold.Node.PathBelow("/"u8);

    /// <inheritdoc/>
    public override Entry Self { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<Entry> Entries { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<ExtendedAttribute> ReadAttributes(Entry entry)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        var name = ReferenceEquals(entry, Self) ? [] : entry.Name;
        using var pin = _walk.Cache.Use(_hold.Node);
        if (pin.Error != 0) throw FileFault.Of(pin.Error, PathOf(name), "attributes");
        var result = ExtendedAttributes.Read(pin.Number, name, out var attributes);
        return result < 0 ? throw FileFault.Of(-result, PathOf(name), "attributes") : attributes;
    }

    /// <inheritdoc/>
    public override ISourceFile OpenFile(Entry entry)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        using var pin = _walk.Cache.Use(_hold.Node);
        if (pin.Error != 0) throw FileFault.Of(pin.Error, PathOf(entry.Name), "content");
        var opened = FileSystemCalls.OpenAt(pin.Number, entry.Name, OpenFlags | FileSystemCalls.Flags.NoAccessTime);

        // Only the owner may read without leaving a trace in atime.
        if (opened == -FileSystemCalls.Errno.NotPermitted) opened = FileSystemCalls.OpenAt(pin.Number, entry.Name, OpenFlags);
        if (opened < 0) throw FileFault.Of(-opened, PathOf(entry.Name), "content");
        var file = new FileReader(opened, () => PathOf(entry.Name));
        try
        {
            file.Begin(_walk, entry);
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (_disposed || !disposing) return;
        _disposed = true;
        _path = null;
        _hold.Release();
        _walk.Leave();
    }

    private byte[] PathOf(byte[] name) => _hold.Node.PathBelow("/"u8, name);
}
