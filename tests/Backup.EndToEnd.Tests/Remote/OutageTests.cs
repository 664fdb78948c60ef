using System.Text.Json;
using Backup.EndToEnd.Tests.Faults;
using Backup.EndToEnd.Tests.Harness;
using Backup.Stores.Tests.Services;

namespace Backup.EndToEnd.Tests.Remote;

/// <summary>Trouble with one of three rented cities: slow, cut off, full, read-only, or back from an old copy. It costs that city, and it catches up.</summary>
public sealed class OutageTests
{
    private const int Megabytes = 40;

    [Theory]
    [InlineData("a")]
    [InlineData("c")]
    public void Line_FarTooSlow_OthersGoOnAtTheirPace(string slow)
    {
        using var world = new RemoteWorld(TestServices.Shared, line: slow);
        world.WriteRandom(Megabytes);
        var manifest = Manifest.Of(world.World.Data);
        world.Line.Limit(Direction.Up, 100_000); // seven minutes for all of it

        var summary = world.Machine.Json("backup").MustExit(20).Summary;

        MustBeBehind(summary, slow);
        world.World.MustRestore("latest", manifest, world.Places.Keys.Where(id => id != slow));
        world.Line.Limit(Direction.Up, null);
        MustCatchUp(world, slow, manifest);
    }

    [Theory]
    [InlineData("a")]
    [InlineData("b")]
    [InlineData("c")]
    public void Line_CutForGoodInTheMiddle_CostsThatSiteOnly(string cut)
    {
        using var world = new RemoteWorld(TestServices.Shared, line: cut);
        world.WriteRandom(Megabytes);
        var manifest = Manifest.Of(world.World.Data);
        world.Line.After(Direction.Up, Megabytes * 300_000L, world.Line.GoDown);

        var summary = world.Machine.Json("backup").MustExit(20).Summary;

        MustBeBehind(summary, cut);
        world.Line.ComeBack();
        MustCatchUp(world, cut, manifest);
    }

    [Theory]
    [InlineData("a")]
    [InlineData("b")]
    [InlineData("c")]
    public void Line_BreaksThreeTimes_CostsNothing(string bad)
    {
        using var world = new RemoteWorld(TestServices.Shared, line: bad);
        world.WriteRandom(Megabytes);
        var line = world.Line;
        void Break(int more)
        {
            line.ResetAll();
            if (more > 0)
            {
                line.After(Direction.Up, 12_000_000, () => Break(more - 1));
            }
        }

        line.After(Direction.Up, 5_000_000, () => Break(2));

        var manifest = world.World.Backup();

        world.SitesMustBeEqual();
        world.World.MustRestore("latest", manifest, bad);
    }

    [Fact]
    public void Sftp_FullInTheMiddle_FailsAloneAndCatchesUp()
    {
        using var world = new RemoteWorld(TestServices.Shared);
        using var disk = DiskOf((SftpPlace)world.Places["c"], "10m");
        world.WriteRandom(Megabytes);
        var manifest = Manifest.Of(world.World.Data);

        var summary = world.Machine.Json("backup").MustExit(20).Summary;

        MustBeBehind(summary, "c");
        Assert.Contains("full", summary.Site("c").Text("message"), StringComparison.OrdinalIgnoreCase);
        disk.Remount("size=300m");
        MustCatchUp(world, "c", manifest);
    }

    [Fact]
    public void Sftp_ReadOnly_FailsAloneAndCatchesUp()
    {
        using var world = new RemoteWorld(TestServices.Shared);
        using var disk = DiskOf((SftpPlace)world.Places["c"], "300m");
        world.WriteRandom(Megabytes);
        var manifest = Manifest.Of(world.World.Data);
        disk.Remount("ro");

        var summary = world.Machine.Json("backup").MustExit(20).Summary;

        MustBeBehind(summary, "c");
        disk.Remount("rw");
        MustCatchUp(world, "c", manifest);
    }

    [Theory]
    [InlineData("a")]
    [InlineData("c")]
    public void Site_FromAnOldCopy_IsStaleUntilCaughtUp(string old)
    {
        using var world = new RemoteWorld(TestServices.Shared);
        world.WriteRandom(8);
        world.World.Backup();
        var image = world.Places[old].Objects();
        SampleData.Write(world.World.Data);
        var manifest = world.World.Backup();
        world.Places[old].Return(image);

        Assert.True(StatusOf(world, old).Flag("stale"), "Nothing says that it is stale.");
        world.World.MustRestore(world.Machine, "latest", manifest, "one of three is stale", 20);
        MustCatchUp(world, old, manifest);
    }

    /// <summary>A site that is added while a backup runs: neither disturbs the other, and in the end it has everything.</summary>
    [Fact]
    public void Add_WhileABackupGoesOn_IsFilledBySync()
    {
        using var world = new RemoteWorld(TestServices.Shared, cities: 2);
        world.WriteRandom(8);
        world.Machine.Run("backup").MustExit(0);
        world.World.WritePolicy();
        world.WriteRandom(Megabytes);
        var manifest = Manifest.Of(world.World.Data);
        using var running = world.Machine.Start([], "--json", "backup");
        Assert.True(SpinWait.SpinUntil(() => running.HasExited || world.Places["a"].Bytes() > 25_000_000, TimeSpan.FromMinutes(1)));

        world.Machine.Run("site", "add", "c").MustExit(0, 20);
        world.Machine.Run("sync").MustExit(0, 20);

        running.Finish().MustExit(0, 20);
        MustCatchUp(world, "c", manifest);
    }

    private static void MustBeBehind(JsonElement summary, string site)
    {
        foreach (var id in new[] { "a", "b", "c" })
        {
            Assert.True((summary.Site(id).Text("state") == "complete") == (id != site), $"{id}: {summary.Site(id)}");
        }

        Assert.NotEmpty(summary.Site(site).Text("message"));
    }

    private static void MustCatchUp(RemoteWorld world, string site, string manifest)
    {
        world.Machine.Run("sync").MustExit(0);
        world.SitesMustBeEqual();
        Assert.Equal((0, false), (StatusOf(world, site).Number("backlog_objects"), StatusOf(world, site).Flag("stale")));
        world.World.MustRestore("latest", manifest, site);
    }

    private static JsonElement StatusOf(RemoteWorld world, string site) =>
        world.Machine.Json("status").Items.Single(item => item.Text("kind") == "site" && item.Text("id") == site);

    /// <summary>The folder of a site as a disk of its own, with what was in it.</summary>
    private static SmallDisk DiskOf(SftpPlace place, string size)
    {
        var content = place.Objects();
        place.Wipe();
        var disk = new SmallDisk(place.Folder, size);
        Shell.Run("chown", "--reference", Path.GetDirectoryName(place.Folder)!, "--", place.Folder);
        ((IRemotePlace)place).Return(content);
        return disk;
    }
}
