using System.Globalization;
using System.Text;

namespace Backup.Engine.Posix;

/// <summary>Who holds a lock, as far as it said so.</summary>
/// <param name="ProcessId">0 if it has not said yet.</param>
/// <param name="Purpose">What it does; empty if it has not said yet.</param>
/// <param name="Since">When it took the lock.</param>
public readonly record struct LockHolder(int ProcessId, string Purpose, DateTimeOffset Since)
{
    public override string ToString() => ProcessId == 0
        ? "another process"
        : string.Create(CultureInfo.InvariantCulture, $"process {ProcessId} ({Purpose}, since {Since:yyyy-MM-dd HH:mm:ss}Z)");
}

/// <summary>
/// An exclusive lock between processes, and between threads of one, on a file (flock(2)). The kernel ends it with the process, however that
/// ends; no lock is ever left over. The file stays: removing it would let two hold the lock.
/// </summary>
public sealed class FileLock : IDisposable
{
    private const uint FileMode = 0b110_000_000;
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);
    private readonly Descriptor _file;

    private FileLock(Descriptor file) => _file = file;

    /// <summary>Takes the lock if it is free.</summary>
    /// <param name="path">The lock file; it is made if missing, its folder is not.</param>
    /// <param name="purpose">What the lock is taken for, one word or two, for others to read.</param>
    /// <param name="holder">Who has it, if the result is null.</param>
    /// <returns>The lock, to be disposed; null if another holds it.</returns>
    public static FileLock? TryTake(string path, string purpose, out LockHolder holder)
    {
        holder = default;
        while (true)
        {
            var file = Descriptor.Open(path, Native.ReadWrite | Native.Create | Native.NoFollow, FileMode);
            try
            {
                if (!TryLock(file, path))
                {
                    holder = ReadHolder(file);
                    file.Dispose();
                    return null;
                }

                if (StillNamed(file, path))
                {
                    WriteHolder(file, purpose);
                    return new FileLock(file);
                }
            }
            catch
            {
                file.Dispose();
                throw;
            }

            // Somebody removed the file between our opening and locking it: a lock on a file without a name excludes nobody.
            file.Dispose();
        }
    }

    /// <summary>Takes the lock or says who has it.</summary>
    /// <exception cref="BackupException"><see cref="FailureKind.NotOwner"/>: another holds it.</exception>
    public static FileLock Take(string path, string purpose) => TryTake(path, purpose, out var holder) ?? throw Held(path, holder);

    /// <summary>Takes the lock as soon as it is free.</summary>
    /// <exception cref="BackupException"><see cref="FailureKind.NotOwner"/>: another still holds it after
    /// <paramref name="wait"/>.</exception>
    public static async Task<FileLock> TakeAsync(
        string path, string purpose, TimeSpan wait, TimeProvider time, CancellationToken cancellation)
    {
        for (var start = time.GetTimestamp(); ;)
        {
            if (TryTake(path, purpose, out var holder) is { } taken)
            {
                return taken;
            }

            if (time.GetElapsedTime(start) >= wait)
            {
                throw Held(path, holder);
            }

            await Task.Delay(Interval, time, cancellation);
        }
    }

    public void Dispose()
    {
        if (_file.Number >= 0)
        {
            _ = Native.FTruncate(_file.Number, 0);

            // Closing alone would leave the lock to a process that was forked and has not executed its program yet.
            _ = Native.FLock(_file.Number, Native.Unlock);
            _file.Dispose();
        }
    }

    private static BackupException Held(string path, LockHolder holder) =>
        new(FailureKind.NotOwner, $"The lock {path} is held by {holder}.", "Wait until it is done, then run again.");

    private static bool TryLock(Descriptor file, string path)
    {
        while (Native.FLock(file.Number, Native.LockExclusive | Native.LockNonBlocking) != 0)
        {
            if (Native.LastError == Errno.EAGAIN)
            {
                return false;
            }

            if (Native.LastError != Errno.EINTR)
            {
                throw PosixException.Last("lock", path);
            }
        }

        return true;
    }

    private static bool StillNamed(Descriptor file, string path) =>
        Native.Status(Native.Here, path, out var named) == 0 && named.Identity == file.Status().Identity;

    private static void WriteHolder(Descriptor file, string purpose)
    {
        try
        {
            _ = Native.FTruncate(file.Number, 0);
            file.Write(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessId} {purpose}\n")));
        }
        catch (PosixException)
        {
            // The lock is held all the same. On a full disk an erasure must still be able to run.
        }
    }

    private static LockHolder ReadHolder(Descriptor file)
    {
        Span<byte> buffer = stackalloc byte[256];
        var words = Encoding.UTF8.GetString(buffer[..file.ReadAt(0, buffer)]).TrimEnd('\n').Split(' ', 2);
        return words.Length == 2 && int.TryParse(words[0], NumberStyles.None, CultureInfo.InvariantCulture, out var process)
            ? new LockHolder(process, words[1], file.Status().ModifiedTime)
            : default;
    }
}
