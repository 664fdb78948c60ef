using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace Backup.Engine.Posix;

/// <summary>
/// A folder in which files appear whole or not at all, and stand after a power cut once the call that wrote them has returned. Names are
/// relative, parts separated by '/'; folders below the root are made as needed (0700), the root itself never. Files are made with mode
/// 0600. Safe for several threads and processes at once. Every failure is a <see cref="PosixException"/> or, if the folder itself is gone,
/// a <see cref="FolderMissingException"/>.
/// </summary>
/// <remarks>
/// A file is written under a random name in <c>tmp/</c>, synced, closed, renamed (never over another, unless asked), and its folder is
/// synced. The first use pins which directory the root is: a path that leads elsewhere later, because a disk was unmounted, counts as
/// missing and is not written to.
/// </remarks>
/// <param name="root">Absolute path of the folder.</param>
public sealed partial class DurableFolder(string root)
{
    /// <summary>The folder below the root that holds what is being written. What a crash leaves in it is worthless.</summary>
    public const string Temporary = "tmp";

    private const uint FolderMode = 0b111_000_000;
    private const uint FileMode = 0b110_000_000;

    /// <summary>From here on a file is written past the page cache: waiting for the disk costs less than copying does.</summary>
    private const int LargeFile = 1 << 20;

    /// <summary>Folders whose own name was made durable by this object: nothing is to be done for them before a put.</summary>
    private readonly ConcurrentDictionary<string, bool> _durableFolders = new(StringComparer.Ordinal);

    private FileIdentity? _identity;

    public string Root { get; } = root;

    /// <summary>Makes a folder and the missing ones above it (0700), durably. One that is there already is left as it is.</summary>
    public static void Create(string path)
    {
        var missing = new Stack<string>();
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        for (var level = full; level is not null && !IsDirectory(level); level = Path.GetDirectoryName(level))
        {
            missing.Push(level);
        }

        foreach (var level in missing)
        {
            if (Native.MkDirAt(Native.Here, level, FolderMode) != 0 && Native.LastError != Errno.EEXIST)
            {
                throw PosixException.Last("make the folder", level);
            }

            using var parent = Descriptor.Open(Path.GetDirectoryName(level) ?? "/", Native.DirectoryOnly);
            parent.Sync();
        }
    }

    /// <summary>Stores a new file.</summary>
    /// <returns>True if it was stored; false if the name is taken: then that file is left as it is, and its name is durable.</returns>
    public bool Put(string name, ReadOnlySpan<byte> content)
    {
        using var opened = OpenRoot();
        var stored = opened.StatusOf(name) is null && Publish(opened, WriteTemporary(opened, content, sync: true), name);
        SyncNames(opened, [name]);
        return stored;
    }

    /// <summary>Stores a file in the place of whatever has the name now.</summary>
    public void Replace(string name, ReadOnlySpan<byte> content)
    {
        using var opened = OpenRoot();
        var temporary = WriteTemporary(opened, content, sync: true);
        PublishWith(opened, temporary, name, () => Native.RenameAt(opened.Number, temporary, opened.Number, name));
        SyncNames(opened, [name]);
    }

    /// <summary>
    /// Stores new files that become durable together before this returns: one sync of the file system instead of one for each file. Names
    /// that are taken are left as they are. If it throws, any of the files may be there, whole.
    /// </summary>
    public void PutMany(IReadOnlyList<(string Name, ReadOnlyMemory<byte> Content)> files)
    {
        using var opened = OpenRoot();
        var waiting = new List<(string Temporary, string Name)>();
        try
        {
            var asWhole = files.Count > 2 && opened.CanSyncAsWhole();
            foreach (var (name, content) in files)
            {
                if (opened.StatusOf(name) is null)
                {
                    waiting.Add((WriteTemporary(opened, content.Span, sync: !asWhole), name));
                }
            }

            if (asWhole && waiting.Count > 0)
            {
                opened.SyncFileSystem();
            }

            while (waiting.Count > 0)
            {
                var (temporary, name) = waiting[^1];
                waiting.RemoveAt(waiting.Count - 1);
                Publish(opened, temporary, name);
            }
        }
        finally
        {
            waiting.ForEach(file => Discard(opened, file.Temporary));
        }

        SyncNames(opened, files.Select(file => file.Name));
    }

