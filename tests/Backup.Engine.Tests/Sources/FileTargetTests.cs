using System.Globalization;
using System.Text;
using Backup.Engine.Format;
using Backup.Engine.Sources;

namespace Backup.Engine.Tests.Sources;

public sealed class FileTargetTests
{
    private static readonly Timestamp Before = new(1_600_000_000, 5);
    private static readonly Timestamp Now = new(1_700_000_000, 123456789);
    private static readonly Timestamp After = new(1_800_000_000, 7);

    /// <summary>Mode, age of the entry, its content, what stands there in the end, what is reported. On disk: "disk", time Now.</summary>
    public static TheoryData<OverwriteMode, int, string, string, string> Modes => new()
    {
        { OverwriteMode.Never, 0, "same", "disk", "skipped" },
        { OverwriteMode.Never, 1, "longer", "disk", "skipped" },
        { OverwriteMode.Always, 0, "same", "same", "" },
        { OverwriteMode.Always, -1, "longer", "longer", "" },
        { OverwriteMode.IfChanged, 0, "same", "disk", "" },
        { OverwriteMode.IfChanged, 0, "longer", "longer", "" },
        { OverwriteMode.IfChanged, -1, "same", "same", "" },
        { OverwriteMode.IfNewer, 0, "same", "disk", "" },
        { OverwriteMode.IfNewer, 0, "longer", "longer", "" },
        { OverwriteMode.IfNewer, 1, "same", "same", "" },
        { OverwriteMode.IfNewer, -1, "longer", "disk", "skipped" },
    };

    [Theory]
    [MemberData(nameof(Modes))]
    public void CreateFile_Exists_TheModeDecides(OverwriteMode mode, int age, string content, string expected, string reported)
    {
        using var tree = Existing();
        var reports = new Reports();
        using (var target = Open(tree, reports, mode))
        {
            var entry = FileEntry("file", content.Length, age switch { < 0 => Before, 0 => Now, _ => After });
            using var file = target.CreateFile(target.Root, entry);
            if (file is { NeedsContent: true }) file.Write(0, Encoding.UTF8.GetBytes(content));
            var name = file?.Commit();
            Assert.Equal(reported.Length == 0, name is not null);
        }

        Assert.Equal(expected, File.ReadAllText(Path.Combine(tree.Target, "file")));
        Assert.Equal(reported.Length == 0 ? [] : [reported], reports.All.Select(static one => one.What).ToList());
        Assert.Single(Directory.GetFileSystemEntries(tree.Target));
    }

    [Fact]
    public void CreateFile_SameContentOtherMetadata_SetsTheMetadata()
    {
        using var tree = Existing("os.setxattr('file', 'user.extra', b'1'); os.chmod('file', 0o777); os.chown('file', 5, 5)");
        using (var target = Open(tree, new Reports(), OverwriteMode.IfChanged))
        {
            var entry = FileEntry("file", 4, Now);
            entry.Attributes = [new ExtendedAttribute("user.kept"u8.ToArray(), "2"u8.ToArray())];
            using var file = target.CreateFile(target.Root, entry)!;
            Assert.False(file.NeedsContent);
            file.Commit();
        }

        Assert.Contains("mode=0640 uid=0 gid=0 ", tree.TargetLine("file"));
        Assert.Contains("xattrs=user.kept=32 ", tree.TargetLine("file"));
    }

    [Fact]
    public void CreateFile_SecondNameOutside_IsReplacedNotChanged()
    {
        using var tree = Existing("os.link('file', '../outside')");
        using (var target = Open(tree, new Reports(), OverwriteMode.IfChanged))
        {
            using var file = target.CreateFile(target.Root, FileEntry("file", 4, Now))!;
            Assert.True(file.NeedsContent);
            file.Write(0, "new!"u8);
            file.Commit();
        }

        Assert.Equal("disk", File.ReadAllText(Path.Combine(tree.Base, "outside")));
        var outside = TreeFixture.Manifest(tree.Base).Single(static line => line.StartsWith("./outside ", StringComparison.Ordinal));
        Assert.Contains("mode=0600", outside);
    }

