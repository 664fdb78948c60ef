using System.Globalization;
using System.Runtime.InteropServices;

namespace Backup.Engine.Posix;

/// <summary>An open file or directory whose every error is reported, that of closing included. Used by one thread at a time.</summary>
internal sealed unsafe class Descriptor : IDisposable
{
    /// <summary>
    /// File systems on which one syncfs makes everything durable that was written before: ext2–4, xfs, btrfs, f2fs, bcachefs, zfs, tmpfs,
    /// overlay. Elsewhere (FUSE does not hand it on) each file is synced by itself.
    /// </summary>
    private static readonly HashSet<long> SyncedAsWhole =
        [0xEF53, 0x58465342, 0x9123683E, 0xF2F52010, 0xCA451A4E, 0x2FC12FC1, 0x01021994, 0x794C7630];

    /// <summary>Since Linux 5.8 syncfs reports what failed to be written (kernel commit 735e4ae5ba28).</summary>
    private static readonly bool SyncFsReportsErrors = Environment.OSVersion.Version >= new Version(5, 8);

    /// <summary>What direct writes are aligned to: no common disk has larger sectors.</summary>
    private const int Block = 4096;

    private const int DirectPiece = 1 << 20;

    private readonly string _path;
    private int _number;

    private Descriptor(int number, string path)
    {
        _number = number;
        _path = path;
    }

    /// <summary>For calls this class does not wrap. Valid until closed.</summary>
    public int Number => _number;

    /// <exception cref="PosixException">It cannot be opened.</exception>
    public static Descriptor Open(string path, int flags, uint mode = 0) =>
        TryOpen(Native.Here, path, path, flags, mode) ?? throw PosixException.Last("open", path);

    /// <summary>Opens a name below this directory, or null with the reason in <see cref="Native.LastError"/>.</summary>
    public Descriptor? TryOpen(string name, int flags, uint mode = 0) => TryOpen(_number, name, PathOf(name), flags, mode);

    /// <inheritdoc cref="TryOpen(string, int, uint)"/>
    public static Descriptor? TryOpenPath(string path, int flags, uint mode = 0) => TryOpen(Native.Here, path, path, flags, mode);

    /// <summary>The path of a name below this directory, for messages.</summary>
    public string PathOf(string name) => name.Length == 0 ? _path : $"{_path}/{name}";

    /// <summary>The status of a name below this directory, links not followed; null if there is none.</summary>
    public FileStatus? StatusOf(string name)
    {
        if (Native.Status(_number, name, out var status) == 0)
        {
            return status;
        }

        return Native.LastError is Errno.ENOENT or Errno.ENOTDIR ? null : throw PosixException.Last("look at", PathOf(name));
    }

    public FileStatus Status() => StatusOf("") ?? throw new PosixException(Errno.ENOENT, "look at", _path);

    public void Write(ReadOnlySpan<byte> content)
    {
        fixed (byte* start = content)
        {
            for (var done = 0; done < content.Length;)
            {
                var written = Native.Write(_number, start + done, (nuint)(content.Length - done));
                if (written > 0)
                {
                    done += (int)written;
                }
                else if (written == 0)
                {
                    throw new PosixException(Errno.EIO, "write", _path, "the device takes no more bytes");
                }
                else if (Native.LastError != Errno.EINTR)
                {
                    throw PosixException.Last("write", _path);
                }
            }
        }
    }

    /// <summary>
    /// Writes to a file opened with <see cref="Native.Direct"/>: whole blocks past the page cache, the rest through it. What is written is
    /// not read again soon, and the server's own work needs the cache.
    /// </summary>
    public void WriteDirect(ReadOnlySpan<byte> content)
    {
        var piece = (byte*)NativeMemory.AlignedAlloc(DirectPiece, Block);
        try
        {
            while (content.Length >= Block)
            {
                var length = Math.Min(content.Length, DirectPiece) / Block * Block;
                content[..length].CopyTo(new Span<byte>(piece, length));
                var written = (int)Native.Write(_number, piece, (nuint)length);
                if (written < 0 && Native.LastError is not (Errno.EINTR or Errno.EINVAL))
                {
                    throw PosixException.Last("write", _path);
                }

                if (written < 0 && Native.LastError == Errno.EINTR)
                {
                    continue;
                }

                content = content[Math.Max(written, 0)..];
                if (written <= 0 || written % Block != 0)
                {
                    // This file system or device wants larger blocks, or is full: the ordinary way says what it is.
                    break;
                }
            }
        }
        finally
        {
            NativeMemory.AlignedFree(piece);
        }

        if (Native.UsePageCache(_number) != 0)
        {
            throw PosixException.Last("write", _path);
        }

        Write(content);
    }

    /// <summary>Reads up to the length of the buffer.</summary>
    /// <returns>The number of bytes, less than asked only at the end of the file.</returns>
    public int ReadAt(long offset, Span<byte> buffer)
    {
        var done = 0;
        fixed (byte* start = buffer)
        {
            while (done < buffer.Length)
            {
                var read = Native.PRead(_number, start + done, (nuint)(buffer.Length - done), offset + done);
                if (read == 0)
                {
                    break;
                }

                if (read > 0)
                {
                    done += (int)read;
                }
                else if (Native.LastError != Errno.EINTR)
                {
                    throw PosixException.Last("read", _path);
                }
            }
        }

        return done;
    }

    /// <summary>
    /// Makes the file, or the names in the directory, durable. After a failure the file is worthless: what the kernel dropped it does not
    /// say twice.
    /// </summary>
    public void Sync()
    {
        while (Native.FSync(_number) != 0)
        {
            if (Native.LastError != Errno.EINTR)
            {
                throw PosixException.Last("make durable", _path);
            }
        }
    }

    /// <summary>Whether one <see cref="SyncFileSystem"/> stands for a <see cref="Sync"/> of every file in it.</summary>
    public bool CanSyncAsWhole()
    {
        // The kind is the first word of struct statfs, which is at most 120 bytes long.
        var buffer = stackalloc long[32];
        return SyncFsReportsErrors && Native.FileSystemStatus(_number, buffer) == 0 && SyncedAsWhole.Contains(buffer[0]);
    }

    /// <summary>Makes durable what was written to this file system so far; reports what failed since this descriptor was opened.</summary>
    public void SyncFileSystem()
    {
        if (Native.SyncFs(_number) != 0)
        {
            throw PosixException.Last("make durable what is in", _path);
        }
    }

    /// <summary>Closes it and reports a failure: some file systems tell only here that a write was lost.</summary>
    public void Close()
    {
        var number = Interlocked.Exchange(ref _number, -1);

        // EINTR: Linux has closed it all the same; a second close could hit another thread's file.
        if (number >= 0 && Native.Close(number) != 0 && Native.LastError != Errno.EINTR)
        {
            throw PosixException.Last("close", _path);
        }
    }

    /// <summary>Closes what <see cref="Close"/> has not closed: after an error, or after reading, where nothing can be lost.</summary>
    public void Dispose()
    {
        var number = Interlocked.Exchange(ref _number, -1);
        if (number >= 0)
        {
            _ = Native.Close(number);
        }
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{_number}: {_path}");

    private static Descriptor? TryOpen(int directory, string name, string path, int flags, uint mode)
    {
        int number;
        do
        {
            number = Native.OpenAt(directory, name, flags | Native.CloseOnExec, mode);
        }
        while (number < 0 && Native.LastError == Errno.EINTR);
        return number < 0 ? null : new Descriptor(number, path);
    }
}
