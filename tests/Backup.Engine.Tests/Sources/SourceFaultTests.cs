using System.Text;
using Backup.Engine.Format;
using Backup.Engine.Sources;

namespace Backup.Engine.Tests.Sources;

/// <summary>A source that changes while it is read: noticed and said, never a hang, never two versions mixed in silence.</summary>
public sealed class SourceFaultTests
{
    private static readonly string[] Swaps =
    [
        "os.unlink('file'); os.mkfifo('file')",
        "os.unlink('file'); os.symlink('/etc/passwd', 'file')",
        "os.unlink('file'); os.mkdir('file')",
        "os.unlink('file'); s = socket.socket(socket.AF_UNIX); s.bind('file')",
        "os.unlink('file'); os.mknod('file', stat.S_IFCHR | 0o600, os.makedev(1, 5))",
        "put('new'); os.rename('new', 'file')",
    ];

    public static TheoryData<string> AllSwaps => [.. Swaps];

    [Theory]
    [MemberData(nameof(AllSwaps))]
    public void OpenFile_ReplacedBySomethingElse_IsAChangeAndNoHang(string swap)
    {
        using var tree = new TreeFixture().Build("put('file', b'content')");
        using var directory = Top(tree);
        tree.Build(swap);
        var fault = Assert.Throws<SourceChangedException>(() => directory.OpenFile(directory.Entries[0]));
        Assert.Contains($"{tree.Source}/file: it is not any more what it was", fault.Message);
    }

    [Fact]
    public void OpenFile_Vanished_IsAChange()
    {
        using var tree = new TreeFixture().Build("put('file')");
        using var directory = Top(tree);
        tree.Build("os.unlink('file')");
        Assert.Contains("vanished", Assert.Throws<SourceChangedException>(() => directory.OpenFile(directory.Entries[0])).Message);
    }

    [Fact]
    public void ReadAttributes_Vanished_IsAChange()
    {
        using var tree = new TreeFixture().Build("os.mkfifo('fifo')");
        using var directory = Top(tree);
        tree.Build("os.unlink('fifo')");
        Assert.Throws<SourceChangedException>(() => directory.ReadAttributes(directory.Entries[0]));
    }

    [Fact]
    public void OpenFile_ChangedSinceTheListing_DescribesWhatItIsNow()
    {
        using var tree = new TreeFixture().Build("put('file', b'old')");
        using var directory = Top(tree);
        tree.Build("put('file', b'longer now'); os.setxattr('file', 'user.new', b'1'); os.chmod('file', 0o600)");
        using var file = directory.OpenFile(directory.Entries[0]);
        Assert.Equal((10L, 0x180u, 1), (file.Current.Size, file.Current.Mode, file.Current.Attributes.Count));
        Assert.Equal("longer now", Text(file));
        Assert.True(file.Unchanged());
    }

    [Fact]
    public void Read_FileShrinks_IsAChange()
    {
        using var tree = new TreeFixture().Build("put('file', b'x' * 100000)");
        using var directory = Top(tree);
        using var file = directory.OpenFile(directory.Entries[0]);
        Assert.Equal(60000, file.Read(new byte[60000]));
        tree.Build("os.truncate('file', 50000)");
        Assert.Contains("shorter", Assert.Throws<SourceChangedException>(() => file.Read(new byte[60000])).Message);
    }

    [Fact]
    public void Read_FileGrows_EndsWhereItEndedAndIsNotUnchanged()
    {
        using var tree = new TreeFixture().Build("put('file', b'begin')");
        using var directory = Top(tree);
        using var file = directory.OpenFile(directory.Entries[0]);
        tree.Build("fd = os.open('file', os.O_WRONLY | os.O_APPEND); os.write(fd, b' and more')");
        Assert.Equal("begin", Text(file));
        Assert.False(file.Unchanged());
    }

    [Fact]
    public void Unchanged_OverwrittenRightAfterItWasOpened_IsFalse()
    {
        // Without a pause between the two writes both could carry the same time.
        using var tree = new TreeFixture().Build("put('file', b'x')");
        using var directory = Top(tree);
        var path = Path.Combine(tree.Source, "file");
        for (var round = 0; round < 20; round++)
        {
            Overwrite(path, (byte)'a');
            using var file = directory.OpenFile(directory.Entries[0]);
            Assert.True(file.Unchanged());
            Overwrite(path, (byte)'b');
            Assert.False(file.Unchanged());
        }
    }

