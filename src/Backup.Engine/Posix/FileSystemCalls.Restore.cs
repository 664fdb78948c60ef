using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Backup.Engine.Posix;

/// <content>What writing a tree needs. Names are single components, so nothing here follows a link but the last, and that only where it
/// says so.</content>
internal static unsafe partial class FileSystemCalls
{
    /// <summary>For <see cref="ChangeOwner"/>: leave this one as it is.</summary>
    public const uint Unchanged = uint.MaxValue;

    private const int RemoveDirectoryFlag = 0x200;

    private const int NoReplace = 1;

    private const long OmitTime = (1L << 30) - 2;

    /// <summary>mkdirat(2).</summary>
    [SkipLocalsInit]
    public static int MakeDirectory(int directory, ReadOnlySpan<byte> name, uint mode)
    {
        fixed (byte* path = Terminate(name, stackalloc byte[NameBuffer]))
        {
            return Result(mkdirat(directory, path, mode));
        }
    }

    /// <summary>mknodat(2) for FIFOs, sockets and devices; readable and writable for the owner only.</summary>
    [SkipLocalsInit]
    public static int MakeNode(int directory, ReadOnlySpan<byte> name, FileType type, (uint Major, uint Minor) device)
    {
        fixed (byte* path = Terminate(name, stackalloc byte[NameBuffer]))
        {
            return Result(mknodat(directory, path, (uint)type | 0x180, PackDevice(device)));
        }
    }

    /// <summary>symlinkat(2).</summary>
    [SkipLocalsInit]
    public static int MakeSymbolicLink(ReadOnlySpan<byte> target, int directory, ReadOnlySpan<byte> name)
    {
        fixed (byte* content = Terminate(target, stackalloc byte[NameBuffer]), path = Terminate(name, stackalloc byte[NameBuffer]))
        {
            return Result(symlinkat(content, directory, path));
        }
    }

    /// <summary>linkat(2); a symbolic link is linked itself.</summary>
    [SkipLocalsInit]
    public static int MakeLink(int fromDirectory, ReadOnlySpan<byte> from, int toDirectory, ReadOnlySpan<byte> to)
    {
        fixed (byte* source = Terminate(from, stackalloc byte[NameBuffer]), path = Terminate(to, stackalloc byte[NameBuffer]))
        {
            return Result(linkat(fromDirectory, source, toDirectory, path, 0));
        }
    }

    /// <summary>unlinkat(2).</summary>
    [SkipLocalsInit]
    public static int Remove(int directory, ReadOnlySpan<byte> name, bool isDirectory = false)
    {
        fixed (byte* path = Terminate(name, stackalloc byte[NameBuffer]))
        {
            return Result(unlinkat(directory, path, isDirectory ? RemoveDirectoryFlag : 0));
        }
    }

    /// <summary>renameat2(2) inside one directory; without <paramref name="replace"/> it fails when the new name exists.</summary>
    [SkipLocalsInit]
    public static int Rename(int directory, ReadOnlySpan<byte> from, ReadOnlySpan<byte> to, bool replace)
    {
        fixed (byte* source = Terminate(from, stackalloc byte[NameBuffer]), path = Terminate(to, stackalloc byte[NameBuffer]))
        {
            return Result(renameat2(directory, source, directory, path, replace ? 0u : NoReplace));
        }
    }

    /// <summary>pwrite(2). Repeats when a signal came in between; may write less than asked.</summary>
    public static int Write(int descriptor, ReadOnlySpan<byte> data, long offset)
    {
        fixed (byte* start = data)
        {
            int result;
            do
            {
                result = (int)Result(pwrite(descriptor, start, (nuint)data.Length, offset));
            }
            while (result == -Errno.Interrupted);
            return result;
        }
    }

    /// <summary>ftruncate(2).</summary>
    public static int SetLength(int descriptor, long length) => Result(ftruncate(descriptor, length));

    /// <summary>fchownat(2) of what is open; works on path-only descriptors too, of links as well.</summary>
    public static int ChangeOwner(int descriptor, uint user, uint group)
    {
        byte empty = 0;
        return Result(fchownat(descriptor, &empty, user, group, EmptyPath | NoFollow));
    }

    /// <summary>fchmod(2).</summary>
    public static int ChangeMode(int descriptor, uint mode) => Result(fchmod(descriptor, mode));

