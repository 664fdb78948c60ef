using Backup.Engine.Posix;

namespace Backup.Engine.Sources;

/// <summary>
/// The files below some roots. The walk begins at <c>/</c> and shows of the directories above the roots only what leads to them, with
/// their metadata. A thread of its own lists ahead of the reader: at most <see cref="MostDirectories"/> directories and about
/// <see cref="MostEntries"/> entries.
/// </summary>
public sealed class FileSource(FileSourceOptions options) : ISource
{
    /// <summary>A quarter of what the descriptor cache holds: what waits to be read, here or at the one who takes, is still open when its turn comes.</summary>
    public const int MostDirectories = DescriptorCache.DefaultCapacity / 4;

    /// <summary>About 5 MB.</summary>
    public const int MostEntries = 16384;

    /// <summary>Checks what <see cref="Walk"/> checks first, and reads nothing.</summary>
    /// <exception cref="BackupException">
    /// Usage: a root is not absolute, has a symbolic link in its path (the remedy names the path to write), or is or lies in a protected
    /// place. Failed: a root does not exist or cannot be reached.
    /// </exception>
    public void Check() => Roots.Check(options.Roots, new ProtectedPlaces(options.Protected));

    /// <inheritdoc/>
    /// <exception cref="BackupException">As <see cref="Check"/>.</exception>
    public IEnumerable<SourceDirectory> Walk(IWalkReport report, CancellationToken cancellation)
    {
        var places = new ProtectedPlaces(options.Protected);
        var roots = Roots.Check(options.Roots, places);
        return Listed(roots, places, report, cancellation);
    }

    private IEnumerable<FileDirectory> Listed(RootTree roots, ProtectedPlaces places, IWalkReport report, CancellationToken cancellation)
    {
        var flags = FileSystemCalls.Flags.Directory | (roots.IsRoot ? FileSystemCalls.Flags.Read : FileSystemCalls.Flags.PathOnly);
        var top = FileSystemCalls.OpenAt(FileSystemCalls.CurrentDirectory, "/"u8, flags);
        if (top < 0) throw FileFault.Of(-top, "/"u8.ToArray(), "content");
        var walk = new FileWalk(new DescriptorCache(top));
        var directories = Ahead<FileDirectory>.Run(
            "walker",
            stop => new FileLister(options, places, walk, report).List(roots, stop),
            new AheadLimits(MostDirectories, MostEntries),
            static directory => directory.Entries.Count,
            cancellation);
        foreach (var directory in directories)
        {
            yield return directory;
        }
    }
}
