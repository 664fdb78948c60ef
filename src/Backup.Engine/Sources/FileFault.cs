using Backup.Engine.Posix;

namespace Backup.Engine.Sources;

/// <summary>What an error of a source file means for its reader.</summary>
internal static class FileFault
{
    /// <summary>The exception for a path.</summary>
    /// <param name="errno">Of the call that failed.</param>
    /// <param name="path">Absolute.</param>
    /// <param name="what">What was to be read: "content", "attributes".</param>
    public static SourceReadException Of(int errno, byte[] path, string what) => IsChange(errno)
        ? new SourceChangedException($"{PathText.Show(path)}: {Reason(errno, what)}")
        : new SourceReadException($"{PathText.Show(path)}: {Reason(errno, what)}");

    /// <summary>The reason alone, for a report that has the path already.</summary>
    public static string Reason(int errno, string what) => errno switch
    {
        FileSystemCalls.Errno.NotFound => "it vanished while the source was read",
        _ when IsChange(errno) => "it is not any more what it was when its folder was listed",
        _ => $"its {what} cannot be read: {FileSystemCalls.Describe(errno)}",
    };

    // ESTALE is also what the descriptor cache says of another inode; ENXIO is a socket or a FIFO's other end.
    private static bool IsChange(int errno) => errno is
        FileSystemCalls.Errno.NotFound or FileSystemCalls.Errno.LinkMet or FileSystemCalls.Errno.NotDirectory or
        FileSystemCalls.Errno.NoSuchDevice or FileSystemCalls.Errno.Stale;
}