    /// <summary>Removes a file, durably, and the inner folder it lay in with it, if that is empty then.</summary>
    /// <returns>False if it was gone already; that too is durable then.</returns>
    public bool Delete(string name)
    {
        using var opened = OpenRoot();
        var removed = Native.UnlinkAt(opened.Number, name, 0) == 0;
        if (!removed && Native.LastError is not (Errno.ENOENT or Errno.ENOTDIR))
        {
            throw PosixException.Last("delete", opened.PathOf(name));
        }

        // A put that finds its folder gone makes it again.
        var inner = FolderOf(name);
        var emptied = inner.Contains('/', StringComparison.Ordinal) && Native.UnlinkAt(opened.Number, inner, Native.RemoveDirectory) == 0;
        using var folder = opened.TryOpen(emptied ? FolderOf(inner) : inner, Native.DirectoryOnly | Native.NoFollow);
        folder?.Sync();
        return removed;
    }

    /// <summary>
    /// Removes what interrupted writes left in <see cref="Temporary"/>, if it was last written longer ago than <paramref name="age"/>.
    /// </summary>
    /// <returns>How many files were removed.</returns>
    public int Sweep(TimeSpan age)
    {
        using var opened = OpenRoot();
        if (opened.StatusOf(Temporary) is null)
        {
            return 0;
        }

        // The clock of the file system, which over a network is not this machine's, is the one that stamped the files.
        var mark = WriteTemporary(opened, [], sync: false);
        var now = opened.StatusOf(mark)?.ModifiedTime;
        Discard(opened, mark);
        var all = Names(Temporary).Select(name => $"{Temporary}/{name}");
        var old = all.Where(name => now - opened.StatusOf(name)?.ModifiedTime > age).ToList();
        old.ForEach(name => Discard(opened, name));
        return old.Count;
    }

    /// <summary>
    /// For file systems without exclusive rename (NFS, some FUSE): a link is exclusive too, and the temporary name is then one too many.
    /// </summary>
    internal static int LinkExclusively(int root, string temporary, string name)
    {
        var result = Native.LinkAt(root, temporary, root, name, 0);
        return result != 0 ? result : Native.UnlinkAt(root, temporary, 0);
    }

    private static bool IsDirectory(string path) =>
        Native.Status(Native.Here, path + "/", out var status) == 0 ? status.IsDirectory : Native.LastError switch
        {
            Errno.ENOENT => false,
            _ => throw PosixException.Last("look at", path),
        };

    private static string FolderOf(string name) => name.LastIndexOf('/') is var slash and > 0 ? name[..slash] : ".";

    /// <summary>The folders a name lies in, outermost first: <c>a/b/c</c> lies in <c>a</c> and <c>a/b</c>.</summary>
    private static IEnumerable<string> FoldersOf(string name)
    {
        for (var slash = name.IndexOf('/'); slash > 0; slash = name.IndexOf('/', slash + 1))
        {
            yield return name[..slash];
        }
    }

    private static void Discard(Descriptor opened, string temporary) => _ = Native.UnlinkAt(opened.Number, temporary, 0);

