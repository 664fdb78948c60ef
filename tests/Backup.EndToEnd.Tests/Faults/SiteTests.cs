using System.Security.Cryptography;
using Backup.EndToEnd.Tests.Harness;

namespace Backup.EndToEnd.Tests.Faults;

/// <summary>A site in trouble fails alone; the others complete, and it is completed later.</summary>
public sealed class SiteTests
{
    [Fact]
    public void Site_MissingForANight_IsNotMadeAndCatchesUp()
    {
        using var world = World.WithData(quick: true);
        var first = world.Backup();
        world.TakeAway("c");
        SampleData.Change(world.Data);
        var second = Manifest.Of(world.Data);

        var summary = world.Machine.Json("backup").MustExit(20).Summary;

        Assert.Equal("failed", summary.Site("c").Text("state"));
        Assert.Equal("complete", summary.Site("a").Text("state"));
        Assert.False(summary.GetProperty("placement").Flag("met"));
        Assert.False(Directory.Exists(world.SitePath("c")), "A lost site was made anew.");
        world.Machine.Run("sync").MustExit(20);
        Assert.False(Directory.Exists(world.SitePath("c")), "A lost site was made anew by sync.");
        world.Machine.Json("status").MustExit(20);
        world.BringBack("c");
        var third = world.Backup();
        world.SitesMustBeEqual();
        world.MustRestore("latest~2", first, "c");
        world.MustRestore("latest~1", second, "c");
        world.MustRestore("latest", third, "c");
    }

