using Backup.Engine.Format;
using Backup.Engine.Posix;

namespace Backup.Engine.Sources;

/// <summary>
/// A directory into which a tree is written, the exact inverse of <see cref="FileSource"/>. Every step is taken from an open directory by
/// one name, and no link is followed: nothing is written outside, whatever names the snapshot holds and whatever was planted in the target.
/// What is not possible is reported, entry by entry; what would make everything fail throws <see cref="TargetException"/>. Safe for several
/// threads. The order is the caller's: a directory before what lies in it; <see cref="FinishDirectory"/> when nothing more comes into it,
/// inner ones first; <see cref="Flush"/> at the end, if it must outlast a power cut. Files are disposed before the target.
/// </summary>
public sealed partial class FileTarget : IDisposable
{
    internal const int ReadFlags = FileSystemCalls.Flags.Read | FileSystemCalls.Flags.NonBlocking;

    // Octal 777, less the umask.
    private const uint AnybodysDirectory = 0x1FF;

    private readonly FileTargetOptions _options;
    private readonly ITargetReport _report;
    private readonly TargetExisting _existing;
    private readonly TargetRemoval _removal;
    private readonly TargetMetadata _metadata;
    private readonly TemporaryNames _temporary = new();
    private readonly HashSet<ulong> _devices = [];
    private readonly List<CachedDescriptor> _fileSystems = [];

    private FileTarget(FileTargetOptions options, ITargetReport report, ProtectedPlaces places, int root, bool existed)
    {
        _options = options;
        _report = report;
        _existing = new TargetExisting(options.Overwrite, places, report);
        _metadata = new TargetMetadata(options.NumericIds, report);
        _removal = new TargetRemoval(this, _existing, report);
        Cache = new DescriptorCache(root);
        Root = new TargetDirectory(this, Cache.Top, existed);
        FileSystemCalls.Status(root, out var status);
        Device = status.Device;
        Remember(Root, root, status.Device);
    }

    /// <summary>The directory that stands for <c>/</c>.</summary>
    public TargetDirectory Root { get; }

    internal static int DirectoryFlags => FileSystemCalls.Flags.Directory | FileSystemCalls.Flags.NoFollow | ReadFlags;

    internal DescriptorCache Cache { get; }

    internal ulong Device { get; }

    /// <summary>Opens the target, or makes it (mode 0700) with the directories above it.</summary>
    /// <exception cref="BackupException">Usage: the path is not absolute, or lies in what belongs to the backup itself. Failed: it cannot
    /// be made or opened.</exception>
    public static FileTarget Open(FileTargetOptions options, ITargetReport report)
    {
        var path = options.Path;
        while (path is [_, .., (byte)'/'])
        {
            path = path[..^1];
        }

        if (path is not [(byte)'/', ..] || path.AsSpan().Contains((byte)0))
        {
            throw new BackupException(
                FailureKind.Usage,
                $"The target \"{PathText.Show(path)}\" is not an absolute path.",
                "Write the whole path, beginning with '/'.");
        }

        var places = new ProtectedPlaces(options.Protected);
        var flags = FileSystemCalls.Flags.Directory | ReadFlags;
        var root = FileSystemCalls.OpenAt(FileSystemCalls.CurrentDirectory, path, flags);
        var existed = root >= 0;
        if (root == -FileSystemCalls.Errno.NotFound)
        {
            MakePath(path);
            root = FileSystemCalls.OpenAt(FileSystemCalls.CurrentDirectory, path, flags);
        }

        if (root < 0)
        {
            throw new BackupException(
                FailureKind.Failed,
                $"The target {PathText.Show(path)} cannot be opened: {FileSystemCalls.Describe(-root)}.",
                "Name a directory that you may write to, or one that does not exist yet.");
        }

        Admit(root, path, places);
        return new FileTarget(options with { Path = path }, report, places, root, existed);
    }

    /// <summary>Sets owner, mode, attributes and time of a directory: to be called when everything in it is finished.</summary>
    public void FinishDirectory(TargetDirectory directory, Entry entry)
    {
        if (directory.Existed && _options.Overwrite is OverwriteMode.Never) return;
        using (var pin = Cache.Use(directory.Node))
        {
            if (pin.Error != 0) _report.Failed(directory.Path, FileSystemCalls.Describe(pin.Error));
            else _metadata.Apply(new OpenPlace(pin.Number, false), entry, () => directory.Path, exact: directory.Existed);
        }

        Cache.Forget(directory.Node);
    }