    [Theory]
    [InlineData(OverwriteMode.Never, false)]
    [InlineData(OverwriteMode.IfChanged, false)]
    [InlineData(OverwriteMode.IfNewer, false)]
    [InlineData(OverwriteMode.Always, true)]
    public void Create_OtherKindInThePlace_OnlyAlwaysReplaces(OverwriteMode mode, bool replaced)
    {
        using var tree = Existing("os.makedirs('dir/inner/deep'); put('dir/inner/file'); os.symlink('dir', 'link')");
        var reports = new Reports();
        using (var target = Open(tree, reports, mode))
        {
            using var file = target.CreateFile(target.Root, FileEntry("dir", 0, After));
            Assert.Equal(replaced, file?.Commit() is not null);
            Assert.Equal(replaced, target.MakeDirectory(target.Root, DirectoryEntry("file")) is not null);
            Assert.Equal(replaced, target.MakeDirectory(target.Root, DirectoryEntry("link")) is not null);
        }

        Assert.Equal(replaced, File.Exists(Path.Combine(tree.Target, "dir")));
        Assert.Equal(replaced ? 0 : 3, reports.Of("skipped").Count());
    }

    [Fact]
    public void FinishDirectory_Existed_KeepsItsMetadataOnlyWithNever()
    {
        using var tree = Existing("os.mkdir('dir'); os.chmod('dir', 0o700); os.setxattr('dir', 'user.extra', b'1')");
        foreach (var (mode, expected) in new[] { (OverwriteMode.Never, "mode=0700 "), (OverwriteMode.IfChanged, "mode=0751 ") })
        {
            using var target = Open(tree, new Reports(), mode);
            var directory = target.MakeDirectory(target.Root, DirectoryEntry("dir"))!;
            Assert.True(directory.Existed);
            target.FinishDirectory(directory, DirectoryEntry("dir"));
            var line = tree.TargetLine("dir");
            Assert.Contains(expected, line);
            Assert.Equal(mode is OverwriteMode.Never, line.Contains("user.extra", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Copy_TwiceWithIfChanged_LeavesTheSecondTimeAsItIs()
    {
        using var tree = new TreeFixture().Build("""
            os.makedirs("a/b"); put("a/file", b"content"); os.link("a/file", "a/b/link"); os.symlink("x", "symlink"); os.mkfifo("fifo")
            os.mknod("null", stat.S_IFCHR | 0o600, os.makedev(1, 3))
            """);
        TreeCopy.Of(tree).Run();
        var inode = Inode(tree, "a/file");
        var again = TreeCopy.Of(tree, OverwriteMode.IfChanged).Run();
        Assert.Empty(again.Reports.All);
        Assert.Equal(inode, Inode(tree, "a/file"));
        Assert.Equal(TreeFixture.Manifest(tree.Source), TreeFixture.Manifest(tree.Target));

        Assert.Equal(5, TreeCopy.Of(tree).Run().Reports.Of("skipped").Count());
        var all = TreeCopy.Of(tree, OverwriteMode.Always).Run();
        Assert.Empty(all.Reports.All);
        Assert.NotEqual(inode, Inode(tree, "a/file"));
        Assert.Equal(TreeFixture.Manifest(tree.Source), TreeFixture.Manifest(tree.Target));
    }

    [Fact]
    public void RemoveOthers_RemovesWhatIsNotKeptAndFollowsNothing()
    {
        using var tree = Existing("""
            os.makedirs("gone/deep/er"); put("gone/deep/er/file"); os.symlink("/etc", "gone/link"); os.mkdir("kept"); put("kept/file")
            os.mkfifo("fifo")
            os.mkdir("../outside"); put("../outside/file"); os.symlink("../outside", "away"); os.makedirs(b"odd\xff\n/x")
            """);
        var reports = new Reports();
        using (var target = Open(tree, reports))
        {
            target.RemoveOthers(target.Root, static name => name.AsSpan().SequenceEqual("kept"u8) || name.AsSpan().SequenceEqual("file"u8));
        }

        Assert.Equal(2, Directory.GetFileSystemEntries(tree.Target).Length);
        Assert.True(File.Exists(Path.Combine(tree.Target, "kept/file")));
        Assert.True(File.Exists(Path.Combine(tree.Base, "outside/file")));
        Assert.Equal(9, reports.Of("removed").Count());
        Assert.Equal(9, reports.All.Count);
    }

    [Fact]
    public void RemoveLeftovers_OfARestoreThatIsOver_AndNothingElse()
    {
        const string Random = "0123456789abcdef";
        string[] stay =
            [$".backupctl-{Environment.ProcessId}-{Random}-1", $".backupctl-x-{Random}-1", $".backupctl-99999999-{Random}", $".backupctl-99999999-{Random}0-1", ".backupctl"];
        using var tree = Existing($"""
            for name in ["{string.Join("\", \"", stay)}", ".backupctl-99999999-{Random}-12"]: put(name)
            os.mkdir("below"); put("below/.backupctl-99999999-{Random}-3"); os.symlink("/etc", ".backupctl-99999999-{Random}-4")
            """);
        var reports = new Reports();
        using (var target = Open(tree, reports))
        {
            target.RemoveLeftovers(target.Root);
        }

        string[] expected = [.. stay, "below", "file"];
        Assert.Equal(expected.Order(StringComparer.Ordinal), Directory.GetFileSystemEntries(tree.Target).Select(Path.GetFileName).Order(StringComparer.Ordinal), StringComparer.Ordinal);
        Assert.True(File.Exists(Path.Combine(tree.Target, $"below/.backupctl-99999999-{Random}-3")));
        Assert.Equal(2, reports.Of("removed").Count());
    }

    [Fact]
    public void RemoveOthers_FiveHundredLevels_AreRemoved()
    {
        using var tree = Existing("""
            fd = os.open(".", os.O_RDONLY)
            for level in range(500):
                os.mkdir("level-with-a-name", dir_fd=fd); inner = os.open("level-with-a-name", os.O_RDONLY, dir_fd=fd); os.close(fd)
                fd = inner
            """);
        var reports = new Reports();
        using var target = Open(tree, reports);
        target.RemoveOthers(target.Root, static _ => false);
        Assert.Empty(Directory.GetFileSystemEntries(tree.Target));
        Assert.Equal(501, reports.Of("removed").Count());
    }

    [Fact]
    public void RemoveOthers_MountsAndTheBackupItself_Stay() => OtherRights.WithOwnMounts(() =>
    {
        using var tree = Existing("""
            os.makedirs("a/site/packs"); put("a/site/packs/p"); put("a/file"); os.makedirs("b/disk"); put("secret")
            """);
        OtherRights.MountMemory(Path.Combine(tree.Target, "b/disk"));
        File.Copy(Path.Combine(tree.Target, "file"), Path.Combine(tree.Target, "b/disk/data"));
        var reports = new Reports();
        var options = new FileTargetOptions
        {
            Path = tree.TargetBytes,
            Protected = [new ProtectedPlace(tree.TargetAt("a/site"), "the site"), new ProtectedPlace(tree.TargetAt("secret"), "a secret")],
        };
        using (var target = FileTarget.Open(options, reports))
        {
            target.RemoveOthers(target.Root, static _ => false);
            var b = target.MakeDirectory(target.Root, DirectoryEntry("b"))!;
            var disk = target.MakeDirectory(b, DirectoryEntry("disk"))!;
            target.RemoveOthers(disk, static _ => false);
            Assert.Null(target.MakeDirectory(target.MakeDirectory(target.Root, DirectoryEntry("a"))!, DirectoryEntry("site")));
            Assert.Null(target.CreateFile(target.Root, FileEntry("secret", 1, Now)));
        }

        Assert.True(File.Exists(Path.Combine(tree.Target, "a/site/packs/p")));
        Assert.True(File.Exists(Path.Combine(tree.Target, "b/disk/data")));
        Assert.True(File.Exists(Path.Combine(tree.Target, "secret")));
        Assert.False(File.Exists(Path.Combine(tree.Target, "a/file")));
        Assert.Equal([($"{tree.Target}/a/file", ""), ($"{tree.Target}/file", "")], reports.Of("removed").Order());
        Assert.Equal(6, reports.Of("skipped").Count());
        TreeFixture.Run("umount", [Path.Combine(tree.Target, "b/disk")]);
    });

    [Fact]
    public void Write_FromSeveralThreadsInAnyOrder_GivesOneFile()
    {
        using var tree = new TreeFixture();
        var content = new byte[1 << 20];
        new Random(7).NextBytes(content);
        using (var target = Open(tree, new Reports()))
        {
            using var file = target.CreateFile(target.Root, FileEntry("file", content.Length, Now))!;
            Parallel.ForEach(Enumerable.Range(0, 256).Reverse(), i => file.Write(i * 4096, content.AsSpan(i * 4096, 4096)));
            Assert.False(File.Exists(Path.Combine(tree.Target, "file")));
            file.Commit();
        }

        Assert.Equal(content, File.ReadAllBytes(Path.Combine(tree.Target, "file")));
    }

    [Fact]
    public void CreateFile_MoreAtOnceThanDescriptorsAreKept_WritesAll()
    {
        using var tree = new TreeFixture();
        using (var target = Open(tree, new Reports()))
        {
            var files = new List<TargetFile>();
            for (var i = 0; i < 1000; i++)
            {
                var directory = target.MakeDirectory(target.Root, DirectoryEntry($"d{i}"))!;
                files.Add(target.CreateFile(directory, FileEntry("file", 8, Now))!);
            }

            foreach (var file in files) file.Write(4, "tail"u8);
            Parallel.ForEach(files, static file => file.Write(0, "head"u8));
            Assert.True(target.Cache.OpenCount <= Backup.Engine.Posix.DescriptorCache.DefaultCapacity + Environment.ProcessorCount);
            Parallel.ForEach(files, static file => file.Commit());
            foreach (var file in files) file.Dispose();
        }

        for (var i = 0; i < 1000; i++) Assert.Equal("headtail", File.ReadAllText(Path.Combine(tree.Target, $"d{i}/file")));
    }

    [Fact]
    public void Dispose_NotCommitted_LeavesNothing()
    {
        using var tree = Existing();
        using (var target = Open(tree, new Reports(), OverwriteMode.Always))
        {
            using var file = target.CreateFile(target.Root, FileEntry("file", 100, Now))!;
            file.Write(0, "half"u8);
            Assert.Equal(2, Directory.GetFileSystemEntries(tree.Target).Length);
        }

        Assert.Equal("disk", File.ReadAllText(Path.Combine(tree.Target, "file")));
        Assert.Single(Directory.GetFileSystemEntries(tree.Target));
    }

    [Fact]
    public void Open_TargetIsMissing_IsMadeForNobodyElse()
    {
        using var tree = new TreeFixture();
        using var target = FileTarget.Open(new FileTargetOptions { Path = Encoding.UTF8.GetBytes(tree.Target + "/a//b/") }, new Reports());
        Assert.False(target.Root.Existed);
        Assert.Contains(" type=dir mode=0700 ", tree.TargetLine("a/b"));
    }

    [Fact]
    public void Open_NoDirectoryOrProtected_IsRefused()
    {
        using var tree = new TreeFixture().Build("""put("file"); os.makedirs("site/in")""");
        Assert.Equal(FailureKind.Failed, Refused(new FileTargetOptions { Path = tree.At("file") }));
        Assert.Equal(FailureKind.Usage, Refused(new FileTargetOptions { Path = "relative"u8.ToArray() }));
        var site = new ProtectedPlace(tree.At("site"), "the site");
        Assert.Equal(FailureKind.Usage, Refused(new FileTargetOptions { Path = tree.At("site/in"), Protected = [site] }));
    }

    [Fact]
    public void Write_NoSpace_EndsTheRun() => OtherRights.WithOwnMounts(() =>
    {
        using var tree = new TreeFixture();
        Directory.CreateDirectory(tree.Target);
        OtherRights.MountMemory(tree.Target, "size=1m");
        using (var target = Open(tree, new Reports()))
        {
            using var file = target.CreateFile(target.Root, FileEntry("file", 4 << 20, Now))!;
            var fault = Assert.Throws<TargetException>(() => file.Write(0, new byte[4 << 20]));
            Assert.True(fault.EndsRun);
            Assert.Contains("No space left", fault.Message);
        }

        Assert.Empty(Directory.GetFileSystemEntries(tree.Target));
        TreeFixture.Run("umount", [tree.Target]);
    });

    [Fact]
    public void Copy_AsANormalUser_ListsWhatCannotBeRestored()
    {
        using var tree = new TreeFixture().Build("""
            put("foreign", b"text", 0o4755); os.chown("foreign", 0, 0); os.chmod("foreign", 0o4755); put("own", mode=0o2750)
            os.chown("own", 65534, 65534); os.chmod("own", 0o2750)
            os.mknod("null", stat.S_IFCHR | 0o666, os.makedev(1, 3)); os.mkfifo("fifo"); os.chown("fifo", 65534, 65534)
            os.symlink("x", "link")
            os.chmod("..", 0o777)
            """);
        OtherRights.AsNobody(() =>
        {
            var copy = TreeCopy.Of(tree).Run();
            Assert.Equal(
                [
                    ("failed", $"{tree.Target}/null", "Operation not permitted"),
                    ("incomplete", tree.Target, "the owner root:root (0:0): Operation not permitted"),
                    ("incomplete", $"{tree.Target}/foreign", "the owner root:root (0:0): Operation not permitted"),
                    ("incomplete", $"{tree.Target}/foreign", "the setuid and setgid bits: they are not set without the owner"),
                    ("incomplete", $"{tree.Target}/link", "the owner root:root (0:0): Operation not permitted"),
                ],
                copy.Reports.All.Order());
        });
        Assert.Contains(" mode=0755 uid=65534 ", tree.TargetLine("foreign"));
        Assert.Contains(" mode=2750 uid=65534 ", tree.TargetLine("own"));
    }

    private static TreeFixture Existing(string more = "pass") => new TreeFixture().Build($"""
        os.mkdir("../target"); os.chdir("../target"); put("file", b"disk", 0o600); os.utime("file", ns=(0, 1700000000123456789))
        {more}
        """);

    private static FileTarget Open(TreeFixture tree, Reports reports, OverwriteMode mode = OverwriteMode.Never) =>
        FileTarget.Open(new FileTargetOptions { Path = tree.TargetBytes, Overwrite = mode }, reports);

    private static long Inode(TreeFixture tree, string name) =>
        long.Parse(TreeFixture.Run("stat", ["-c", "%i", Path.Combine(tree.Target, name)]), CultureInfo.InvariantCulture);

    private static FailureKind Refused(FileTargetOptions options) =>
        Assert.Throws<BackupException>(() => FileTarget.Open(options, new Reports())).Kind;

    private static Entry FileEntry(string name, long size, Timestamp modified) =>
        new() { Name = Encoding.UTF8.GetBytes(name), Kind = EntryKind.File, Mode = 0x1A0, Size = size, Modified = modified };

    private static Entry DirectoryEntry(string name) =>
        new() { Name = Encoding.UTF8.GetBytes(name), Kind = EntryKind.Directory, Mode = 0x1E9, Modified = Now };
}