    private Descriptor OpenRoot()
    {
        var opened = Descriptor.TryOpenPath(Root, Native.DirectoryOnly);
        if (opened is null)
        {
            throw Native.LastError is Errno.ENOENT or Errno.ENOTDIR
                ? new FolderMissingException(Root, "does not exist")
                : PosixException.Last("open", Root);
        }

        try
        {
            var identity = opened.Status().Birth;
            var pinned = Interlocked.CompareExchange(ref _identity, identity, null);
            return pinned is null || pinned == identity
                ? opened
                : throw new FolderMissingException(Root, "is not the one it was (unmounted, or another in its place)");
        }
        catch
        {
            opened.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Writes a new file in <see cref="Temporary"/>. If that fails, nothing is left of it: bytes that were not synced are never tried
    /// again.
    /// </summary>
    private static string WriteTemporary(Descriptor opened, ReadOnlySpan<byte> content, bool sync)
    {
        const int NewFile = Native.WriteOnly | Native.Create | Native.Exclusive;
        var name = $"{Temporary}/{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16))}";
        var direct = content.Length >= LargeFile;
        var file = opened.TryOpen(name, direct ? NewFile | Native.Direct : NewFile, FileMode);
        if (file is null && Native.LastError == Errno.ENOENT)
        {
            _ = Native.MkDirAt(opened.Number, Temporary, FolderMode);
            file = opened.TryOpen(name, direct ? NewFile | Native.Direct : NewFile, FileMode);
        }

        if (file is null && direct && Native.LastError == Errno.EINVAL)
        {
            // A file system without direct writes has made the file before it refused.
            Discard(opened, name);
            direct = false;
            file = opened.TryOpen(name, NewFile, FileMode);
        }

        if (file is null)
        {
            throw PosixException.Last("make", opened.PathOf(name));
        }

        try
        {
            using (file)
            {
                if (direct)
                {
                    file.WriteDirect(content);
                }
                else
                {
                    file.Write(content);
                }

                if (sync)
                {
                    file.Sync();
                }

                file.Close();
            }

            return name;
        }
        catch
        {
            Discard(opened, name);
            throw;
        }
    }

    /// <returns>False if the name is taken. The temporary file is gone in any case.</returns>
    private bool Publish(Descriptor opened, string temporary, string name) =>
        PublishWith(opened, temporary, name, () => RenameExclusively(opened, temporary, name));

    private bool PublishWith(Descriptor opened, string temporary, string name, Func<int> rename)
    {
        try
        {
            MakeFolders(opened, name);
            var result = rename();
            if (result != 0 && Native.LastError == Errno.ENOENT)
            {
                // Somebody removed a folder that stood there a moment ago.
                _durableFolders.Clear();
                MakeFolders(opened, name);
                result = rename();
            }

            if (result != 0 && Native.LastError != Errno.EEXIST)
            {
                throw PosixException.Last("put into place", opened.PathOf(name));
            }

            if (result != 0)
            {
                Discard(opened, temporary);
            }

            return result == 0;
        }
        catch
        {
            Discard(opened, temporary);
            throw;
        }
    }

    private static int RenameExclusively(Descriptor opened, string temporary, string name)
    {
        var result = Native.RenameAt2(opened.Number, temporary, opened.Number, name, Native.RenameNoReplace);
        if (result == 0 || Native.LastError is not (Errno.EINVAL or Errno.ENOSYS))
        {
            return result;
        }

        result = LinkExclusively(opened.Number, temporary, name);
        if (result == 0 || Native.LastError is not (Errno.EPERM or Errno.EOPNOTSUPP or Errno.ENOSYS))
        {
            return result;
        }

        const string Reason = "its file system has neither exclusive renames nor hard links";
        throw new PosixException(Errno.EOPNOTSUPP, "put into place", opened.PathOf(name), Reason);
    }

    private void MakeFolders(Descriptor opened, string name)
    {
        foreach (var folder in FoldersOf(name).Where(folder => !_durableFolders.ContainsKey(folder)))
        {
            if (Native.MkDirAt(opened.Number, folder, FolderMode) != 0 && Native.LastError != Errno.EEXIST)
            {
                throw PosixException.Last("make the folder", opened.PathOf(folder));
            }
        }
    }

    /// <summary>
    /// Syncs the folder of each name, and the folder of each folder that this object has not seen made durable: it may be new, by us or by
    /// another process that has not come to its own sync yet.
    /// </summary>
    private void SyncNames(Descriptor opened, IEnumerable<string> names)
    {
        var folders = new HashSet<string>(StringComparer.Ordinal);
        var unseen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var name in names)
        {
            folders.Add(FolderOf(name));
            unseen.UnionWith(FoldersOf(name).Where(folder => !_durableFolders.ContainsKey(folder)));
        }

        folders.UnionWith(unseen.Select(FolderOf));
        foreach (var folder in folders)
        {
            using var directory = opened.TryOpen(folder, Native.DirectoryOnly | Native.NoFollow) ??
                throw PosixException.Last("open", opened.PathOf(folder));
            directory.Sync();
        }

        foreach (var folder in unseen)
        {
            _durableFolders[folder] = true;
        }
    }
}