    /// <summary>
    /// Removes from a directory that existed what is not to be kept, with all that lies in it: not what belongs to the backup itself, and
    /// nothing on another file system than the target's. To be called before anything is written into the directory.
    /// </summary>
    public void RemoveOthers(TargetDirectory directory, Func<byte[], bool> keep)
    {
        if (!directory.Existed) return;
        if (directory.Node.Identity is { } identity && identity.Device != Device)
        {
            _report.Skipped(directory.Path, "nothing is removed there: another file system is mounted");
            return;
        }

        var result = _removal.Names(directory.Node, out var names);
        if (result < 0) _report.Failed(directory.Path, FileSystemCalls.Describe(-result));
        foreach (var name in names)
        {
            if (!keep(name) && !_temporary.IsOwn(name)) _removal.Remove(directory.Node, name);
        }
    }

    /// <summary>Removes from a directory that existed what a restore left there that was killed.</summary>
    public void RemoveLeftovers(TargetDirectory directory)
    {
        // A directory that cannot be listed is reported when something is to be written into it.
        if (!directory.Existed || _removal.Names(directory.Node, out var names) < 0) return;
        foreach (var name in names)
        {
            if (TemporaryNames.IsLeftover(name)) _removal.Remove(directory.Node, name);
        }
    }

    /// <summary>Removes everything in the target, whatever the modes of its directories: for one that was made to be thrown away.</summary>
    public void Clear()
    {
        var result = _removal.Names(Root.Node, out var names);
        if (result < 0) _report.Failed(Root.Path, FileSystemCalls.Describe(-result));
        foreach (var name in names)
        {
            _removal.Remove(Root.Node, name, opening: true);
        }
    }

    /// <summary>Makes everything durable that was written until now: one syncfs for each file system.</summary>
    /// <exception cref="TargetException">The system could not write all of it.</exception>
    public void Flush()
    {
        CachedDescriptor[] all;
        lock (_fileSystems) all = [.. _fileSystems];
        foreach (var node in all)
        {
            using var pin = Cache.Use(node);
            var result = pin.Error != 0 ? -pin.Error : FileSystemCalls.SyncFileSystem(pin.Number);
            if (result < 0) throw Fault(-result, PathOf(node), "cannot be made durable");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Cache.Dispose();

    internal byte[] PathOf(CachedDescriptor node, ReadOnlySpan<byte> child = default) => node.PathBelow(_options.Path, child);

    internal static TargetException Fault(int errno, byte[] path, string what)
    {
        var message = $"{PathText.Show(path)} {what}: {FileSystemCalls.Describe(errno)}.";
        return errno switch
        {
            FileSystemCalls.Errno.NoSpace or FileSystemCalls.Errno.QuotaExceeded => new TargetException(
                message, "Make room, or name another target, and run the restore again with --overwrite if-changed.", endsRun: true),
            FileSystemCalls.Errno.ReadOnlyFileSystem => new TargetException(message, "Name a target that can be written.", endsRun: true),
            FileSystemCalls.Errno.InputOutput => new TargetException(message, "Look at the disk; name another target.", endsRun: true),
            _ => new TargetException(message),
        };
    }

    private static void MakePath(byte[] path)
    {
        for (var i = 1; i <= path.Length; i++)
        {
            if (i != path.Length && path[i] != '/') continue;
            var mode = i == path.Length ? OwnersDirectory : AnybodysDirectory;
            var result = FileSystemCalls.MakeDirectory(FileSystemCalls.CurrentDirectory, path.AsSpan(0, i), mode);
            if (result < 0 && result != -FileSystemCalls.Errno.Exists) throw Fault(-result, path[..i], "cannot be made");
        }
    }

    private static void Admit(int root, byte[] path, ProtectedPlaces places)
    {
        var current = FileSystemCalls.OpenAt(root, "."u8, FileSystemCalls.Flags.PathOnly);
        var last = default(InodeId);
        while (current >= 0 && FileSystemCalls.Status(current, out var status) >= 0)
        {
            if (places.Find(status.Identity) is { } what)
            {
                FileSystemCalls.Close(current);
                FileSystemCalls.Close(root);
                throw new BackupException(
                    FailureKind.Usage,
                    $"The target {PathText.Show(path)} is or lies in {what}.",
                    "Name a directory outside of what belongs to the backup itself.");
            }

            if (status.Identity == last) break;
            last = status.Identity;
            var above = FileSystemCalls.OpenAt(current, ".."u8, FileSystemCalls.Flags.PathOnly);
            FileSystemCalls.Close(current);
            current = above;
        }

        if (current >= 0) FileSystemCalls.Close(current);
    }

    /// <summary>Notes what matters later of a directory that existed.</summary>
    private void Remember(TargetDirectory directory, int descriptor, ulong device)
    {
        directory.HasDefaultAcl = FileSystemCalls.GetAttribute(descriptor, "system.posix_acl_default"u8, default) >= 0;
        lock (_fileSystems)
        {
            if (_devices.Add(device)) _fileSystems.Add(directory.Node);
        }
    }
}
