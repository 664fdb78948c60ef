using System.Runtime.InteropServices;

namespace Backup.Engine.Posix;

/// <summary>A system call failed. Carries the error number, so that the caller decides by it and never by the text.</summary>
/// <param name="errno">What the kernel said.</param>
/// <param name="action">What was tried, as it follows "Cannot": "write", "make durable".</param>
/// <param name="path">The file or folder.</param>
/// <param name="reason">What is wrong, where the error number alone would mislead; else the kernel's words are used.</param>
public sealed class PosixException(Errno errno, string action, string path, string? reason = null)
    : BackupException(FailureKind.Failed, $"Cannot {action} {path}: {reason ?? Describe(errno)}.", RemedyFor(errno))
{
    public Errno Errno { get; } = errno;

    public string Path { get; } = path;

    internal static PosixException Last(string action, string path) => new(Native.LastError, action, path);

    private static string Describe(Errno errno)
    {
        var words = Marshal.GetPInvokeErrorMessage((int)errno);
        return Enum.IsDefined(errno) ? $"{words} ({errno})" : $"{words} (error {(int)errno})";
    }

    private static string? RemedyFor(Errno errno) => errno switch
    {
        Errno.ENOSPC => "Free space (or inodes) on that file system, then run again.",
        Errno.EDQUOT => "Raise the quota or free space in it, then run again.",
        Errno.EFBIG => "Raise the file size limit of the process (ulimit -f) or of the file system.",
        Errno.EROFS => "Mount that file system writable; if the kernel made it read-only, check the disk first (dmesg).",
        Errno.EACCES or Errno.EPERM => "Give the user that runs this program the rights to it.",
        Errno.EIO or Errno.EUCLEAN or Errno.EBADMSG => "Check the disk and its file system (dmesg, smartctl).",
        Errno.EOPNOTSUPP => "Use a folder on a Linux file system (ext4, xfs, btrfs, zfs) or on NFS.",
        Errno.EMFILE or Errno.ENFILE => "Raise the limit of open files (ulimit -n).",
        _ => null,
    };
}

/// <summary>The folder itself is not there, or the path leads to another one than before (unmounted, moved, replaced).</summary>
public sealed class FolderMissingException(string path, string reason)
    : BackupException(FailureKind.Failed, $"The folder {path} {reason}.", "Mount or restore it, then run again.")
{
    public string Path { get; } = path;
}
