using System.Runtime.InteropServices;

namespace Backup.Engine.Posix;

/// <summary>
/// The system calls as they are: -1 and an error number (<see cref="LastError"/>) on failure, no retry, no policy. The framework's own file
/// calls lose the errors of fsync and close and know no directory fsync, no exclusive rename and no byte names; that is why these exist.
/// This part: what durable writing needs. Structures and flags are those of Linux on x86-64 and arm64, where they agree unless said.
/// </summary>
internal static unsafe partial class Native
{
    private const string C = "libc";

    public const int ReadOnly = 0;
    public const int WriteOnly = 1;
    public const int ReadWrite = 2;
    public const int Create = 0x40;
    public const int Exclusive = 0x80;
    public const int NoTerminal = 0x100;
    public const int NonBlocking = 0x800;
    public const int CloseOnExec = 0x80000;

    /// <summary>The current directory as the start of a relative name.</summary>
    public const int Here = -100;

    public const uint RenameNoReplace = 1;
    public const int RemoveDirectory = 0x200;

    public const int LockExclusive = 2;
    public const int LockNonBlocking = 4;
    public const int Unlock = 8;

    /// <summary>O_DIRECTORY, one of the flags that differ between the architectures.</summary>
    public static readonly int DirectoryOnly = IsArm ? 0x4000 : 0x10000;

    /// <summary>O_NOFOLLOW, another one.</summary>
    public static readonly int NoFollow = IsArm ? 0x8000 : 0x20000;

    /// <summary>O_DIRECT, the third: past the page cache, in whole blocks.</summary>
    public static readonly int Direct = IsArm ? 0x10000 : 0x4000;

    private const int SetStatusFlags = 4;

    private static bool IsArm => RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm;

    public static Errno LastError => (Errno)Marshal.GetLastPInvokeError();

    [LibraryImport(C, EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Open(string path, int flags, uint mode = 0);

    [LibraryImport(C, EntryPoint = "openat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int OpenAt(int directory, string path, int flags, uint mode = 0);

    [LibraryImport(C, EntryPoint = "openat", SetLastError = true)]
    public static partial int OpenAt(int directory, byte* path, int flags, uint mode = 0);

    [LibraryImport(C, EntryPoint = "close", SetLastError = true)]
    public static partial int Close(int file);

    [LibraryImport(C, EntryPoint = "read", SetLastError = true)]
    public static partial nint Read(int file, byte* buffer, nuint length);

    [LibraryImport(C, EntryPoint = "write", SetLastError = true)]
    public static partial nint Write(int file, byte* buffer, nuint length);

    [LibraryImport(C, EntryPoint = "pread", SetLastError = true)]
    public static partial nint PRead(int file, byte* buffer, nuint length, long offset);

    [LibraryImport(C, EntryPoint = "pwrite", SetLastError = true)]
    public static partial nint PWrite(int file, byte* buffer, nuint length, long offset);

    [LibraryImport(C, EntryPoint = "fcntl", SetLastError = true)]
    private static partial int Control(int file, int command, int argument);

    /// <summary>Ends <see cref="Direct"/> for an open file.</summary>
    public static int UsePageCache(int file) => Control(file, SetStatusFlags, 0);

    [LibraryImport(C, EntryPoint = "ftruncate", SetLastError = true)]
    public static partial int FTruncate(int file, long length);

    [LibraryImport(C, EntryPoint = "fsync", SetLastError = true)]
    public static partial int FSync(int file);

    [LibraryImport(C, EntryPoint = "fdatasync", SetLastError = true)]
    public static partial int FDataSync(int file);

    [LibraryImport(C, EntryPoint = "syncfs", SetLastError = true)]
    public static partial int SyncFs(int file);

    [LibraryImport(C, EntryPoint = "renameat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int RenameAt(int fromDirectory, string from, int toDirectory, string to);

    [LibraryImport(C, EntryPoint = "renameat2", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int RenameAt2(int fromDirectory, string from, int toDirectory, string to, uint flags);

    [LibraryImport(C, EntryPoint = "renameat2", SetLastError = true)]
    public static partial int RenameAt2(int fromDirectory, byte* from, int toDirectory, byte* to, uint flags);

    [LibraryImport(C, EntryPoint = "linkat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int LinkAt(int fromDirectory, string from, int toDirectory, string to, int flags);

    [LibraryImport(C, EntryPoint = "linkat", SetLastError = true)]
    public static partial int LinkAt(int fromDirectory, byte* from, int toDirectory, byte* to, int flags);

    [LibraryImport(C, EntryPoint = "unlinkat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int UnlinkAt(int directory, string path, int flags);

    [LibraryImport(C, EntryPoint = "unlinkat", SetLastError = true)]
    public static partial int UnlinkAt(int directory, byte* path, int flags);

    [LibraryImport(C, EntryPoint = "mkdirat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int MkDirAt(int directory, string path, uint mode);

    [LibraryImport(C, EntryPoint = "mkdirat", SetLastError = true)]
    public static partial int MkDirAt(int directory, byte* path, uint mode);

    [LibraryImport(C, EntryPoint = "flock", SetLastError = true)]
    public static partial int FLock(int file, int operation);

    [LibraryImport(C, EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int StatusByName(int directory, string path, int flags, uint mask, FileStatus* status);

    /// <summary>Links are not followed; an empty name is the directory (or file) itself.</summary>
    public static int Status(int directory, string path, out FileStatus status)
    {
        const int NoFollowEmptyPath = 0x100 | 0x1000;
        const uint BasicsAndBirth = 0xFFF;
        fixed (FileStatus* destination = &status)
        {
            return StatusByName(directory, path, NoFollowEmptyPath, BasicsAndBirth, destination);
        }
    }

    /// <summary>Fills a struct statfs.</summary>
    [LibraryImport(C, EntryPoint = "fstatfs", SetLastError = true)]
    public static partial int FileSystemStatus(int file, long* status);

    [LibraryImport(C, EntryPoint = "poll", SetLastError = true)]
    private static partial int Poll(PollEntry* entries, nuint count, int milliseconds);

    /// <summary>Waits until something can be read: 1, or 0 when the time is up, or -1.</summary>
    public static int AwaitInput(int file, int milliseconds)
    {
        var entry = new PollEntry(file, Events: 1, Returned: 0);
        return Poll(&entry, 1, milliseconds);
    }

    [StructLayout(LayoutKind.Sequential)]
    private record struct PollEntry(int File, short Events, short Returned);
}