    [Fact]
    public void Walk_UnreadableForThisUser_IsReportedAndTheRestIsRead()
    {
        using var tree = new TreeFixture().Build("""
            os.makedirs("closed/in"); put("closed/in/file"); os.chmod("closed", 0o700); os.mkdir("open")
            put("open/readable", mode=0o644); put("open/secret", mode=0o600)
            os.chmod("..", 0o755); os.mkdir("no-search"); put("no-search/file"); os.chmod("no-search", 0o744)
            """);
        OtherRights.AsNobody(() =>
        {
            var reports = new Reports();
            var directories = Walk(tree, reports);
            var closed = directories.Single(one => Encoding.UTF8.GetString(one.Path).EndsWith("/closed", StringComparison.Ordinal));
            Assert.Empty(closed.Entries);
            Assert.True(closed.Self.Partial);
            Assert.Equal(0x1C0u, closed.Self.Mode);
            Assert.Equal(
                [
                    ($"{tree.Source}/closed", "its content cannot be read: Permission denied"),
                    ($"{tree.Source}/no-search/file", "its metadata cannot be read: Permission denied"),
                ],
                reports.Of("failed").Order());

            var open = directories.Single(one => Encoding.UTF8.GetString(one.Path).EndsWith("/open", StringComparison.Ordinal));
            using var readable = open.OpenFile(open.Entries[0]);
            Assert.Equal("x", Text(readable));
            var fault = Assert.Throws<SourceReadException>(() => open.OpenFile(open.Entries[1]));
            Assert.Contains("/open/secret: its content cannot be read: Permission denied", fault.Message);
        });
    }

    [Fact]
    public void Walk_DirectoryVanishesOrIsSwappedBehindTheListing_IsReportedAndNeverEntered()
    {
        // More directories than the walker lists ahead: the last ones are opened after the swap.
        using var tree = new TreeFixture().Build("""
            for i in range(300): os.mkdir("%03d" % i)
            put("297/file"); put("298/file"); put("299/file"); os.mkdir("../outside"); put("../outside/secret")
            """);
        const string swap = """
            import shutil; shutil.rmtree('297'); shutil.rmtree('298'); os.symlink('../outside', '298')
            os.rename('299', 'moved'); os.mkdir('299'); put('299/other')
            """;
        var reports = new Reports();
        var swapped = false;
        var names = new List<string>();
        var depth = tree.Source.Count(static c => c == '/');
        var source = new FileSource(new FileSourceOptions { Roots = [tree.SourceBytes] });
        foreach (var directory in source.Walk(reports, TestContext.Current.CancellationToken))
        {
            using (directory)
            {
                if (directory.Depth <= depth) continue;
                if (!swapped) tree.Build(swap);
                swapped = true;
                names.AddRange(directory.Entries.Select(static entry => Encoding.UTF8.GetString(entry.Name)));
            }
        }

        Assert.Empty(names);
        Assert.Equal(
            [
                ($"{tree.Source}/297", "it vanished while the source was read"),
                ($"{tree.Source}/298", "it is not any more what it was when its folder was listed"),
                ($"{tree.Source}/299", "it is not any more what it was when its folder was listed"),
            ],
            reports.Of("failed").Order());
    }

    [Fact]
    public void Walk_FifosSocketsAndDevices_AreNeverOpened()
    {
        using var tree = new TreeFixture().Build("""
            os.mkfifo("fifo"); s = socket.socket(socket.AF_UNIX); s.bind("socket")
            os.mknod("console", stat.S_IFCHR | 0o600, os.makedev(5, 1))
            """);
        using var directory = Top(tree);
        var kinds = directory.Entries.Select(static entry => entry.Kind).ToList();
        Assert.Equal([EntryKind.CharacterDevice, EntryKind.Fifo, EntryKind.Socket], kinds);
        Assert.Throws<SourceChangedException>(() => directory.OpenFile(directory.Entries[1]));
    }

    [Fact]
    public void OpenFile_FromSeveralThreads_EachReadsItsOwn()
    {
        using var tree = new TreeFixture().Build("for i in range(200): put('%03d' % i, b'%d' % i * 1000)");
        using var directory = Top(tree);
        Parallel.For(0, 200, i =>
        {
            using var file = directory.OpenFile(directory.Entries[i]);
            Assert.Equal(string.Concat(Enumerable.Repeat($"{i}", 1000)), Text(file));
        });
    }

    private static List<SourceDirectory> Walk(TreeFixture tree, Reports reports) =>
        [.. new FileSource(new FileSourceOptions { Roots = [tree.SourceBytes] }).Walk(reports, TestContext.Current.CancellationToken)];

    private static SourceDirectory Top(TreeFixture tree) =>
        Walk(tree, new Reports()).Single(one => one.Path.AsSpan().SequenceEqual(tree.SourceBytes));

    private static string Text(ISourceFile file)
    {
        var text = new StringBuilder();
        var buffer = new byte[1000];
        int count;
        while ((count = file.Read(buffer)) > 0)
        {
            text.Append(Encoding.UTF8.GetString(buffer, 0, count));
        }

        return text.ToString();
    }

    private static void Overwrite(string path, byte content)
    {
        using var handle = File.OpenHandle(path, FileMode.Open, FileAccess.Write);
        RandomAccess.Write(handle, [content], 0);
    }
}
