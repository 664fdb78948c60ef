using Backup.Engine.Sources;

namespace Backup.Engine.Tests.Sources;

/// <summary>What is left out of a walk on purpose.</summary>
public sealed class ExclusionTests
{
    private const string Signature = "Signature: 8a477f597d28d172789f06886806bc55";

    [Fact]
    public void Walk_Patterns_LeaveOutWhatTheyMatch()
    {
        using var tree = new TreeFixture().Build("""
            os.makedirs("a/cache/deep"); os.makedirs("build/x"); os.makedirs("a/build")
            for name in ("one.tmp", "keep.tmp", "a/two.tmp", "a/cache/c", "a/cache/deep/d"): put(name)
            for name in ("build/out.o", "a/build/out.o", "a/b.txt"): put(name)
            """);
        var walked = Walked.Of(tree, Walked.Excluding(tree, "*.tmp", "!keep.tmp", "**/cache/**", "build/*.o", $"{tree.Source}/a/b.txt"));
        Assert.Equal(["a/", "a/build/", "a/build/out.o", "a/cache/", "build/", "build/x/", "keep.tmp"], walked.Paths);
        Assert.Empty(walked.Reports.All);
    }

    [Fact]
    public void Walk_RootsInWhatIsLeftOut_AreRead()
    {
        using var tree = new TreeFixture().Build("""
            os.makedirs("out/in/deep"); put("out/file"); put("out/in/file"); put("out/in/deep/file"); put("stays")
            """);
        var options = Walked.Excluding(tree, "out", "in") with { Roots = [tree.SourceBytes, tree.At("out/in")] };
        Assert.Equal(["out/", "out/in/", "out/in/deep/", "out/in/deep/file", "out/in/file", "stays"], Walked.Of(tree, options).Paths);
    }

    [Fact]
    public void Walk_CacheTag_KeepsOnlyTheTag()
    {
        using var tree = new TreeFixture().Build($$"""
            os.makedirs("cache/deep"); put("cache/CACHEDIR.TAG", b"{{Signature}}\n# comment"); put("cache/file")
            os.mkdir("false"); put("false/CACHEDIR.TAG", b"{{Signature[..^1]}}"); put("false/file")
            os.mkdir("link"); os.symlink("../cache/CACHEDIR.TAG", "link/CACHEDIR.TAG"); put("link/file")
            os.mkdir("fifo"); os.mkfifo("fifo/CACHEDIR.TAG"); put("fifo/file")
            put("CACHEDIR.TAG", b"{{Signature}}")
            """);
        var all = Walked.Of(tree).Paths;
        Assert.Equal(14, all.Count);
        var walked = Walked.Of(tree, new FileSourceOptions { Roots = [tree.SourceBytes], ExcludeCaches = true });
        all.RemoveAll(static one => one is "cache/deep/" or "cache/file");
        Assert.Equal(all, walked.Paths);
    }

    [Fact]
    public void Walk_MarkerPresent_KeepsTheDirectoryEmpty()
    {
        using var tree = new TreeFixture().Build("""
            os.makedirs("a/b"); put("a/.nobackup"); put("a/file"); os.makedirs("c/.skip"); put("c/file"); os.makedirs("d")
            put("d/file"); put(".nobackup")
            """);
        byte[][] markers = [".nobackup"u8.ToArray(), ".skip"u8.ToArray()];
        var walked = Walked.Of(tree, new FileSourceOptions { Roots = [tree.SourceBytes], ExcludeIfPresent = markers });
        Assert.Equal([".nobackup", "a/", "c/", "d/", "d/file"], walked.Paths);
    }

    [Fact]
    public void Walk_LargerThan_LeavesOutLargerFilesOnly()
    {
        using var tree = new TreeFixture().Build("""
            put("at", b"x" * 100); put("over", b"x" * 101); os.mkdir("dir"); os.symlink("t" * 200, "link")
            """);
        var walked = Walked.Of(tree, new FileSourceOptions { Roots = [tree.SourceBytes], ExcludeLargerThan = 100 });
        Assert.Equal(["at", "dir/", "link"], walked.Paths);
    }

