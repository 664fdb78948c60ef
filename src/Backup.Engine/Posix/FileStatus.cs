using System.Runtime.InteropServices;

namespace Backup.Engine.Posix;

/// <summary>
/// What statx(2) says of a file, as far as durable writing asks. The layout is the kernel's, the same on every architecture.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = 256)]
internal readonly struct FileStatus
{
    private const ushort KindBits = 0xF000;

    [FieldOffset(16)]
    public readonly uint Links;

    [FieldOffset(20)]
    public readonly uint UserId;

    [FieldOffset(28)]
    private readonly ushort _mode;

    [FieldOffset(32)]
    private readonly ulong _inode;

    [FieldOffset(40)]
    private readonly long _size;

    [FieldOffset(80)]
    private readonly long _bornSeconds;

    [FieldOffset(88)]
    private readonly uint _bornNanoseconds;

    [FieldOffset(112)]
    private readonly long _modifiedSeconds;

    [FieldOffset(120)]
    private readonly uint _modifiedNanoseconds;

    [FieldOffset(136)]
    private readonly uint _deviceMajor;

    [FieldOffset(140)]
    private readonly uint _deviceMinor;

    public bool IsFile => (_mode & KindBits) == 0x8000;

    public bool IsDirectory => (_mode & KindBits) == 0x4000;

    public uint Permissions => _mode & 0xFFFu;

    public long Size => _size;

    public DateTimeOffset Modified =>
        DateTimeOffset.FromUnixTimeSeconds(_modifiedSeconds).AddTicks(_modifiedNanoseconds / TimeSpan.NanosecondsPerTick);

    public FileIdentity Identity => new(_deviceMajor, _deviceMinor, _inode, _bornSeconds, _bornNanoseconds);
}

/// <summary>
/// Tells an inode from every other, also from a later one with its number: where the file system knows it, the time of birth belongs to it.
/// </summary>
internal sealed record FileIdentity(uint DeviceMajor, uint DeviceMinor, ulong Inode, long BornSeconds, uint BornNanoseconds);
