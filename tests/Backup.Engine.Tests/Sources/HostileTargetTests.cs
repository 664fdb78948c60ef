using System.Text;
using Backup.Engine.Format;
using Backup.Engine.Sources;

namespace Backup.Engine.Tests.Sources;

/// <summary>Whatever a snapshot holds and whatever was planted in the target: nothing outside is touched, and nothing hangs.</summary>
public sealed class HostileTargetTests
{
    private static readonly string[] NoNames = ["", ".", "..", "/", "a/b", "../outside/file", "/etc/passwd", "a\0b", new('n', 256)];

    public static TheoryData<byte[]> BadNames => [.. NoNames.Select(Encoding.UTF8.GetBytes)];

    [Theory]
    [MemberData(nameof(BadNames))]
    public void Make_NameThatIsNoName_IsRefusedAndReported(byte[] name)
    {
        using var tree = Victim();
        var reports = new Reports();
        using (var target = Open(tree, reports, OverwriteMode.Always))
        {
            Assert.Null(target.CreateFile(target.Root, FileEntry(name)));
            Assert.Null(target.MakeDirectory(target.Root, new Entry { Name = name, Kind = EntryKind.Directory }));
            Assert.Null(target.MakeNode(target.Root, LinkEntry(name, "x")));
            using var file = target.CreateFile(target.Root, FileEntry("fine"u8.ToArray()))!;
            Assert.Null(target.MakeLink(target.Root, FileEntry(name), file.Commit()!));
        }

        Assert.Equal(4, reports.Of("failed").Count(static one => one.Reason.StartsWith("refused", StringComparison.Ordinal)));
        Assert.Equal(4, reports.All.Count);
        AssertUntouched(tree);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a\0b")]
    public void MakeNode_LinkTargetThatIsNone_IsRefused(string link)
    {
        using var tree = Victim();
        var reports = new Reports();
        using var target = Open(tree, reports, OverwriteMode.Always);
        Assert.Null(target.MakeNode(target.Root, LinkEntry("link"u8.ToArray(), link)));
        Assert.Single(reports.Of("failed"));
    }

    [Theory]
    [InlineData(OverwriteMode.Never)]
    [InlineData(OverwriteMode.IfChanged)]
    [InlineData(OverwriteMode.IfNewer)]
    [InlineData(OverwriteMode.Always)]
    public void CreateFile_LinkPlantedInItsPlace_IsNotFollowed(OverwriteMode mode)
    {
        using var tree = Victim("""os.symlink("../outside/file", "file")""");
        using (var target = Open(tree, new Reports(), mode))
        {
            using var file = target.CreateFile(target.Root, FileEntry("file"u8.ToArray()));
            file?.Write(0, "evil"u8);
            file?.Commit();
        }

        var stays = mode is OverwriteMode.Never or OverwriteMode.IfNewer;
        Assert.Equal(stays, new FileInfo(Path.Combine(tree.Target, "file")).LinkTarget is not null);
        AssertUntouched(tree);
    }

    [Theory]
    [InlineData(OverwriteMode.Never)]
    [InlineData(OverwriteMode.IfChanged)]
    [InlineData(OverwriteMode.Always)]
    public void MakeDirectory_LinkPlantedInItsPlace_IsNotFollowed(OverwriteMode mode)
    {
        using var tree = Victim("""os.symlink("../outside", "dir")""");
        using (var target = Open(tree, new Reports(), mode))
        {
            var directory = target.MakeDirectory(target.Root, DirectoryEntry("dir"));
            Assert.Equal(mode is OverwriteMode.Always, directory is not null);
            if (directory is not null)
            {
                using var file = target.CreateFile(directory, FileEntry("file"u8.ToArray()))!;
                file.Commit();
                target.FinishDirectory(directory, DirectoryEntry("dir"));
            }
        }

        AssertUntouched(tree);
    }

    [Fact]
    public void MakeDirectory_LinkOfTheSameNameFromTheSnapshot_IsNotFollowed()
    {
        using var tree = Victim();
        var reports = new Reports();
        using (var target = Open(tree, reports, OverwriteMode.IfChanged))
        {
            target.MakeNode(target.Root, LinkEntry("twice"u8.ToArray(), "../outside"));
            Assert.Null(target.MakeDirectory(target.Root, DirectoryEntry("twice")));
        }

        Assert.Single(reports.Of("skipped"));
        AssertUntouched(tree);
    }

    [Fact]
    public void CreateFile_DirectorySwappedForALinkMeanwhile_IsNotFollowed()
    {
        using var tree = Victim();
        var reports = new Reports();
        using (var target = Open(tree, reports, OverwriteMode.Always))
        {
            var directory = target.MakeDirectory(target.Root, DirectoryEntry("dir"))!;
            var moved = target.MakeDirectory(target.Root, DirectoryEntry("moved"))!;
            using (var first = target.CreateFile(moved, FileEntry("first"u8.ToArray()))!) first.Commit();

            // Enough others that neither is open any more.
            for (var i = 0; i < 300; i++)
            {
                var other = target.MakeDirectory(target.Root, DirectoryEntry($"other{i}"))!;
                using var filler = target.CreateFile(other, FileEntry("file"u8.ToArray()))!;
                filler.Commit();
            }

            tree.Build("""
                os.chdir("../target"); os.rmdir("dir"); os.symlink("../outside", "dir"); os.rename("moved", "away")
                os.rename("../outside", "moved"); os.mkdir("../outside")
                """);
            Assert.Null(target.CreateFile(directory, FileEntry("evil"u8.ToArray())));
            Assert.Null(target.CreateFile(moved, FileEntry("evil"u8.ToArray())));
            target.FinishDirectory(directory, DirectoryEntry("dir"));
            tree.Build("""os.chdir("../target"); os.rmdir("../outside"); os.rename("moved", "../outside")""");
        }

        Assert.Equal(3, reports.Of("failed").Count());
        AssertUntouched(tree);
    }

    [Fact]
    public void Create_FifoInThePlace_DoesNotHang()
    {
        using var tree = Victim("""os.mkfifo("a"); os.mkfifo("b"); os.mkfifo("c")""");
        foreach (var mode in Enum.GetValues<OverwriteMode>())
        {
            using var target = Open(tree, new Reports(), mode);
            using var file = target.CreateFile(target.Root, FileEntry("a"u8.ToArray()));
            file?.Commit();
            target.MakeDirectory(target.Root, DirectoryEntry("b"));
            target.MakeNode(target.Root, new Entry { Name = "c"u8.ToArray(), Kind = EntryKind.Fifo, Mode = 0x180 });
        }

        Assert.Equal(1, new FileInfo(Path.Combine(tree.Target, "a")).Length + 1);
        Assert.True(Directory.Exists(Path.Combine(tree.Target, "b")));
    }

    [Fact]
    public void CreateFile_SameNameTwice_IsOneFileAndASkippedOne()
    {
        using var tree = Victim();
        var reports = new Reports();
        using (var target = Open(tree, reports, OverwriteMode.Never))
        {
            var directory = target.MakeDirectory(target.Root, DirectoryEntry("dir"))!;
            using var first = target.CreateFile(directory, FileEntry("file"u8.ToArray(), 5))!;
            using var second = target.CreateFile(directory, FileEntry("file"u8.ToArray(), 6))!;
            first.Write(0, "first"u8);
            second.Write(0, "second"u8);
            Assert.NotNull(first.Commit());
            Assert.Null(second.Commit());
        }

        Assert.Equal("first", File.ReadAllText(Path.Combine(tree.Target, "dir/file")));
        Assert.Single(Directory.GetFileSystemEntries(Path.Combine(tree.Target, "dir")));
        Assert.Single(reports.Of("skipped"));
    }

    [Fact]
    public void MakeLink_OriginalSwappedMeanwhile_IsRefused()
    {
        using var tree = Victim();
        var reports = new Reports();
        using (var target = Open(tree, reports, OverwriteMode.Always))
        {
            using var file = target.CreateFile(target.Root, FileEntry("first"u8.ToArray(), links: 2))!;
            var name = file.Commit()!;
            tree.Build("""os.chdir("../target"); os.unlink("first"); os.link("../outside/file", "first")""");
            Assert.Null(target.MakeLink(target.Root, FileEntry("second"u8.ToArray(), links: 2), name));
            tree.Build("""os.chdir("../target"); os.unlink("first")""");
        }

        Assert.Single(reports.Of("failed"));
        Assert.Empty(Directory.GetFileSystemEntries(tree.Target));
        AssertUntouched(tree);
    }

    private static TreeFixture Victim(string more = "pass") => new TreeFixture().Build($"""
        os.mkdir("../outside"); put("../outside/file", b"precious", 0o600); os.chmod("../outside", 0o700)
        for name in ("../outside/file", "../outside"): os.utime(name, ns=(0, 1500000000000000001))
        os.mkdir("../target"); os.chdir("../target")
        {more}
        """);

    private static void AssertUntouched(TreeFixture tree)
    {
        var manifest = TreeFixture.Manifest(Path.Combine(tree.Base, "outside"));
        Assert.Equal(2, manifest.Length);
        Assert.Contains("mode=0700 ", manifest[0]);
        Assert.Contains("mode=0600 ", manifest[1]);
        Assert.Contains("mtime=1500000000000000001 size=8 ", manifest[1]);
        Assert.Equal("precious", File.ReadAllText(Path.Combine(tree.Base, "outside/file")));
    }

    private static FileTarget Open(TreeFixture tree, Reports reports, OverwriteMode mode) =>
        FileTarget.Open(new FileTargetOptions { Path = tree.TargetBytes, Overwrite = mode }, reports);

    private static Entry DirectoryEntry(string name) =>
        new() { Name = Encoding.UTF8.GetBytes(name), Kind = EntryKind.Directory, Mode = 0x1FF };

    private static Entry LinkEntry(byte[] name, string target) =>
        new() { Name = name, Kind = EntryKind.SymbolicLink, LinkTarget = Encoding.UTF8.GetBytes(target) };

    private static Entry FileEntry(byte[] name, long size = 0, uint links = 1) =>
        new() { Name = name, Kind = EntryKind.File, Mode = 0x1FF, Size = size, Links = links, Modified = new Timestamp(1_600_000_000, 0) };
}
