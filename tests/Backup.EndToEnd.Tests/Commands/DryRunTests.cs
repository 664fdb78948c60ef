using Backup.EndToEnd.Tests.Harness;

namespace Backup.EndToEnd.Tests.Commands;

/// <summary><c>--dry-run</c> says what would be done and does none of it.</summary>
public sealed class DryRunTests(Story story) : IClassFixture<Story>
{
    [Theory]
    [InlineData("backup")]
    [InlineData("sync")]
    [InlineData("takeover")]
    [InlineData("key rotate")]
    [InlineData("key add --new-passphrase-file passphrase")]
    [InlineData("key recovery --recovery-out new.key")]
    [InlineData("site retire c")]
    [InlineData("verify --heal")]
    [InlineData("forget")]
    [InlineData("gc")]
    [InlineData("pin latest")]
    [InlineData("unpin latest")]
    public void DryRun_OfAWriter_ChangesNoSite(string command)
    {
        using var world = story.World.Clone(story.World.Data);
        var before = Everything(world);

        world.Machine.Run([.. command.Split(' '), "--dry-run"]).MustExit(0);

        Assert.Equal(before, Everything(world), StringComparer.Ordinal);
        Assert.False(File.Exists(Path.Combine(world.Folder, "new.key")), "A dry run wrote a recovery key.");
    }

    [Fact]
    public void SyncDryRun_SiteBehind_CountsAndCopiesNothing()
    {
        using var world = story.World.Clone(story.World.Data);
        world.TakeAway("c");
        world.Machine.Run("backup").MustExit(20);
        world.BringBack("c");
        var before = world.Objects("c");

        var site = world.Machine.Json("sync", "--dry-run").MustExit(0, 20).Summary.Site("c");

        Assert.True(site.Number("objects_copied") > 0, "Nothing would be copied to a site that is behind.");
        Assert.Equal(before, world.Objects("c"));
    }

    [Fact]
    public void SyncRebuildDryRun_LostSite_CountsEverythingAndMakesNothing()
    {
        using var world = story.World.Clone(story.World.Data);
        var before = Directory.EnumerateFiles(Path.Combine(world.SitePath("a"), "packs"), "*", SearchOption.AllDirectories).Count();
        TemporaryFolder.Remove(world.SitePath("c"));

        var site = world.Machine.Json("sync", "--to", "c", "--rebuild", "--dry-run").MustExit(0).Summary.Site("c");

        Assert.True(site.Number("objects_copied") > before, "Less would be copied to a site that is filled anew than it held.");
        Assert.False(Path.Exists(world.SitePath("c")), "A dry run made a site.");
    }

    [Fact]
    public void InitDryRun_NamesNoRepository()
    {
        using var world = World.Blank();

        var said = world.Machine.Run("init", "--dry-run").MustExit(0).Text;

        Assert.DoesNotContain("repository ", said, StringComparison.Ordinal);
        Assert.False(Path.Exists(world.SitePath("a")), "A dry run made a site.");
    }

    [Fact]
    public void KeyRemoveDryRun_RemovesNothing()
    {
        using var world = story.World.Clone(story.World.Data);
        var slot = world.Machine.Json("key", "list").MustExit(0).Items.First(item => item.Text("kind") == "passphrase").Text("id");

        world.Machine.Run("key", "remove", slot, "--dry-run").MustExit(0, 1);

        Assert.Equal(2, world.Machine.Json("key", "list").MustExit(0).Items.Count);
    }

    [Fact]
    public void SiteAddDryRun_MakesNoFolder()
    {
        using var world = story.World.Clone(story.World.Data);
        world.Sites = [.. world.Sites, ("d", "Kiel")];
        world.WritePolicy();

        world.Machine.Run("site", "add", "d", "--dry-run").MustExit(0);

        Assert.False(Path.Exists(world.SitePath("d")), "A dry run made a site.");
    }

    private static List<string> Everything(World world) => [.. world.SiteIds.Select(world.Objects)];
}
