using Backup.Engine.Format;
using Backup.Engine.Posix;

namespace Backup.Engine.Sources;

/// <summary>Lists the directories of a file tree, depth first. Used by one thread.</summary>
internal sealed class FileLister(FileSourceOptions options, ProtectedPlaces places, FileWalk walk, IWalkReport report)
{
    private const int ReadFlags =
        FileSystemCalls.Flags.Read | FileSystemCalls.Flags.NonBlocking | FileSystemCalls.Flags.NoAccessTime;

    private const int LongestLink = 4096;

    private static readonly Comparison<Found> ByName = static (a, b) => a.Entry.Name.AsSpan().SequenceCompareTo(b.Entry.Name);

    private readonly DirectoryReader _reader = new(64 * 1024);
    private readonly CacheTag _tag = new(options);
    private readonly byte[] _link = new byte[LongestLink];

    /// <summary>Whether something of the directory that is being listed is not in the snapshot.</summary>
    private bool _partial;

    /// <summary>The directories; each is to be disposed by whoever takes it.</summary>
    public IEnumerable<FileDirectory> List(RootTree roots, CancellationToken cancellation)
    {
        var levels = new Stack<Level>();
        try
        {
            var top = ListTop(roots);
            levels.Push(top);
            yield return top.Directory!;
            while (levels.TryPeek(out var level))
            {
                cancellation.ThrowIfCancellationRequested();
                level.Directory = null;
                if (level.Next == level.Inner.Count)
                {
                    levels.Pop().Hold.Release();
                    continue;
                }

                var inner = ListInner(level, level.Inner[level.Next++]);
                levels.Push(inner);
                yield return inner.Directory!;
            }
        }
        finally
        {
            foreach (var level in levels)
            {
                level.Hold.Release();
            }

            walk.Leave();
        }
    }

    private static int FlagsFor(bool whole) =>
        FileSystemCalls.Flags.Directory | FileSystemCalls.Flags.NoFollow | (whole ? ReadFlags : FileSystemCalls.Flags.PathOnly);

    private Level ListTop(RootTree roots)
    {
        var node = walk.Cache.Top;
        var result = FileSystemCalls.Status(node.Number, out var status);
        if (result < 0) throw FileFault.Of(-result, "/"u8.ToArray(), "content");
        var state = options.Exclude.Top();
        if (roots.IsRoot) state = options.Exclude.AtRoot(state);
        var scope = new Scope(roots, roots.IsRoot, roots.IsRoot, status.Device, state);
        return Read(node, 0, walk.Describe([], status), scope);
    }

    private Level ListInner(Level outer, Found found)
    {
        var (entry, roots, whole) = found;
        var isRoot = roots is { IsRoot: true };
        var state = options.Exclude.Enter(outer.Scope.Excludes, entry.Name);
        if (isRoot) state = options.Exclude.AtRoot(state);
        var scope = new Scope(roots, whole, isRoot, isRoot ? entry.Device : outer.Scope.FileSystem, state);
        var node = new CachedDescriptor(outer.Hold.Node, entry.Name, FlagsFor(whole)) { Identity = new InodeId(entry.Device, entry.Inode) };
        return Read(node, outer.Depth + 1, entry, scope);
    }

    private Level Read(CachedDescriptor node, int depth, Entry self, Scope scope)
    {
        var found = new List<Found>();
        _partial = !scope.Whole;
        if (scope.Whole || scope.Roots is not null)
        {
            using var pin = walk.Cache.Use(node);
            var error = pin.Error;
            if (error == 0 && scope.Whole) error = ReadAll(new Opened(node, pin.Number), scope, found);
            else if (error == 0) ReadNamed(new Opened(node, pin.Number), scope, found);
            if (error != 0)
            {
                _partial = true;
                report.Failed(node.PathBelow("/"u8), FileFault.Reason(error, "content"));
            }
        }

        self.Partial = _partial;
        found.Sort(ByName);
        DropRepeated(found);
        var hold = new FileDirectoryHold(walk, node);
        var directory = new FileDirectory(walk, hold, depth, self, [.. found.Select(static one => one.Entry)]);
        found.RemoveAll(static one => one.Entry.Kind is not EntryKind.Directory);
        return new Level(hold, depth, scope, found) { Directory = directory };
    }

