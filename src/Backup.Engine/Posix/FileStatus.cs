using System.Runtime.InteropServices;

namespace Backup.Engine.Posix;

/// <summary>struct statx of statx(2), 256 bytes, the same on every processor.</summary>
[StructLayout(LayoutKind.Explicit, Size = 256)]
internal readonly struct FileStatus
{
    private const uint TypeMask = 0xF000;

    private const ulong MountRoot = 0x2000;

    [FieldOffset(8)]
    private readonly ulong _attributes;

    [FieldOffset(16)]
    public readonly uint Links;

    [FieldOffset(20)]
    public readonly uint UserId;

    [FieldOffset(24)]
    public readonly uint GroupId;

    [FieldOffset(28)]
    private readonly ushort _mode;

    [FieldOffset(32)]
    public readonly ulong Inode;

    [FieldOffset(40)]
    public readonly long Size;

    /// <summary>In units of 512 bytes.</summary>
    [FieldOffset(48)]
    public readonly long Blocks;

    [FieldOffset(80)]
    private readonly StatusTime _born;

    [FieldOffset(96)]
    private readonly StatusTime _changed;

    [FieldOffset(112)]
    private readonly StatusTime _modified;

    [FieldOffset(128)]
    private readonly uint _nodeMajor;

    [FieldOffset(132)]
    private readonly uint _nodeMinor;

    [FieldOffset(136)]
    private readonly uint _deviceMajor;

    [FieldOffset(140)]
    private readonly uint _deviceMinor;

    /// <summary>As in the first field of /proc/self/mountinfo; 0 before Linux 5.8.</summary>
    [FieldOffset(144)]
    public readonly ulong MountId;

    /// <summary>The twelve permission bits.</summary>
    public uint Permissions => _mode & 0xFFFu;

    public FileType Type => (FileType)(_mode & TypeMask);

    public ulong Device => ((ulong)_deviceMajor << 32) | _deviceMinor;

    public (uint Major, uint Minor) Node => (_nodeMajor, _nodeMinor);

    /// <summary>mtime, since 1970.</summary>
    public (long Seconds, uint Nanoseconds) ModifiedAt => (_modified.Seconds, _modified.Nanoseconds);

    /// <summary>ctime, since 1970.</summary>
    public (long Seconds, uint Nanoseconds) ChangedAt => (_changed.Seconds, _changed.Nanoseconds);

    public bool IsFile => Type == FileType.Regular;

    public bool IsDirectory => Type == FileType.Directory;

    /// <summary><see cref="ModifiedAt"/> to 100 nanoseconds.</summary>
    public DateTimeOffset ModifiedTime =>
        DateTimeOffset.FromUnixTimeSeconds(_modified.Seconds).AddTicks(_modified.Nanoseconds / TimeSpan.NanosecondsPerTick);

    public FileIdentity Birth => new(Identity, (_born.Seconds, _born.Nanoseconds));

    public bool IsMountRoot => (_attributes & MountRoot) != 0;

    public InodeId Identity => new(Device, Inode);

    [StructLayout(LayoutKind.Sequential)]
    private readonly struct StatusTime
    {
        public readonly long Seconds;
        public readonly uint Nanoseconds;
        private readonly int _reserved;
    }
}

/// <summary>What makes two names the same thing, through links and bind mounts.</summary>
internal readonly record struct InodeId(ulong Device, ulong Inode);

/// <summary>Tells an inode from every other, also from a later one with its number: where the file system knows it, the time of birth belongs to it.</summary>
internal sealed record FileIdentity(InodeId Inode, (long Seconds, uint Nanoseconds) Born);

/// <summary>The type bits of st_mode, inode(7).</summary>
internal enum FileType : uint
{
    None = 0,
    Fifo = 0x1000,
    CharacterDevice = 0x2000,
    Directory = 0x4000,
    BlockDevice = 0x6000,
    Regular = 0x8000,
    SymbolicLink = 0xA000,
    Socket = 0xC000,
}