    [Fact]
    public void Walk_OneFileSystem_KeepsMountPointsEmptyButReadsRootsOnThem() => OtherRights.WithOwnMounts(() =>
    {
        using var tree = new TreeFixture().Build("""os.mkdir("mounted"); os.mkdir("local"); put("local/file")""");
        OtherRights.MountMemory(Path.Combine(tree.Source, "mounted"));
        tree.Build("""put("mounted/file"); os.mkdir("mounted/dir"); put("mounted/dir/inner"); os.chmod("mounted", 0o751)""");
        var options = new FileSourceOptions { Roots = [tree.SourceBytes], OneFileSystem = true };
        Assert.Equal(["local/", "local/file", "mounted/"], Walked.Of(tree, options).Paths);
        Assert.Equal(6, Walked.Of(tree, options with { OneFileSystem = false }).Paths.Count);
        var named = options with { Roots = [tree.SourceBytes, tree.At("mounted/dir")] };
        Assert.Equal(["local/", "local/file", "mounted/", "mounted/dir/", "mounted/dir/inner"], Walked.Of(tree, named).Paths);
        TreeFixture.Run("umount", [Path.Combine(tree.Source, "mounted")]);
    });

    [Fact]
    public void Walk_ProtectedPlaces_AreNeverEntered()
    {
        using var tree = new TreeFixture().Build("""
            os.makedirs("site/packs"); put("site/packs/p"); put("secret"); os.mkdir("etc"); os.link("secret", "etc/copy")
            os.symlink("site", "link"); put("etc/fine")
            """);
        var options = new FileSourceOptions
        {
            Roots = [tree.SourceBytes],
            Protected =
            [
                new ProtectedPlace(tree.At("link"), "the local site a"),
                new ProtectedPlace(tree.At("secret"), "a secret file"),
                new ProtectedPlace(tree.At("not-yet"), "the spool"),
            ],
        };
        var walked = Walked.Of(tree, options);
        Assert.Equal(["etc/", "etc/fine", "link"], walked.Paths);
        Assert.Equal(
            [
                ($"{tree.Source}/etc/copy", "a secret file"),
                ($"{tree.Source}/secret", "a secret file"),
                ($"{tree.Source}/site", "the local site a"),
            ],
            walked.Reports.Of("excluded").Order());
        Assert.Equal(3, walked.Reports.All.Count);
    }

    [Fact]
    public void Walk_ProtectedPlaceThroughBindMounts_IsNeverEntered() => OtherRights.WithOwnMounts(() =>
    {
        using var tree = new TreeFixture().Build("""
            os.makedirs("site/packs/00"); put("site/packs/00/p"); os.makedirs("whole"); os.makedirs("a part")
            os.makedirs("above"); put("file")
            """);
        OtherRights.Bind(Path.Combine(tree.Source, "site"), Path.Combine(tree.Source, "whole"));
        OtherRights.Bind(Path.Combine(tree.Source, "site/packs"), Path.Combine(tree.Source, "a part"));
        var site = new ProtectedPlace(tree.At("site"), "the site");
        var options = new FileSourceOptions { Roots = [tree.SourceBytes], Protected = [site] };
        var walked = Walked.Of(tree, options);
        Assert.Equal(["above/", "file"], walked.Paths);
        Assert.Equal(3, walked.Reports.Of("excluded").Count());
        var fault = Assert.Throws<BackupException>(() => Walked.Of(tree, options with { Roots = [tree.At("a part/00")] }));
        Assert.Equal(FailureKind.Usage, fault.Kind);
        TreeFixture.Run("umount", [Path.Combine(tree.Source, "whole"), Path.Combine(tree.Source, "a part")]);
    });

    [Theory]
    [InlineData("site")]
    [InlineData("site/packs")]
    [InlineData("site/packs/p")]
    public void Check_RootIsOrLiesInAProtectedPlace_IsRefused(string root)
    {
        using var tree = new TreeFixture().Build("""os.makedirs("site/packs"); put("site/packs/p")""");
        var site = new ProtectedPlace(tree.At("site"), "the local site unna");
        var options = new FileSourceOptions { Roots = [tree.At(root)], Protected = [site] };
        var fault = Assert.Throws<BackupException>(() => new FileSource(options).Check());
        Assert.Equal(FailureKind.Usage, fault.Kind);
        Assert.Contains("the local site unna", fault.Message);
    }
}
