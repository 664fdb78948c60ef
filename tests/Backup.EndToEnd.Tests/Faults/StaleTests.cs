using Backup.EndToEnd.Tests.Harness;

namespace Backup.EndToEnd.Tests.Faults;

/// <summary>A site that shows an older or another state than this machine has seen: told, read all the same, never taken for the newest.</summary>
public sealed class StaleTests
{
    [Fact]
    public void Site_Behind_ServesItsOwnLatestAndExits20()
    {
        using var world = World.WithData(quick: true);
        var first = world.Backup();
        world.TakeAway("c");
        SampleData.Change(world.Data);
        var second = Manifest.Of(world.Data);
        world.Machine.Run("backup").MustExit(20);
        world.BringBack("c");

        // Whoever has seen the newer head is warned; who has not cannot know.
        MustRestoreFrom(world, world.Machine, "c", first, 20);
        MustRestoreFrom(world, world.Rescue("c"), "c", first, 0);
        MustRestoreFrom(world, world.Machine, "a", second, 0);
        Assert.True(world.Machine.Json("status").MustExit(20).Items.Single(item => item.Text("kind") == "site" && item.Text("id") == "c").Flag("stale"));
        world.Machine.Run("restore", "latest", "--site", "c", "--target", Path.Combine(world.Folder, "twice")).MustExit(20);
        world.Machine.Run("restore", "latest", "--site", "c", "--target", Path.Combine(world.Folder, "twice")).MustExit(20); // before 3: what exists was skipped
    }

    [Fact]
    public void Sites_AllOfAnotherBranch_AreReadOnlyWhenAccepted()
    {
        using var world = World.WithData(quick: true);
        world.Backup();
        using var other = world.Clone(world.Data);
        SampleData.Change(world.Data);
        world.Machine.Run("backup").MustExit(0);
        var reader = world.SecondMachine("reader");
        reader.Run("snapshots").MustExit(0);
        SampleData.Random(Path.Combine(world.Data, "other branch"), 1000);
        var branch = Manifest.Of(world.Data);
        other.Machine.Run("backup").MustExit(0);
        foreach (var site in world.SiteIds)
        {
            TemporaryFolder.Remove(world.SitePath(site));
            TemporaryFolder.Copy(other.SitePath(site), world.SitePath(site));
        }

        var target = Path.Combine(world.Folder, "t");
        var refused = reader.Run("restore", "latest", "--target", target);

        Assert.NotEqual(0, refused.MustSay("--accept-fork").ExitCode);
        Assert.False(Directory.Exists(target), "Something came out of a fork that was not accepted.");
        reader.Run("restore", "latest", "--accept-fork", "--target", target).MustExit(0, 20);
        Manifest.MustEqual(branch, target + world.Data, "an accepted fork");
    }

    [Fact]
    public void ExpectHead_OfAnOlderEntry_IsContained()
    {
        using var world = World.WithData(quick: true);
        world.Backup();
        var head = Path.GetFileName(Directory.EnumerateFiles(Path.Combine(world.SitePath("a"), "ledger")).Order(StringComparer.Ordinal).Last())[11..];
        SampleData.Change(world.Data);
        world.Backup();

        world.Rescue("a").Run("restore", "latest", "--expect-head", head, "--target", Path.Combine(world.Folder, "t")).MustExit(0);
    }

    private static void MustRestoreFrom(World world, Machine machine, string site, string manifest, int code)
    {
        var target = Path.Combine(world.Folder, Path.GetRandomFileName());
        machine.Run("restore", "latest", "--site", site, "--target", target).MustExit(code);
        Manifest.MustEqual(manifest, target + world.Data, $"the latest of {site}");
    }
}