    private int ReadAll(Opened directory, in Scope scope, List<Found> found)
    {
        var marks = CacheMarks.None;
        _reader.Begin(directory.Number);
        int result;
        while ((result = _reader.Next(out var name)) > 0)
        {
            if (Look(directory, name, scope.Roots?.Find(name), out var status))
            {
                marks |= _tag.Look(name, status.Kind!.Value);
                Consider(directory, name, scope, status, found);
            }
        }

        if (marks is not CacheMarks.None && !scope.IsRoot) _partial |= CacheTag.Leave(directory.Number, marks, found);
        return -result;
    }

    private void ReadNamed(Opened directory, in Scope scope, List<Found> found)
    {
        foreach (var (name, below) in scope.Roots!.Children)
        {
            if (Look(directory, name, below, out var status))
            {
                Consider(directory, name, scope, status, found);
            }
        }
    }

    /// <returns>False if there is nothing to consider; what should be there is reported.</returns>
    private bool Look(Opened directory, ReadOnlySpan<byte> name, RootTree? roots, out FileStatus status)
    {
        var result = FileSystemCalls.Status(directory.Number, name, out status, automount: !options.OneFileSystem);
        if (result >= 0)
        {
            if (status.Kind is not null) return true;
            report.Failed(directory.PathOf(name), "it is of a kind that this program does not know");
            _partial = true;
            return false;
        }

        // What vanishes while its folder is listed was not there.
        if (result != -FileSystemCalls.Errno.NotFound || roots is not null)
        {
            report.Failed(directory.PathOf(name), FileFault.Reason(-result, "metadata"));
            _partial = true;
        }

        return false;
    }

    private void Consider(Opened directory, ReadOnlySpan<byte> name, in Scope scope, in FileStatus status, List<Found> found)
    {
        var roots = scope.Roots?.Find(name);
        if (places.Find(status.Identity) is { } what)
        {
            report.Excluded(directory.PathOf(name), what);
            _partial = true;
            return;
        }

        var isDirectory = status.Kind is EntryKind.Directory;
        var isRoot = roots is { IsRoot: true };
        var excluded = !isRoot && IsExcluded(scope, name, status, isDirectory);
        _partial |= excluded;
        if (excluded && roots is null) return;
        byte[]? target = null;
        if (status.Kind is EntryKind.SymbolicLink)
        {
            var result = FileSystemCalls.ReadLink(directory.Number, name, _link);
            if (result < 0)
            {
                report.Failed(directory.PathOf(name), FileFault.Reason(-result, "target"));
                _partial = true;
                return;
            }

            target = _link[..result];
        }

        var whole = isRoot || (scope.Whole && !excluded && (!options.OneFileSystem || status.Device == scope.FileSystem));
        found.Add(new Found(walk.Describe(name.ToArray(), status, target), isDirectory ? roots : null, whole));
    }

    private bool IsExcluded(in Scope scope, ReadOnlySpan<byte> name, in FileStatus status, bool isDirectory) =>
        (status.Kind is EntryKind.File && status.Size > (options.ExcludeLargerThan ?? long.MaxValue)) ||
        options.Exclude.Excludes(scope.Excludes, name, isDirectory);

    // A directory that changes while it is listed may show a name twice (readdir(3)).
    private static void DropRepeated(List<Found> found)
    {
        for (var i = found.Count - 1; i > 0; i--)
        {
            if (found[i].Entry.Name.AsSpan().SequenceEqual(found[i - 1].Entry.Name)) found.RemoveAt(i);
        }
    }

    /// <summary>A directory while it is listed.</summary>
    private readonly record struct Opened(CachedDescriptor Node, int Number)
    {
        public byte[] PathOf(ReadOnlySpan<byte> name) => Node.PathBelow("/"u8, name);
    }

    /// <summary>What is to be read in a directory.</summary>
    /// <param name="Roots">Names that lead to roots, or null.</param>
    /// <param name="Whole">True: everything; false: only what leads to roots.</param>
    /// <param name="IsRoot">True if the directory is a root itself.</param>
    /// <param name="FileSystem">The device of the nearest root.</param>
    /// <param name="Excludes">How far the patterns have come.</param>
    private readonly record struct Scope(RootTree? Roots, bool Whole, bool IsRoot, ulong FileSystem, ExcludeState Excludes);

    private sealed record Level(FileDirectoryHold Hold, int Depth, Scope Scope, List<Found> Inner)
    {
        public int Next { get; set; }

        public FileDirectory? Directory { get; set; }
    }
}

/// <summary>An entry that is kept, and what of it is read if it is a directory.</summary>
internal readonly record struct Found(Entry Entry, RootTree? Roots, bool Whole);
