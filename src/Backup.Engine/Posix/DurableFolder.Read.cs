using System.IO.Enumeration;

namespace Backup.Engine.Posix;

/// <summary>A file of a <see cref="DurableFolder"/>.</summary>
/// <param name="Name">Relative to the root.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Modified">When its content was written, by the clock of the file system.</param>
public readonly record struct StoredFile(string Name, long Length, DateTimeOffset Modified);

/// <content>The reading verbs: links are not followed, and nothing but a regular file is read.</content>
public sealed partial class DurableFolder
{
    /// <summary>Whether the root is there. Throws only if that cannot be told.</summary>
    public bool Exists()
    {
        try
        {
            OpenRoot().Dispose();
            return true;
        }
        catch (FolderMissingException)
        {
            return false;
        }
    }

    /// <summary>Reads a whole file.</summary>
    /// <returns>Its bytes, or null if there is none of that name.</returns>
    /// <exception cref="PosixException">Also with EFBIG if it is longer than <paramref name="limit"/>, and with EISDIR or EINVAL if it is
    /// no regular file.</exception>
    public byte[]? Read(string name, int limit)
    {
        using var opened = OpenRoot();
        using var file = OpenFile(opened, name, out var length);
        if (file is null)
        {
            return null;
        }

        if (length > limit)
        {
            throw new PosixException(Errno.EFBIG, "read", opened.PathOf(name), $"it has {length} bytes, and at most {limit} are right");
        }

        var content = GC.AllocateUninitializedArray<byte>((int)length);
        ReadExactly(opened, file, name, 0, content);
        return content;
    }

    /// <summary>Reads exactly the length of <paramref name="destination"/>.</summary>
    /// <returns>False if there is no file of that name.</returns>
    /// <exception cref="PosixException">Also with ENODATA if the file ends before.</exception>
    public bool ReadRange(string name, long offset, Span<byte> destination)
    {
        using var opened = OpenRoot();
        using var file = OpenFile(opened, name, out _);
        if (file is null)
        {
            return false;
        }

        ReadExactly(opened, file, name, offset, destination);
        return true;
    }

    /// <summary>Length and time of a file, or null if there is none of that name.</summary>
    public StoredFile? Stat(string name)
    {
        using var opened = OpenRoot();
        return opened.StatusOf(name) is { IsFile: true } status ? new StoredFile(name, status.Size, status.ModifiedTime) : null;
    }

    /// <summary>
    /// The regular files in one folder ("" for the root), and the folders in it. Leaves out <see cref="Temporary"/> and everything else.
    /// </summary>
    /// <returns>Names relative to the root. Empty lists if the folder is not there.</returns>
    public (IReadOnlyList<StoredFile> Files, IReadOnlyList<string> Folders) List(string folder)
    {
        using var opened = OpenRoot();
        var files = new List<StoredFile>();
        var folders = new List<string>();
        foreach (var name in Names(folder).Select(name => folder.Length == 0 ? name : $"{folder}/{name}").Where(name => name != Temporary))
        {
            // What another process deletes between the listing and this look is not there any more.
            if (opened.StatusOf(name) is not { } status)
            {
                continue;
            }

            if (status.IsDirectory)
            {
                folders.Add(name);
            }
            else if (status.IsFile)
            {
                files.Add(new StoredFile(name, status.Size, status.ModifiedTime));
            }
        }

        // If the root was unmounted meanwhile, the listing was of the wrong place.
        OpenRoot().Dispose();
        return (files, folders);
    }

    private static Descriptor? OpenFile(Descriptor opened, string name, out long length)
    {
        length = 0;
        var file = opened.TryOpen(name, Native.ReadOnly | Native.NoFollow | Native.NonBlocking);
        if (file is null)
        {
            return Native.LastError is Errno.ENOENT or Errno.ENOTDIR ? null : throw PosixException.Last("open", opened.PathOf(name));
        }

        try
        {
            var status = file.Status();
            length = status.Size;
            var other = status.IsDirectory ? Errno.EISDIR : Errno.EINVAL;
            return status.IsFile ? file : throw new PosixException(other, "read", opened.PathOf(name), "it is no regular file");
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private static void ReadExactly(Descriptor opened, Descriptor file, string name, long offset, Span<byte> destination)
    {
        var read = file.ReadAt(offset, destination);
        if (read < destination.Length)
        {
            var reason = $"it ends at {offset + read}, before {offset + destination.Length}";
            throw new PosixException(Errno.ENODATA, "read", opened.PathOf(name), reason);
        }
    }

    /// <summary>The names in a folder, as far as they are UTF-8: what we write is. Empty if the folder is not there.</summary>
    private List<string> Names(string folder)
    {
        var path = Path.Join(Root, folder);
        try
        {
            var all = new EnumerationOptions { AttributesToSkip = FileAttributes.None, IgnoreInaccessible = false };
            return [.. new FileSystemEnumerable<string>(path, (ref FileSystemEntry entry) => entry.FileName.ToString(), all)];
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }
        catch (UnauthorizedAccessException)
        {
            throw new PosixException(Errno.EACCES, "list", path);
        }
        catch (IOException e)
        {
            throw new PosixException((Errno)e.HResult, "list", path);
        }
    }
}
