using Backup.EndToEnd.Tests.Harness;

namespace Backup.EndToEnd.Tests.Fidelity;

/// <summary>What a source takes and what it leaves out.</summary>
public sealed class SelectionTests
{
    [Fact]
    public void Exclude_Patterns_FollowGitignore()
    {
        using var world = World.Initialized(quick: true);
        world.SourceKeys = "    exclude: [\"*.tmp\", \"!keep.tmp\", \"**/cache/**\", \"/nowhere\"]";
        var paths = Saved(world, "a.tmp", "keep.tmp", "deep/down/b.tmp", "deep/cache/c", "cached/d");

        Assert.Equal(["cached/d", "keep.tmp"], paths, StringComparer.Ordinal);
    }

    [Fact]
    public void ExcludeCaches_TaggedFolder_IsLeftOut()
    {
        using var world = World.Initialized(quick: true);
        world.SourceKeys = "    exclude_caches: true";
        Directory.CreateDirectory(Path.Combine(world.Data, "tagged"));
        File.WriteAllText(Path.Combine(world.Data, "tagged", "CACHEDIR.TAG"), "Signature: 8a477f597d28d172789f06886806bc55\n");
        Directory.CreateDirectory(Path.Combine(world.Data, "lying"));
        File.WriteAllText(Path.Combine(world.Data, "lying", "CACHEDIR.TAG"), "no signature\n");

        var paths = Saved(world, "tagged/x", "lying/y");

        Assert.DoesNotContain("tagged/x", paths, StringComparer.Ordinal);
        Assert.Contains("lying/y", paths, StringComparer.Ordinal);
    }

    [Fact]
    public void ExcludeIfPresent_MarkedFolder_IsLeftOut()
    {
        using var world = World.Initialized(quick: true);
        world.SourceKeys = "    exclude_if_present: [.nobackup]";

        var paths = Saved(world, "marked/x", "marked/.nobackup", "other/y");

        Assert.Equal(["other/y"], paths.Where(path => !path.EndsWith(".nobackup", StringComparison.Ordinal)), StringComparer.Ordinal);
    }

    [Fact]
    public void ExcludeLargerThan_LargeFile_IsLeftOut()
    {
        using var world = World.Initialized(quick: true);
        world.SourceKeys = "    exclude_larger_than: 10KiB";
        SampleData.Random(Path.Combine(world.Data, "large"), 20_000);

        Assert.Equal(["small"], Saved(world, "small"), StringComparer.Ordinal);
    }

    [Fact]
    public void OneFileSystem_OtherMount_IsNotEntered()
    {
        using var world = World.Initialized(quick: true);
        world.SourceKeys = "    one_file_system: true";
        using var disk = new Faults.SmallDisk(Path.Combine(world.Data, "mounted"), "1m");

        Assert.Equal(["here"], Saved(world, "here", "mounted/there"), StringComparer.Ordinal);
    }

    [Fact]
    public void SeveralSources_EachHasItsSnapshots()
    {
        using var world = World.WithData(quick: true);
        var other = Directory.CreateDirectory(Path.Combine(world.Folder, "other")).FullName;
        File.WriteAllText(Path.Combine(other, "file"), "x");
        world.SourceKeys = $"  - {{ id: second, kind: files, roots: [{other}] }}";
        world.WritePolicy();

        Assert.Equal(2, world.Machine.Json("backup").MustExit(0).OfType("summary").Count);
        world.Machine.Run("backup", "second").MustExit(0);

        Assert.Equal(3, world.Machine.Json("snapshots").MustExit(0).Items.Count);
        world.Machine.Run("restore", "latest", "--target", Path.Combine(world.Folder, "t")).MustExit(2).MustSay("data", "second");
        world.MustRestore("data@latest", Manifest.Of(world.Data), "a");
    }

    [Fact]
    public void Folder_OfManyEntries_ComesBack()
    {
        using var world = World.Initialized(quick: true);
        Shell.Python("-c", $"import os\nos.chdir('{world.Data}')\nfor i in range(100000): open('%06d' % i, 'w').close()");
        var manifest = world.Backup();

        world.MustRestore("latest", manifest, "b");
    }

    /// <summary>Makes these files, saves, and says which files came into the snapshot.</summary>
    private static List<string> Saved(World world, params string[] files)
    {
        world.WritePolicy();
        foreach (var file in files)
        {
            var path = Path.Combine(world.Data, file);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, file);
        }

        world.Machine.Run("backup").MustExit(0);
        return [.. world.Machine.Json("ls", "latest", "-R").MustExit(0).Items
            .Where(item => item.Text("kind") == "file")
            .Select(item => Path.GetRelativePath(world.Data, item.Text("path")))
            .Order(StringComparer.Ordinal)];
    }
}
