using Backup.EndToEnd.Tests.Harness;

namespace Backup.EndToEnd.Tests.Faults;

/// <summary>Two runs at once, rolled-back states, second machines, takeovers with a city away: noticed, joined, nothing lost.</summary>
public sealed class OwnerTests
{
    [Fact]
    public void Backup_TwiceAtOnce_IsOrderedOrTold()
    {
        using var world = World.WithData(quick: true);
        SampleData.Random(Path.Combine(world.Data, "big"), 8_000_000);
        var manifest = Manifest.Of(world.Data);

        var running = new[] { world.Machine.Start([], "backup"), world.Machine.Start([], "backup") };
        var results = running.Select(process => process.Finish()).ToList();

        Assert.All(results, result => result.MustExit(0, 11));
        Assert.Contains(results, result => result.ExitCode == 0);
        Assert.Equal(results.Count(result => result.ExitCode == 0), world.Machine.Json("snapshots").MustExit(0).Items.Count);
        world.Machine.Run("verify", "--read-data", "all").MustExit(0);
        world.SitesMustBeEqual();
        world.MustRestore("latest", manifest, "a");
    }

    [Fact]
    public void State_RolledBack_IsNoticedAndNothingIsLost()
    {
        using var world = World.WithData(quick: true);
        var first = world.Backup();
        TemporaryFolder.Copy(world.Machine.State, world.Machine.State + ".old");
        SampleData.Change(world.Data);
        var second = world.Backup();
        TemporaryFolder.Remove(world.Machine.State);
        Directory.Move(world.Machine.State + ".old", world.Machine.State);
        SampleData.Random(Path.Combine(world.Data, "third"), 1000);

        var manifest = Manifest.Of(world.Data);
        world.Machine.Run("backup").MustExit(0);

        Assert.Equal(3, world.Machine.Json("snapshots").MustExit(0).Items.Count);
        world.SitesMustBeEqual();
        world.MustRestore("latest~2", first, "a");
        world.MustRestore("latest~1", second, "b");
        world.MustRestore("latest", manifest, "c");
    }

    [Fact]
    public void State_Deleted_TakeoverGoesOnWithEverything()
    {
        using var world = World.WithData(quick: true);
        var first = world.Backup();
        TemporaryFolder.Remove(world.Machine.State);

        world.Machine.Run("backup").MustExit(11).MustSay("takeover");
        world.MustRestore(world.Machine, "latest", first, "an empty state reads");
        world.Machine.Run("takeover").MustExit(0);
        SampleData.Change(world.Data);
        var summary = world.Machine.Json("backup").MustExit(0).Summary;

        Assert.True(summary.Number("bytes_added") < 200_000, "After a takeover the old content was stored again.");
        world.MustRestore("latest", Manifest.Of(world.Data), "a");
        world.MustRestore("latest~1", first, world.SiteIds);
        world.SitesMustBeEqual();
    }

    [Fact]
    public void Takeover_OldOwner_IsToldAndWritesNothing()
    {
        using var world = World.WithData(quick: true);
        world.Backup();
        var second = world.SecondMachine();
        second.Run("takeover").MustExit(0);
        second.Run("backup").MustExit(0);
        var before = world.Objects("a");

        world.Machine.Run("backup").MustExit(11).MustSay("takeover");

        Assert.Equal(before, world.Objects("a"));
        Assert.Equal(2, world.Machine.Json("snapshots").MustExit(0).Items.Count);
    }

    [Fact]
    public void Takeover_CityAway_ItsReturnLosesNothing()
    {
        using var world = World.WithData(quick: true);
        var first = world.Backup();
        world.TakeAway("c");
        var second = world.SecondMachine();

        second.Run("takeover").MustExit(0, 20);
        SampleData.Change(world.Data);
        var latest = Manifest.Of(world.Data);
        second.Run("backup").MustExit(20);
        world.BringBack("c");
        second.Run("backup").MustExit(0);

        world.SitesMustBeEqual();
        world.MustRestore("latest~2", first, world.SiteIds);
        world.MustRestore("latest", latest, world.SiteIds);
        second.Run("verify", "--read-data", "all").MustExit(0);
    }

    [Fact]
    public void Takeover_AwayCityHoldsASnapshotOfItsOwn_BothAreKept()
    {
        using var world = World.WithData(quick: true);
        var first = world.Backup();
        world.TakeAway("a");
        world.TakeAway("b");
        SampleData.Change(world.Data);
        var lonely = Manifest.Of(world.Data);
        world.Machine.Run("backup").MustExit(20);
        world.TakeAway("c");
        world.BringBack("a");
        world.BringBack("b");
        var second = world.SecondMachine();
        second.Run("takeover").MustExit(0, 20);
        SampleData.Random(Path.Combine(world.Data, "afterwards"), 50_000);
        var afterwards = Manifest.Of(world.Data);
        second.Run("backup").MustExit(20);

        world.BringBack("c");
        second.Run("backup").MustExit(0);
        second.Run("sync").MustExit(0);

        var snapshots = second.Json("snapshots").MustExit(0).Items;
        Assert.Equal(4, snapshots.Count);
        Assert.All(snapshots, snapshot => Assert.All(snapshot.List("sites"), site => Assert.True(site.Flag("complete"))));
        world.SitesMustBeEqual();
        world.MustRestore("latest", afterwards, "a");
        MustRestoreOne(world, "b", first);
        MustRestoreOne(world, "c", lonely);
    }

    [Fact]
    public void Keyring_DomainsMadeWhileCitiesWereAway_AreMerged()
    {
        using var world = World.Initialized(quick: true);
        world.SourceKeys = $"    subjects: [ {{ match: \"{world.Data}/{{user}}/**\", id: \"customer:{{user}}\" }} ]";
        world.WritePolicy();
        SampleData.Random(Path.Combine(world.Data, "one", "file"), 5_000);
        world.Backup();
        world.TakeAway("a");
        world.TakeAway("b");
        SampleData.Random(Path.Combine(world.Data, "two", "file"), 5_000);
        world.Machine.Run("backup").MustExit(20);
        world.BringBack("a");
        world.BringBack("b");
        SampleData.Random(Path.Combine(world.Data, "three", "file"), 5_000);

        var manifest = world.Backup();

        world.SitesMustBeEqual();
        world.MustRestore("latest", manifest, world.SiteIds);
    }

    /// <summary>One of the snapshots is this.</summary>
    private static void MustRestoreOne(World world, string site, string manifest)
    {
        for (var back = 0; back < 4; back++)
        {
            var target = Path.Combine(world.Folder, $"one-of-{site}-{back}");
            world.Rescue(site).Run("restore", $"latest~{back}", "--target", target).MustExit(0);
            var found = Manifest.Of(target + world.Data) == manifest;
            TemporaryFolder.Remove(target);
            if (found)
            {
                return;
            }
        }

        Assert.Fail($"No snapshot at {site} is the one that was saved.");
    }
}
