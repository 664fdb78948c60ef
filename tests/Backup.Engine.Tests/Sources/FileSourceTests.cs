using System.Text;
using Backup.Engine.Format;
using Backup.Engine.Sources;

namespace Backup.Engine.Tests.Sources;

public sealed class FileSourceTests
{
    [Fact]
    public void Walk_AboveTheRoots_ShowsOnlyWhatLeadsThere()
    {
        using var tree = new TreeFixture().Build("""
            os.makedirs("a/b/c"); put("a/other"); put("a/b/c/file"); os.makedirs("d/e"); put("d/file"); put("loose")
            os.chmod("a", 0o711)
            """);
        var options = new FileSourceOptions { Roots = [tree.At("d"), tree.At("a/b")] };
        var walked = Walked.Of(tree, options);
        Assert.Equal(["a/", "a/b/", "a/b/c/", "a/b/c/file", "d/", "d/e/", "d/file"], walked.Paths);
        Assert.Empty(walked.Reports.All);

        var directories = Walk(options);
        Assert.Equal("/", Encoding.UTF8.GetString(directories[0].Path));
        Assert.Equal(0, directories[0].Depth);
        Assert.Empty(directories[0].Self.Name);
        Assert.Equal(["tmp"], Names(directories[0]));
        Assert.Equal(0x1C9u, directories.Single(one => Encoding.UTF8.GetString(one.Path) == tree.Source + "/a").Self.Mode);
    }

    [Fact]
    public void Walk_Order_IsDepthFirstAndSorted()
    {
        using var tree = new TreeFixture().Build("""
            for name in ("b", "a", "a-", "a.d", b"\xff", "\u00e4"): os.makedirs(os.path.join(os.fsencode(name), b"in"))
            put("file"); put("A")
            """);
        var directories = Walk(new FileSourceOptions { Roots = [tree.SourceBytes] });
        var expected = new Stack<(int Depth, Entry Entry)>([(0, directories[0].Self)]);
        foreach (var directory in directories)
        {
            var (depth, entry) = expected.Pop();
            Assert.Equal(depth, directory.Depth);
            Assert.Same(entry, directory.Self);
            for (var i = 1; i < directory.Entries.Count; i++)
            {
                Assert.True(directory.Entries[i - 1].Name.AsSpan().SequenceCompareTo(directory.Entries[i].Name) < 0);
            }

            foreach (var inner in directory.Entries.Reverse().Where(static one => one.Kind is EntryKind.Directory))
            {
                expected.Push((depth + 1, inner));
            }
        }

        Assert.Empty(expected);
        Assert.Equal(12, directories.Count(one => one.Depth > Depth(tree)));
    }

    [Fact]
    public void Walk_NestedAndRepeatedRoots_ShowNothingTwice()
    {
        using var tree = new TreeFixture().Build("""os.makedirs("a/b"); put("a/b/file"); put("a/one")""");
        byte[][] roots = [tree.At("a/b"), tree.At("a"), tree.At("a//b/"), tree.At("a/b/file")];
        var walked = Walked.Of(tree, new FileSourceOptions { Roots = roots });
        Assert.Equal(["a/", "a/b/", "a/b/file", "a/one"], walked.Paths);
    }

    [Fact]
    public void Walk_RootIsAFile_ShowsIt()
    {
        using var tree = new TreeFixture().Build("""put("file"); put("other")""");
        var options = new FileSourceOptions { Roots = [tree.At("file")], Exclude = ExcludePatterns.Parse(["file"]), ExcludeLargerThan = 0 };
        Assert.Equal(["file"], Walked.Of(tree, options).Paths);
    }

    [Fact]
    public void Walk_TheWholeMachine_IsPossible()
    {
        var options = new FileSourceOptions { Roots = ["/"u8.ToArray()], Exclude = ExcludePatterns.Parse(["/*", "!/etc/"]) };
        var directories = Walk(options);
        Assert.Equal(["etc"], Names(directories[0]));
        Assert.Contains(directories[1].Entries, static entry => entry.Name.AsSpan().SequenceEqual("passwd"u8));
    }

    [Fact]
    public void ReadAttributes_OfSelfFileAndLink_ReadsThemWhenAsked()
    {
        using var tree = new TreeFixture().Build("""
            put("file"); os.symlink("x", "link")
            os.setxattr(".", "user.b", b"2"); os.setxattr(".", "user.a", b"1"); os.setxattr("file", "user.f", b"3")
            os.setxattr("link", "trusted.l", b"4", follow_symlinks=False)
            """);
        using var directory = Top(tree);
        Assert.All(directory.Entries, static entry => Assert.Empty(entry.Attributes));
        Assert.Equal(["user.a=1", "user.b=2"], Text(directory.ReadAttributes(directory.Self)));
        Assert.Equal(["user.f=3"], Text(directory.ReadAttributes(directory.Entries[0])));
        Assert.Equal(["trusted.l=4"], Text(directory.ReadAttributes(directory.Entries[1])));
        using var file = directory.OpenFile(directory.Entries[0]);
        Assert.Equal(["user.f=3"], Text(file.Current.Attributes));
    }