    /// <summary>chmod(2), the last link followed.</summary>
    [SkipLocalsInit]
    public static int ChangeMode(ReadOnlySpan<byte> absolutePath, uint mode)
    {
        fixed (byte* path = Terminate(absolutePath, stackalloc byte[NameBuffer]))
        {
            return Result(fchmodat(CurrentDirectory, path, mode, 0));
        }
    }

    /// <summary>futimens(3): sets mtime, leaves atime.</summary>
    public static int SetModified(int descriptor, long seconds, uint nanoseconds)
    {
        var times = stackalloc long[4] { 0, OmitTime, seconds, nanoseconds };
        return Result(futimens(descriptor, times));
    }

    /// <summary>utimensat(2): sets mtime, leaves atime; the last link followed.</summary>
    [SkipLocalsInit]
    public static int SetModified(ReadOnlySpan<byte> absolutePath, long seconds, uint nanoseconds)
    {
        var times = stackalloc long[4] { 0, OmitTime, seconds, nanoseconds };
        fixed (byte* path = Terminate(absolutePath, stackalloc byte[NameBuffer]))
        {
            return Result(utimensat(CurrentDirectory, path, times, 0));
        }
    }

    /// <summary>fsetxattr(2).</summary>
    [SkipLocalsInit]
    public static int SetAttribute(int descriptor, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        fixed (byte* key = Terminate(name, stackalloc byte[NameBuffer]), start = value)
        {
            return Result(fsetxattr(descriptor, key, start, (nuint)value.Length, 0));
        }
    }

    /// <summary>setxattr(2), the last link followed.</summary>
    [SkipLocalsInit]
    public static int SetAttribute(ReadOnlySpan<byte> absolutePath, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        fixed (byte* path = Terminate(absolutePath, stackalloc byte[NameBuffer]))
        fixed (byte* key = Terminate(name, stackalloc byte[NameBuffer]), start = value)
        {
            return Result(setxattr(path, key, start, (nuint)value.Length, 0));
        }
    }

    /// <summary>fremovexattr(2).</summary>
    [SkipLocalsInit]
    public static int RemoveAttribute(int descriptor, ReadOnlySpan<byte> name)
    {
        fixed (byte* key = Terminate(name, stackalloc byte[NameBuffer]))
        {
            return Result(fremovexattr(descriptor, key));
        }
    }

    /// <summary>removexattr(2), the last link followed.</summary>
    [SkipLocalsInit]
    public static int RemoveAttribute(ReadOnlySpan<byte> absolutePath, ReadOnlySpan<byte> name)
    {
        fixed (byte* path = Terminate(absolutePath, stackalloc byte[NameBuffer]), key = Terminate(name, stackalloc byte[NameBuffer]))
        {
            return Result(removexattr(path, key));
        }
    }

    /// <summary>syncfs(2): the file system that holds the descriptor.</summary>
    public static int SyncFileSystem(int descriptor) => Result(syncfs(descriptor));

    /// <summary>dev_t as glibc's gnu_dev_makedev packs it.</summary>
    private static ulong PackDevice((uint Major, uint Minor) device) =>
        ((ulong)(device.Major & 0xFFFFF000) << 32) | ((ulong)(device.Major & 0xFFF) << 8) |
        ((ulong)(device.Minor & 0xFFFFFF00) << 12) | (device.Minor & 0xFF);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int mkdirat(int directory, byte* path, uint mode);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int mknodat(int directory, byte* path, uint mode, ulong device);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int symlinkat(byte* target, int directory, byte* path);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int linkat(int fromDirectory, byte* from, int toDirectory, byte* to, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int unlinkat(int directory, byte* path, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int renameat2(int fromDirectory, byte* from, int toDirectory, byte* to, uint flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint pwrite(int descriptor, byte* data, nuint size, long offset);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int ftruncate(int descriptor, long length);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fchownat(int directory, byte* path, uint user, uint group, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fchmod(int descriptor, uint mode);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fchmodat(int directory, byte* path, uint mode, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int futimens(int descriptor, long* times);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int utimensat(int directory, byte* path, long* times, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fsetxattr(int descriptor, byte* name, byte* value, nuint size, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int setxattr(byte* path, byte* name, byte* value, nuint size, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fremovexattr(int descriptor, byte* name);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int removexattr(byte* path, byte* name);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int syncfs(int descriptor);
}
