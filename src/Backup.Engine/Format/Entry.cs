namespace Backup.Engine.Format;

/// <summary>What an entry of a directory is. The values are stored.</summary>
public enum EntryKind : byte
{
    File = 1,
    Directory = 2,
    SymbolicLink = 3,
    Fifo = 4,
    Socket = 5,
    CharacterDevice = 6,
    BlockDevice = 7,
}

/// <summary>A point in time as the file system keeps it: whole seconds since 1970 (negative before) and nanoseconds (0–999,999,999).</summary>
public readonly record struct Timestamp(long Seconds, uint Nanoseconds);

/// <summary>An extended attribute, name and value as bytes. POSIX ACLs and file capabilities are extended attributes too.</summary>
public readonly record struct ExtendedAttribute(byte[] Name, byte[] Value);

/// <summary>A stretch of a file that holds data; what lies between is a hole.</summary>
public readonly record struct Extent(long Offset, long Length);

/// <summary>
/// One entry of a directory with everything that is restored of it. Names and link targets are bytes: nothing says that they are UTF-8.
/// FORMAT.md, section 9.2, gives the stored form.
/// </summary>
public sealed record Entry
{
    /// <summary>1 to 255 bytes, without '/' and NUL; neither "." nor "..". Empty only for the root of a tree.</summary>
    public required byte[] Name { get; init; }

    public required EntryKind Kind { get; init; }

    /// <summary>The twelve permission bits: setuid, setgid, sticky, rwxrwxrwx.</summary>
    public uint Mode { get; init; }

    public uint UserId { get; init; }

    public uint GroupId { get; init; }

    /// <summary>The name of <see cref="UserId"/> on the machine that was read, or null. Stored once for a page, by id.</summary>
    public string? User { get; set; }

    /// <summary>The name of <see cref="GroupId"/> on the machine that was read, or null. Stored once for a page, by id.</summary>
    public string? Group { get; set; }

    public Timestamp Modified { get; init; }

    /// <summary>ctime: never restored, only compared by the next run.</summary>
    public Timestamp Changed { get; init; }

    /// <summary>Only compared by the next run, and, with <see cref="Device"/>, the key that joins hard links.</summary>
    public ulong Inode { get; init; }

    public ulong Device { get; init; }

    /// <summary>Number of hard links the inode had.</summary>
    public uint Links { get; init; } = 1;

    /// <summary>Length of a file in bytes, holes included; 0 for everything else.</summary>
    public long Size { get; init; }

    /// <summary>Target of a symbolic link, else null.</summary>
    public byte[]? LinkTarget { get; init; }

    /// <summary>Major and minor number of a device node.</summary>
    public (uint Major, uint Minor) DeviceNumber { get; init; }

    /// <summary>Sorted by name, bytewise; empty if there are none, or if they were not read yet (a source reads them when asked).</summary>
    public IReadOnlyList<ExtendedAttribute> Attributes { get; set; } = [];

    /// <summary>The stretches that hold data, ascending; null when the file has no hole.</summary>
    public IReadOnlyList<Extent>? Extents { get; set; }

    /// <summary>Where the content of a file is stored; null for everything else and for an empty file.</summary>
    public ContentReference? Content { get; set; }

    /// <summary>The first page of a directory's entries in the entry's own domain; null for everything else.</summary>
    public BlobId? Tree { get; set; }

    /// <summary>The first page of the grafts that hang in a directory; null if none does.</summary>
    public BlobId? Grafts { get; set; }

    /// <summary>Set by sources that know it entry by entry (a database row, a mail): the class of this entry, else null.</summary>
    public string? Class { get; init; }

    /// <summary>Set by sources that know it entry by entry: the period of this entry, else null.</summary>
    public string? Period { get; init; }

    /// <summary>Set by sources that know it entry by entry: the subject of this entry, else null. Only ever stored in that subject's own domain.</summary>
    public string? Subject { get; init; }

    /// <summary>True when the content could not be read completely; the reason stands in the run's report, not here.</summary>
    public bool Incomplete { get; set; }

    /// <summary>
    /// True for a directory of which something is not in the snapshot: it only leads to a root, something in it was left out or lies on another file system,
    /// or it could not be listed. What stands beside the restored entries is then never removed.
    /// </summary>
    public bool Partial { get; set; }
}

/// <summary>The blobs of a file in order.</summary>
/// <param name="Level">0: <paramref name="Blobs"/> is the content itself; n: they are lists of level n−1.</param>
/// <param name="Blobs">Ids with the number of content bytes below each.</param>
public sealed record ContentReference(int Level, IReadOnlyList<BlobReference> Blobs);

/// <summary>A blob and the number of content bytes it stands for.</summary>
public readonly record struct BlobReference(BlobId Id, long Length);