    [Fact]
    public void Walk_Abandoned_ClosesEverything()
    {
        using var tree = new TreeFixture().Build("""for i in range(500): os.makedirs("%d/in" % i)""");
        SourceDirectory? kept = null;
        var source = new FileSource(new FileSourceOptions { Roots = [tree.SourceBytes] });
        foreach (var directory in source.Walk(new Reports(), TestContext.Current.CancellationToken))
        {
            if (directory.Depth <= Depth(tree))
            {
                directory.Dispose();
                continue;
            }

            kept = directory;
            break;
        }

        // Whoever still holds a directory can read it after the walk has ended.
        Assert.Empty(kept!.ReadAttributes(kept.Self));
        Assert.Contains(Descriptors(), one => one.StartsWith(tree.Source, StringComparison.Ordinal));
        kept.Dispose();
        Assert.DoesNotContain(Descriptors(), one => one.StartsWith(tree.Source, StringComparison.Ordinal));
        Assert.Throws<ObjectDisposedException>(() => kept.ReadAttributes(kept.Self));
    }

    [Fact]
    public void Walk_Cancelled_Throws()
    {
        using var tree = new TreeFixture().Build("""for i in range(500): os.makedirs("%d/in" % i)""");
        using var stop = new CancellationTokenSource();
        Assert.ThrowsAny<OperationCanceledException>(() =>
        {
            foreach (var directory in new FileSource(new FileSourceOptions { Roots = [tree.SourceBytes] }).Walk(new Reports(), stop.Token))
            {
                directory.Dispose();
                stop.Cancel();
            }
        });
    }

    [Fact]
    public void Check_RootIsMissing_FailsAndSaysSo()
    {
        using var tree = new TreeFixture().Build("""put("file")""");
        foreach (var name in new[] { "nowhere", "nowhere/below", "file/below" })
        {
            var fault = Assert.Throws<BackupException>(() => Check(tree.At(name)));
            Assert.Equal(FailureKind.Failed, fault.Kind);
            Assert.Contains($"{tree.Source}/{name} does not exist", fault.Message);
            Assert.Contains("nothing was changed", fault.Message);
        }
    }

    [Fact]
    public void Check_LinkInTheRootsPath_NamesThePathToWrite()
    {
        using var tree = new TreeFixture().Build("""
            os.makedirs("real/inner"); os.symlink("real", "link"); os.symlink("nowhere", "dangling")
            """);
        foreach (var (root, real) in new[] { ("link", "real"), ("link/inner", "real/inner") })
        {
            var fault = Assert.Throws<BackupException>(() => Check(tree.At(root)));
            Assert.Equal(FailureKind.Usage, fault.Kind);
            Assert.Equal($"Write {tree.Source}/{real} in the source's roots.", fault.Remedy);
        }

        Assert.Equal(FailureKind.Usage, Assert.Throws<BackupException>(() => Check(tree.At("dangling"))).Kind);
    }

    [Theory]
    [InlineData("")]
    [InlineData("relative")]
    [InlineData("./here")]
    [InlineData("/tmp/../etc")]
    [InlineData("/tmp/./x")]
    [InlineData("/tmp\0x")]
    public void Check_RootIsNoPlainPath_IsRefused(string root) =>
        Assert.Equal(FailureKind.Usage, Assert.Throws<BackupException>(() => Check(Encoding.UTF8.GetBytes(root))).Kind);

    [Fact]
    public void Check_NoRoots_IsRefused() => Assert.Equal(FailureKind.Usage, Assert.Throws<BackupException>(() => Check()).Kind);

    private static void Check(params byte[][] roots) => new FileSource(new FileSourceOptions { Roots = roots }).Check();

    private static int Depth(TreeFixture tree) => tree.Source.Count(static c => c == '/');

    private static List<SourceDirectory> Walk(FileSourceOptions options) =>
        [.. new FileSource(options).Walk(new Reports(), TestContext.Current.CancellationToken)];

    private static SourceDirectory Top(TreeFixture tree) =>
        Walk(new FileSourceOptions { Roots = [tree.SourceBytes] }).Single(one => one.Path.AsSpan().SequenceEqual(tree.SourceBytes));

    private static List<string> Names(SourceDirectory directory) =>
        [.. directory.Entries.Select(static entry => Encoding.UTF8.GetString(entry.Name))];

    private static List<string> Text(IReadOnlyList<ExtendedAttribute> attributes) =>
        [.. attributes.Select(static one => $"{Encoding.UTF8.GetString(one.Name)}={Encoding.UTF8.GetString(one.Value)}")];

    private static List<string> Descriptors()
    {
        var open = new List<string>();
        foreach (var link in Directory.GetFileSystemEntries("/proc/self/fd"))
        {
            if (new FileInfo(link).LinkTarget is { } target) open.Add(target);
        }

        return open;
    }
}