    [Fact]
    public void Sync_SiteThatWasAway_BringsItsBacklog()
    {
        using var world = World.WithData(quick: true);
        world.TakeAway("c");
        var manifest = Manifest.Of(world.Data);
        world.Machine.Run("backup").MustExit(20);
        world.BringBack("c");

        var site = world.Machine.Json("sync").MustExit(0).Summary.Site("c");

        Assert.True(site.Number("objects_copied") > 0, "Nothing was copied.");
        Assert.True(site.Flag("complete"));
        world.SitesMustBeEqual();
        world.MustRestore("latest", manifest, "c");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Site_Lost_IsFilledOnlyByRebuild(bool folderGone)
    {
        using var world = World.WithData(quick: true);
        var manifest = world.Backup();
        TemporaryFolder.Empty(world.SitePath("b"));
        if (folderGone)
        {
            Directory.Delete(world.SitePath("b"));
        }

        world.Machine.Run("backup").MustExit(20).MustSay("--rebuild");
        world.Machine.Run("sync").MustExit(20);
        world.Machine.Run("sync", "--to", "b").MustExit(20);
        world.Machine.Run("verify", "--heal").MustExit(20, 21);
        Assert.False(
            Directory.Exists(world.SitePath("b")) && Directory.EnumerateFiles(world.SitePath("b"), "*", SearchOption.AllDirectories).Any(),
            "Something was written to a lost site.");

        world.Machine.Run("sync", "--to", "b", "--rebuild").MustExit(0);

        world.SitesMustBeEqual();
        world.MustRestore("latest", manifest, "b");
        world.Machine.Run("status").MustExit(0);
    }

    [Fact]
    public void Site_ReadOnly_FailsAloneAndCatchesUp()
    {
        using var world = World.Blank();
        using var disk = new SmallDisk(world.SitePath("c"), "16m");
        SampleData.Write(world.Data);
        world.Machine.Run("init", "--recovery-out", world.RecoveryKey).MustExit(0);
        disk.Remount("ro");
        var manifest = Manifest.Of(world.Data);

        var summary = world.Machine.Json("backup").MustExit(20).Summary;

        Assert.NotEqual("complete", summary.Site("c").Text("state"), StringComparer.Ordinal);
        Assert.NotEmpty(summary.Site("c").Text("message"));
        world.MustRestore("latest", manifest, "a", "b");
        disk.Remount("rw");
        world.Machine.Run("sync").MustExit(0);
        world.SitesMustBeEqual();
        world.MustRestore("latest", manifest, "c");
    }

    [Fact]
    public void Site_ReadOnly_VerifyReadsItAndSaysThatItFallsBehind()
    {
        using var world = World.Blank();
        using var disk = new SmallDisk(world.SitePath("b"), "16m");
        SampleData.Write(world.Data);
        world.Machine.Run("init", "--recovery-out", world.RecoveryKey).MustExit(0);
        world.Backup();
        disk.Remount("ro");

        var verified = world.Machine.Json("verify").MustExit(20).MustSay("Nürnberg (b)");

        Assert.Equal(0, verified.Summary.Site("b").Number("damaged"));
        disk.Remount("rw");
        world.Machine.Run("sync").MustExit(0);
        world.Machine.Run("verify").MustExit(0);
    }

    [Fact]
    public void Reading_OneOfSeveralSitesAway_GivesEverythingAndSays20()
    {
        using var world = World.WithData(quick: true);
        var manifest = world.Backup();
        world.TakeAway("b");

        world.MustRestore(world.Machine, "latest", manifest, "two of three sites", 20);
        world.Machine.Run("snapshots").MustExit(20).MustSay("Nürnberg (b)");
        world.Machine.Run("ls", "latest", "-R").MustExit(20).MustSay("hello.txt");
        world.Machine.Run("find", "hello.txt").MustExit(20).MustSay("hello.txt");
        world.Machine.Run("dump", $"latest:{world.Data}/hello.txt").MustExit(20).MustSay("three cities");
        world.Machine.Run("snapshots", "--site", "a").MustExit(0);
    }

    [Fact]
    public void Site_FullInTheMiddle_FailsAloneAndCatchesUp()
    {
        using var world = World.Blank();
        using var disk = new SmallDisk(world.SitePath("c"), "6m");
        world.Machine.Run("init", "--recovery-out", world.RecoveryKey).MustExit(0);
        for (var i = 0; i < 5; i++)
        {
            SampleData.Random(Path.Combine(world.Data, $"big{i}"), 8_000_000);
        }

        var manifest = Manifest.Of(world.Data);

        var result = world.Machine.Json("backup").MustExit(20);

        Assert.NotEqual("complete", result.Summary.Site("c").Text("state"), StringComparer.Ordinal);
        Assert.Equal(("complete", "complete"), (result.Summary.Site("a").Text("state"), result.Summary.Site("b").Text("state")));
        Assert.Contains("space", result.Summary.Site("c").Text("message"), StringComparison.OrdinalIgnoreCase);
        world.MustRestore("latest", manifest, "a", "b");
        disk.Remount("size=100m");
        world.Machine.Run("backup").MustExit(0);
        world.SitesMustBeEqual();
        world.MustRestore("latest~1", manifest, "c");
        world.Machine.Run("verify", "--read-data", "all").MustExit(0);
    }

    [Fact]
    public void Site_AllFull_NothingIsCalledASnapshot()
    {
        using var world = World.Blank();
        world.Sites = [("a", "Unna")];
        world.Cities = 1;
        world.WritePolicy();
        using var disk = new SmallDisk(world.SitePath("a"), "2m");
        world.Machine.Run("init", "--recovery-out", world.RecoveryKey).MustExit(0);
        for (var i = 0; i < 20; i++)
        {
            SampleData.Random(Path.Combine(world.Data, $"big{i:00}"), 16_000_000);
        }

        var result = world.Machine.Json("backup").MustExit(10);

        Assert.Contains("space", result.Summary.Site("a").Text("message"), StringComparison.OrdinalIgnoreCase);
        Assert.True(result.Summary.Number("bytes_read") < 20 * 16_000_000, "With no site left it must not read on.");
        Assert.Empty(world.Rescue("a").Json("snapshots").MustExit(0, 20).Items);
        disk.Remount("size=400m");
        var manifest = world.Backup();
        world.MustRestore("latest", manifest, "a");
    }

    [Fact]
    public void Spool_TheOnlyCityThatTookASnapshotIsLost_FillsTheOthers()
    {
        using var world = World.WithData(quick: true);
        world.Backup();
        world.TakeAway("b");
        world.TakeAway("c");
        SampleData.Change(world.Data);
        var manifest = Manifest.Of(world.Data);
        world.Machine.Run("backup").MustExit(20);
        world.TakeAway("a");
        world.BringBack("b");
        world.BringBack("c");

        world.Machine.Run("sync").MustExit(20);

        world.MustRestore("latest", manifest, "b", "c");
        Assert.NotEmpty(Spooled(world));
        world.BringBack("a");
        world.Machine.Run("sync").MustExit(0);
        Assert.Empty(Spooled(world));
        world.SitesMustBeEqual();
    }

    [Fact]
    public void Spool_NoRoomForIt_CostsNoSnapshot()
    {
        using var world = World.WithData(quick: true);
        using var disk = new SmallDisk(Path.Combine(world.Folder, "disk"), "40m");
        TemporaryFolder.Copy(world.Machine.State, Path.Combine(world.Folder, "disk", "state"));
        var machine = new Machine(world.Machine.Policy, Path.Combine(world.Folder, "disk", "state"));
        world.TakeAway("c");
        File.WriteAllBytes(Path.Combine(world.Data, "large"), RandomNumberGenerator.GetBytes(80 << 20));
        var manifest = Manifest.Of(world.Data);

        var result = machine.Run("backup").MustExit(20);

        Assert.Contains("spool", result.Errors);
        world.MustRestore("latest", manifest, "a", "b");
        world.BringBack("c");
        machine.Run("sync").MustExit(0);
        world.MustRestore("latest", manifest, "c");
    }

    [Fact]
    public void Site_OfAnotherRepository_IsLeftAlone()
    {
        using var world = World.WithData(quick: true);
        using var other = World.Blank();
        other.Machine.Run("init", "--recovery-out", other.RecoveryKey).MustExit(0);
        world.TakeAway("c");
        TemporaryFolder.Copy(other.SitePath("c"), world.SitePath("c"));
        var before = world.Objects("c");

        var summary = world.Machine.Json("backup").MustExit(20).Summary;

        Assert.Equal("failed", summary.Site("c").Text("state"));
        Assert.Equal(before, world.Objects("c"));
        world.Machine.Run("sync", "--to", "c", "--rebuild").MustExit(11);
        Assert.Equal(before, world.Objects("c"));
    }

    [Fact]
    public void Site_HoldsSomethingElse_InitLeavesItAlone()
    {
        using var world = World.Blank();
        Directory.CreateDirectory(world.SitePath("c"));
        File.WriteAllText(Path.Combine(world.SitePath("c"), "photos.tar"), "mine");

        world.Machine.Run("init", "--recovery-out", world.RecoveryKey).MustExit(11);

        Assert.Equal("mine", File.ReadAllText(Path.Combine(world.SitePath("c"), "photos.tar")));
        Assert.Single(Directory.EnumerateFileSystemEntries(world.SitePath("c")));
    }

    [Fact]
    public void Site_UnreachableAtInit_IsFilledByTheNextRun()
    {
        using var world = World.Blank();
        File.WriteAllText(Path.Combine(world.Folder, "not mounted"), "");
        world.Elsewhere["c"] = Path.Combine(world.Folder, "not mounted", "c");
        world.WritePolicy();
        SampleData.Write(world.Data);

        var init = world.Machine.Json("init", "--recovery-out", world.RecoveryKey).MustExit(20);
        Assert.Equal(3, init.Summary.List("sites").Count);
        Assert.Equal([("a", "active"), ("b", "active"), ("c", "awaited")], Standings(world));
        world.Machine.Run("backup").MustExit(20);
        File.Delete(Path.Combine(world.Folder, "not mounted"));
        Directory.CreateDirectory(world.SitePath("c"));
        var manifest = world.Backup();

        Assert.Equal([("a", "active"), ("b", "active"), ("c", "active")], Standings(world));
        world.SitesMustBeEqual();
        world.MustRestore("latest", manifest, "c");
    }

    [Fact]
    public void Site_MountPointWithoutItsDisk_IsLostAndStaysEmpty()
    {
        using var world = World.Blank();
        using var disk = new SmallDisk(Path.Combine(world.Folder, "disk"), "16m");
        SampleData.Write(world.Data);
        var first = "";
        using (Mounted(world, "c"))
        {
            world.Machine.Run("init", "--recovery-out", world.RecoveryKey).MustExit(0);
            first = world.Backup();
        }

        SampleData.Change(world.Data);
        foreach (var command in new[] { "backup", "sync", "verify" })
        {
            world.Machine.Run(command).MustExit(20).MustSay("lost");
            Assert.Empty(Directory.EnumerateFileSystemEntries(world.SitePath("c")));
        }

        Assert.Equal([("a", "active"), ("b", "active"), ("c", "lost")], Standings(world));
        using (Mounted(world, "c"))
        {
            var second = world.Backup();
            world.SitesMustBeEqual();
            world.MustRestore("latest", second, "c");
            world.MustRestore("latest~2", first, "c");
        }
    }

    [Fact]
    public void Sites_AllGone_Exits10()
    {
        using var world = World.WithData(quick: true);
        world.Backup();
        foreach (var site in world.SiteIds)
        {
            world.TakeAway(site);
        }

        world.Machine.Run("backup").MustExit(10);
        world.Machine.Run("snapshots").MustExit(10);
        world.Machine.Run("restore", "latest", "--target", Path.Combine(world.Folder, "t")).MustExit(10);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Sites_OfAnotherRepository_AreNotUsed(int held)
    {
        using var world = World.WithData(quick: true);
        using var other = World.Blank();
        other.Machine.Run("init", "--recovery-out", other.RecoveryKey).MustExit(0);
        foreach (var site in world.SiteIds)
        {
            world.TakeAway(site);
        }

        foreach (var site in world.SiteIds.Take(held))
        {
            TemporaryFolder.Copy(other.SitePath(site), world.SitePath(site));
        }

        var before = world.Objects("a");

        world.Machine.Run("backup").MustExit(10).MustSay("another repository");

        Assert.Equal(before, world.Objects("a"));
    }

    [Fact]
    public void Site_Added_IsFilledAndRestoresAlone()
    {
        using var world = World.WithData(quick: true);
        var manifest = world.Backup();
        world.Sites = [.. world.Sites, ("d", "Kiel")];
        world.WritePolicy();

        world.Machine.Run("site", "add", "d").MustExit(0, 20);
        world.Machine.Run("sync").MustExit(0);

        world.SitesMustBeEqual();
        world.MustRestore("latest", manifest, "d");
    }

    [Fact]
    public void Site_Retired_CountsNoMore()
    {
        using var world = World.WithData(quick: true);
        world.Sites = [.. world.Sites, ("d", "Kiel")];
        world.WritePolicy();
        world.Machine.Run("site", "add", "d").MustExit(0, 20);
        world.Backup();

        world.Machine.Run("site", "retire", "d").MustExit(0);
        TemporaryFolder.Remove(world.SitePath("d"));
        world.Sites = [.. world.Sites.Take(3)];
        world.WritePolicy();

        var manifest = world.Backup();
        world.MustRestore("latest", manifest, "a");
    }

    /// <summary>The sites as the program lists them.</summary>
    private static IEnumerable<(string Id, string Standing)> Standings(World world) =>
        world.Machine.Json("site", "list").MustExit(0).Items.Select(static site => (site.Text("id"), site.Text("standing")));

    /// <summary>The world's disk where a site lies, until it is disposed.</summary>
    private static Bound Mounted(World world, string site) => new(Path.Combine(world.Folder, "disk"), world.SitePath(site));

    private static List<string> Spooled(World world) =>
        [.. Directory.GetFiles(world.Machine.State, "*", SearchOption.AllDirectories).Where(static file => file.Contains("/spool/", StringComparison.Ordinal))];

    /// <summary>A folder that shows another one.</summary>
    private sealed class Bound : IDisposable
    {
        private readonly string _to;

        public Bound(string from, string to)
        {
            _to = Directory.CreateDirectory(to).FullName;
            Shell.Run("mount", "--bind", from, _to);
        }

        public void Dispose() => Shell.Run("umount", _to);
    }
}
