using Backup.Databases.Rows;
using Backup.Engine.Format;
using Backup.Engine.Sources;

namespace Backup.Databases;

/// <summary>A directory of the virtual tree of a database.</summary>
internal sealed class DatabaseDirectory(int depth, string path, Entry self, IReadOnlyList<DatabaseFile> files, IReadOnlyList<Entry> folders) : SourceDirectory
{
    private readonly IReadOnlyList<Entry> _entries = [.. files.Select(static file => file.Entry).Concat(folders).OrderBy(static entry => entry.Name, ByteOrder.Instance)];
    private readonly Dictionary<Entry, DatabaseFile> _files = files.ToDictionary(static file => file.Entry, ReferenceEqualityComparer.Instance as IEqualityComparer<Entry>);

    public override int Depth => depth;

    public override byte[] Path { get; } = System.Text.Encoding.UTF8.GetBytes(path);

    public override Entry Self => self;

    public override IReadOnlyList<Entry> Entries => _entries;

    public override ISourceFile OpenFile(Entry entry) => _files[entry].Open();

    private sealed class ByteOrder : IComparer<byte[]>
    {
        public static readonly ByteOrder Instance = new();

        public int Compare(byte[]? x, byte[]? y) => x.AsSpan().SequenceCompareTo(y);
    }
}

/// <summary>A file of the virtual tree: its entry, and what opens it.</summary>
internal sealed record DatabaseFile(Entry Entry, Func<ISourceFile> Open);

/// <summary>Makes the entries of the virtual tree: nothing of them changes but with their content.</summary>
internal static class DatabaseEntries
{
    private const uint FileMode = 0b110_000_000;
    private const uint FolderMode = 0b111_000_000;

    public static Entry Folder(string name) => new() { Name = System.Text.Encoding.UTF8.GetBytes(name), Kind = EntryKind.Directory, Mode = FolderMode };

    /// <summary>A file whose content is known: told from another by that alone.</summary>
    public static Entry File(string name, long size, UInt128 content) => new()
    {
        Name = System.Text.Encoding.UTF8.GetBytes(name),
        Kind = EntryKind.File,
        Mode = FileMode,
        Size = size,
        Inode = (ulong)content,
        Changed = new Timestamp((long)(ulong)(content >> 64), 0),
    };

    /// <summary>A file whose content nobody knows before it is read: it is read whatever it was before.</summary>
    public static Entry Stream(string name, long expected, DateTimeOffset read) => new()
    {
        Name = System.Text.Encoding.UTF8.GetBytes(name),
        Kind = EntryKind.File,
        Mode = FileMode,
        Size = expected,
        Changed = new Timestamp(read.ToUnixTimeSeconds(), (uint)(read.Ticks % TimeSpan.TicksPerSecond * TimeSpan.NanosecondsPerTick)),
    };

    /// <summary>A file from memory.</summary>
    public static DatabaseFile FromBytes(string name, byte[] content)
    {
        var entry = File(name, content.Length, RowFormat.HashOf(content));
        return new DatabaseFile(entry, () => new BytesFile(entry, content));
    }

    private sealed class BytesFile(Entry entry, byte[] content) : ISourceFile
    {
        private int _read;

        public Entry Current { get; } = entry with { };

        public int Read(Span<byte> buffer)
        {
            var taken = Math.Min(buffer.Length, content.Length - _read);
            content.AsSpan(_read, taken).CopyTo(buffer);
            _read += taken;
            return taken;
        }

        public bool Unchanged() => true;

        public void Dispose()
        {
        }
    }
}

/// <summary>A file that is written while it is read: what is added is given out in the order in which it came.</summary>
internal abstract class GrowingFile(Entry entry) : ISourceFile
{
    private const int Buffer = 64 << 10;

    /// <summary>There may be very many short files.</summary>
    private byte[] _buffer = new byte[(int)Math.Min(entry.Size, Buffer)];
    private int _start;
    private int _end;
    private long _given;

    /// <inheritdoc/>
    public Entry Current => entry with { Size = Math.Max(_given, IsDone ? 0 : entry.Size) };

    /// <summary>Nothing is added any more.</summary>
    protected bool IsDone { get; set; }

    public int Read(Span<byte> buffer)
    {
        while (_start == _end && !IsDone)
        {
            (_start, _end) = (0, 0);
            Grow();
        }

        var taken = Math.Min(buffer.Length, _end - _start);
        _buffer.AsSpan(_start, taken).CopyTo(buffer);
        _start += taken;
        _given += taken;
        return taken;
    }

    public bool Unchanged() => true;

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    protected abstract void Dispose(bool disposing);

    /// <summary>Adds something, or says that it is done.</summary>
    protected abstract void Grow();

    protected void Add(ReadOnlySpan<byte> bytes)
    {
        if (_buffer.Length - _end < bytes.Length)
        {
            Array.Resize(ref _buffer, Math.Max(_end + bytes.Length, _buffer.Length * 2));
        }

        bytes.CopyTo(_buffer.AsSpan(_end));
        _end += bytes.Length;
    }
}
