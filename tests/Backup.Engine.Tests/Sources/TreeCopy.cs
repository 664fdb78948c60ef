using System.Text;
using Backup.Engine.Format;
using Backup.Engine.Posix;
using Backup.Engine.Sources;

namespace Backup.Engine.Tests.Sources;

/// <summary>Remembers what a walk and a target reported.</summary>
internal sealed class Reports : IWalkReport, ITargetReport
{
    private readonly List<(string What, string Path, string Reason)> _all = [];

    public IReadOnlyList<(string What, string Path, string Reason)> All
    {
        get
        {
            lock (_all) return [.. _all];
        }
    }

    public IEnumerable<(string Path, string Reason)> Of(string what) =>
        All.Where(one => one.What == what).Select(one => (one.Path, one.Reason));

    void IWalkReport.Failed(byte[] path, string reason) => Add("failed", path, reason);

    public void Excluded(byte[] path, string reason) => Add("excluded", path, reason);

    void ITargetReport.Failed(byte[] path, string reason) => Add("failed", path, reason);

    public void Incomplete(byte[] path, string what) => Add("incomplete", path, what);

    public void Skipped(byte[] path, string reason) => Add("skipped", path, reason);

    public void Removed(byte[] path) => Add("removed", path, "");

    private void Add(string what, byte[] path, string reason)
    {
        lock (_all) _all.Add((what, PathText.Show(path), reason));
    }
}

/// <summary>Walks a tree and writes it to a target, with everything that the engine does in between left out.</summary>
internal sealed class TreeCopy(FileSourceOptions source, FileTargetOptions target)
{
    private readonly Dictionary<int, TargetDirectory> _levels = [];
    private readonly Stack<(TargetDirectory Directory, Entry Entry)> _unfinished = new();
    private readonly Dictionary<(ulong Device, ulong Inode), TargetName> _linked = [];

    public Reports Reports { get; } = new();

    public static TreeCopy Of(TreeFixture tree, OverwriteMode overwrite = OverwriteMode.Never) => new(
        new FileSourceOptions { Roots = [tree.SourceBytes] }, new FileTargetOptions { Path = tree.TargetBytes, Overwrite = overwrite });

    /// <summary>The first root becomes the target itself.</summary>
    public TreeCopy Run()
    {
        using var files = FileTarget.Open(target, Reports);
        var top = source.Roots[0];
        var depth = Encoding.Latin1.GetString(top).Count(static c => c == '/');
        foreach (var directory in new FileSource(source).Walk(Reports, TestContext.Current.CancellationToken))
        {
            using (directory)
            {
                if (directory.Depth < depth || !directory.Path.AsSpan().StartsWith(top)) continue;
                Write(files, directory, directory.Depth - depth);
            }
        }

        while (_unfinished.TryPop(out var last))
        {
            files.FinishDirectory(last.Directory, last.Entry);
        }

        files.Flush();
        return this;
    }

    private void Write(FileTarget files, SourceDirectory directory, int level)
    {
        var parent = _levels.GetValueOrDefault(level - 1);
        var made = level == 0 ? files.Root : parent is null ? null : files.MakeDirectory(parent, directory.Self);
        _levels.Remove(level);
        if (made is null) return;
        _levels[level] = made;
        directory.Self.Attributes = directory.ReadAttributes(directory.Self);
        _unfinished.Push((made, directory.Self));
        foreach (var entry in directory.Entries.Where(static entry => entry.Kind is not EntryKind.Directory))
        {
            if (entry.Links > 1 && _linked.TryGetValue((entry.Device, entry.Inode), out var first))
            {
                files.MakeLink(made, entry, first);
                continue;
            }

            var name = entry.Kind is EntryKind.File ? CopyFile(files, made, directory, entry) : CopyNode(files, made, directory, entry);
            if (entry.Links > 1 && name is not null) _linked[(entry.Device, entry.Inode)] = name;
        }
    }

    private static TargetName? CopyNode(FileTarget files, TargetDirectory made, SourceDirectory directory, Entry entry)
    {
        entry.Attributes = directory.ReadAttributes(entry);
        return files.MakeNode(made, entry);
    }

    private static TargetName? CopyFile(FileTarget files, TargetDirectory made, SourceDirectory directory, Entry entry)
    {
        using var from = directory.OpenFile(entry);
        using var to = files.CreateFile(made, from.Current);
        if (to is null) return null;
        if (!to.NeedsContent) return to.Commit();
        var extents = from.Current.Extents ?? [new Extent(0, from.Current.Size)];
        var buffer = new byte[64 * 1024];
        foreach (var (offset, length) in extents)
        {
            for (long done = 0; done < length;)
            {
                var count = from.Read(buffer.AsSpan(0, (int)Math.Min(buffer.Length, length - done)));
                Assert.NotEqual(0, count);
                to.Write(offset + done, buffer.AsSpan(0, count));
                done += count;
            }
        }

        Assert.Equal(0, from.Read(buffer));
        Assert.True(from.Unchanged());
        return to.Commit();
    }
}
