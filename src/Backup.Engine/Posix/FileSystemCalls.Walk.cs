using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Backup.Engine.Posix;

/// <content>What reading a tree needs.</content>
internal static unsafe partial class FileSystemCalls
{
    private const int BasicStatus = 0x7ff;

    private const int MountIdentity = 0x1000;

    private const int NoAutomount = 0x800;

    /// <summary>openat(2), close-on-exec always. Repeats when a signal came in between.</summary>
    /// <param name="directory">An open directory, or <see cref="CurrentDirectory"/> with an absolute path.</param>
    /// <param name="name">Without a NUL inside.</param>
    /// <param name="flags">Of <see cref="Flags"/>.</param>
    /// <param name="mode">Of a file that is created, before the umask.</param>
    [SkipLocalsInit]
    public static int OpenAt(int directory, ReadOnlySpan<byte> name, int flags, uint mode = 0)
    {
        fixed (byte* path = Terminate(name, stackalloc byte[NameBuffer]))
        {
            int result;
            do
            {
                result = Result(openat(directory, path, flags | Flags.CloseOnExec, mode));
            }
            while (result == -Errno.Interrupted);
            return result;
        }
    }

    /// <summary>close(2). The descriptor is gone whatever it answers.</summary>
    public static int Close(int descriptor) => Result(close(descriptor));

    /// <summary>statx(2) of a name in a directory; a symbolic link is described itself.</summary>
    [SkipLocalsInit]
    public static int Status(int directory, ReadOnlySpan<byte> name, out FileStatus status, bool automount = false)
    {
        fixed (byte* path = Terminate(name, stackalloc byte[NameBuffer]))
        {
            return Result(statx(directory, path, NoFollow | (automount ? 0 : NoAutomount), BasicStatus | MountIdentity, out status));
        }
    }

    /// <summary>statx(2) of an absolute path, links followed.</summary>
    [SkipLocalsInit]
    public static int StatusFollowed(ReadOnlySpan<byte> absolutePath, out FileStatus status)
    {
        fixed (byte* path = Terminate(absolutePath, stackalloc byte[NameBuffer]))
        {
            return Result(statx(CurrentDirectory, path, 0, BasicStatus | MountIdentity, out status));
        }
    }

    /// <summary>statx(2) of what is open.</summary>
    public static int Status(int descriptor, out FileStatus status)
    {
        byte empty = 0;
        return Result(statx(descriptor, &empty, EmptyPath, BasicStatus | MountIdentity, out status));
    }

    /// <summary>getdents64(2): the next directory entries as raw records, 0 at the end.</summary>
    public static int ReadDirectory(int directory, Span<byte> buffer)
    {
        fixed (byte* start = buffer)
        {
            return (int)Result(getdents64(directory, start, (nuint)buffer.Length));
        }
    }

    /// <summary>readlinkat(2): the number of bytes of the target that fitted.</summary>
    [SkipLocalsInit]
    public static int ReadLink(int directory, ReadOnlySpan<byte> name, Span<byte> target)
    {
        fixed (byte* path = Terminate(name, stackalloc byte[NameBuffer]), start = target)
        {
            return (int)Result(readlinkat(directory, path, start, (nuint)target.Length));
        }
    }

    /// <summary>pread(2). Repeats when a signal came in between.</summary>
    public static int Read(int descriptor, Span<byte> buffer, long offset)
    {
        fixed (byte* start = buffer)
        {
            int result;
            do
            {
                result = (int)Result(pread(descriptor, start, (nuint)buffer.Length, offset));
            }
            while (result == -Errno.Interrupted);
            return result;
        }
    }

    /// <summary>Where data begins at or after an offset; -<see cref="Errno.NoSuchDevice"/> when none follows.</summary>
    public static long SeekData(int descriptor, long offset) => Result((nint)lseek(descriptor, offset, 3));

    /// <summary>Where a hole begins at or after an offset; the end of the file counts as one.</summary>
    public static long SeekHole(int descriptor, long offset) => Result((nint)lseek(descriptor, offset, 4));

    /// <summary>flistxattr(2): names, each with a NUL behind it; the size needed when the buffer is empty.</summary>
    public static int ListAttributes(int descriptor, Span<byte> names)
    {
        fixed (byte* start = names)
        {
            return (int)Result(flistxattr(descriptor, start, (nuint)names.Length));
        }
    }

    /// <summary>fgetxattr(2); the size needed when the buffer is empty.</summary>
    [SkipLocalsInit]
    public static int GetAttribute(int descriptor, ReadOnlySpan<byte> name, Span<byte> value)
    {
        fixed (byte* key = Terminate(name, stackalloc byte[NameBuffer]), start = value)
        {
            return (int)Result(fgetxattr(descriptor, key, start, (nuint)value.Length));
        }
    }

    /// <summary>listxattr(2), or llistxattr(2) if the last link is not followed.</summary>
    [SkipLocalsInit]
    public static int ListAttributes(ReadOnlySpan<byte> absolutePath, bool follow, Span<byte> names)
    {
        fixed (byte* path = Terminate(absolutePath, stackalloc byte[NameBuffer]), start = names)
        {
            var size = (nuint)names.Length;
            return (int)Result(follow ? listxattr(path, start, size) : llistxattr(path, start, size));
        }
    }

    /// <summary>getxattr(2), or lgetxattr(2) if the last link is not followed.</summary>
    [SkipLocalsInit]
    public static int GetAttribute(ReadOnlySpan<byte> absolutePath, bool follow, ReadOnlySpan<byte> name, Span<byte> value)
    {
        fixed (byte* path = Terminate(absolutePath, stackalloc byte[NameBuffer]))
        fixed (byte* key = Terminate(name, stackalloc byte[NameBuffer]), start = value)
        {
            var size = (nuint)value.Length;
            return (int)Result(follow ? getxattr(path, key, start, size) : lgetxattr(path, key, start, size));
        }
    }

    /// <summary>realpath(3).</summary>
    /// <returns>Null if the path leads nowhere.</returns>
    [SkipLocalsInit]
    public static byte[]? RealPath(ReadOnlySpan<byte> absolutePath)
    {
        var resolved = stackalloc byte[4097];
        fixed (byte* path = Terminate(absolutePath, stackalloc byte[NameBuffer]))
        {
            return realpath(path, resolved) is null ? null : MemoryMarshal.CreateReadOnlySpanFromNullTerminated(resolved).ToArray();
        }
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int openat(int directory, byte* path, int flags, uint mode);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int close(int descriptor);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int statx(int directory, byte* path, int flags, uint mask, out FileStatus status);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint getdents64(int directory, byte* buffer, nuint size);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint readlinkat(int directory, byte* path, byte* target, nuint size);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint pread(int descriptor, byte* buffer, nuint size, long offset);

    [LibraryImport("libc", SetLastError = true)]
    private static partial long lseek(int descriptor, long offset, int whence);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint flistxattr(int descriptor, byte* names, nuint size);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint fgetxattr(int descriptor, byte* name, byte* value, nuint size);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint listxattr(byte* path, byte* names, nuint size);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint getxattr(byte* path, byte* name, byte* value, nuint size);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint llistxattr(byte* path, byte* names, nuint size);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint lgetxattr(byte* path, byte* name, byte* value, nuint size);

    [LibraryImport("libc", SetLastError = true)]
    private static partial byte* realpath(byte* path, byte* resolved);
}
