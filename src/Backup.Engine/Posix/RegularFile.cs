using System.Text;

namespace Backup.Engine.Posix;

/// <summary>
/// Tells files from what only stands among them. To read a FIFO or a device may wait for ever, never end, or look like an empty file.
/// </summary>
internal static class RegularFile
{
    /// <summary>What this process was given open, as by a shell's <c>&lt;(…)</c>: a pipe there has somebody who writes.</summary>
    private static readonly string[] Given = ["/dev/fd/", "/proc/self/fd/", "/dev/stdin"];

    /// <summary>Whether a file stands at a path that can be read again and again.</summary>
    public static bool Is(string path) => FileSystemCalls.StatusFollowed(Encoding.UTF8.GetBytes(path), out var status) >= 0 && status.Type == FileType.Regular;

    /// <summary>
    /// What stands at a path instead of a file that can be read to its end: "a folder", "a FIFO", "a device", "a socket". Null for a regular file, a pipe that
    /// this process was given open, and where nothing can be seen.
    /// </summary>
    public static string? Instead(string path) => FileSystemCalls.StatusFollowed(Encoding.UTF8.GetBytes(path), out var status) < 0 ? null : status.Type switch
    {
        FileType.Regular => null,
        FileType.Fifo when Array.Exists(Given, given => path.StartsWith(given, StringComparison.Ordinal)) => null,
        FileType.Fifo => "a FIFO",
        FileType.Directory => "a folder",
        FileType.Socket => "a socket",
        _ => "a device",
    };
}
