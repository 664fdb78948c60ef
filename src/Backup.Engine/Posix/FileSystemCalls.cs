using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Backup.Engine.Posix;

/// <summary>
/// The calls with which file trees are read and written, on bytes and relative to open directories: the framework cannot name what is not
/// UTF-8, ends at PATH_MAX and blocks on a FIFO. Every method answers with the call's result, or with the negative errno; none throws.
/// Layouts and numbers: Linux man pages 2, x86-64 and arm64.
/// </summary>
internal static unsafe partial class FileSystemCalls
{
    /// <summary>Stands for the current directory; here only together with absolute paths.</summary>
    public const int CurrentDirectory = -100;

    private const int EmptyPath = 0x1000;

    private const int NoFollow = 0x100;

    private const int NameBuffer = 512;

    /// <summary>What a failed call was for, in the system's own words.</summary>
    public static string Describe(int errno) => Marshal.GetPInvokeErrorMessage(errno);

    /// <summary>The name as the kernel wants it, with a NUL behind it.</summary>
    private static ReadOnlySpan<byte> Terminate(ReadOnlySpan<byte> name, Span<byte> buffer)
    {
        if (name.Length >= buffer.Length)
        {
            buffer = new byte[name.Length + 1];
        }

        name.CopyTo(buffer);
        buffer[name.Length] = 0;
        return buffer[..(name.Length + 1)];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Result(int value) => value >= 0 ? value : -Marshal.GetLastPInvokeError();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static long Result(nint value) => value >= 0 ? value : -Marshal.GetLastPInvokeError();

    /// <summary>Flags of open; two differ between the processors.</summary>
    internal static class Flags
    {
        public const int Read = 0;
        public const int Write = 1;
        public const int Create = 0x40;
        public const int Exclusive = 0x80;
        public const int NoTerminal = 0x100;
        public const int NonBlocking = 0x800;
        public const int NoAccessTime = 0x40000;
        public const int CloseOnExec = 0x80000;
        public const int PathOnly = 0x200000;

        public static readonly int Directory = Arm ? 0x4000 : 0x10000;
        public static readonly int NoFollow = Arm ? 0x8000 : 0x20000;

        private static bool Arm => RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm;
    }

    /// <summary>The errors that are told apart.</summary>
    internal static class Errno
    {
        public const int NotPermitted = 1;
        public const int NotFound = 2;
        public const int Interrupted = 4;
        public const int InputOutput = 5;
        public const int NoSuchDevice = 6;
        public const int Exists = 17;
        public const int NotDirectory = 20;
        public const int Invalid = 22;
        public const int NoSpace = 28;
        public const int ReadOnlyFileSystem = 30;
        public const int OutOfRange = 34;

        /// <summary>ELOOP: a symbolic link where none is followed.</summary>
        public const int LinkMet = 40;

        public const int NoData = 61;
        public const int NotSupported = 95;
        public const int Stale = 116;
        public const int QuotaExceeded = 122;
    }
}
