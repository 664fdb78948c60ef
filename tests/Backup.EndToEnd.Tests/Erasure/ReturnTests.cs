using Backup.EndToEnd.Tests.Harness;

namespace Backup.EndToEnd.Tests.Erasure;

/// <summary>What was erased comes back, as a copy of an old disk or as a city that was away: whoever can know of the erasure does not give the person back, and the next run erases again.</summary>
public sealed class ReturnTests(PeopleStory story) : IClassFixture<PeopleStory>
{
    /// <summary>Past site secrets, keyrings and packs stand beside those of today.</summary>
    [Fact]
    public void EverythingOld_BesideTodaysObjects_GivesNobodyBack()
    {
        using var world = story.Start();
        var old = Path.Combine(world.Folder, "old");
        Shell.Run("cp", "-a", Path.Combine(world.Folder, "sites"), old);
        Shell.Run("cp", "-a", world.Machine.State, Path.Combine(world.Folder, "state-of-old"));
        Assert.True(story.GivesBack(world.Machine), "The person was not there before.");
        world.Erase();
        Shell.Run("sh", "-c", $"cp -an '{old}/.' '{world.Folder}/sites/'");
        Assert.Equal(2, Directory.EnumerateDirectories(Path.Combine(world.SitePath("a"), "epochs")).Count());

        // 1. Readers: one city alone, all together; the recovery key, the passphrase; today's state, the old one, none.
        foreach (var site in world.SiteIds)
        {
            story.MustNotGiveBack(world, world.Rescue(site), $"{site} alone, the recovery key, no state");
        }

        story.MustNotGiveBack(world, world.Rescue(world.SiteIds), "all, the recovery key, no state");
        world.Quick = false;
        story.MustNotGiveBack(world, world.SecondMachine("none"), "all, the passphrase, no state");
        story.MustNotGiveBack(world, world.SecondMachine("old"), "all, the passphrase, the old state");
        story.MustNotGiveBack(world, world.SecondMachine("none-b"), "b, the passphrase, no state", "--site", "b");
        world.Quick = true;
        story.MustNotGiveBack(world, world.Machine, "all, the owner");

        // 2. Runs that write: the owner with what it knows, and with the state of before.
        MustBeErasedAgain(world, world.Machine, old);
        MustBeErasedAgain(world, world.SecondMachine("old"), old);
        story.MustRestoreTheOthers(world, world.SiteIds);
    }

    [Fact]
    public void CityThatWasAway_Comes_IsErasedByTheNextBackup()
    {
        using var world = story.Start();
        world.TakeAway("c");
        var said = world.Machine.Json(ErasureSteps.Run).MustExit(22).Summary;
        Assert.Equal("c", Assert.Single(said.List("not_reached")).Text("site"));
        world.BringBack("c");

        // Nothing at c alone can tell a stranger what happened since; whoever knows better does not give the person back.
        Assert.True(story.GivesBack(world.Rescue("c")), "It is not the old c.");
        Assert.Empty(world.Rescue("c").Json("erase", "status").MustExit(0).Items);
        story.MustNotGiveBack(world, world.Machine, "c alone, the owner", "--site", "c");
        story.MustNotGiveBack(world, world.Machine, "all, the owner");
        story.MustNotGiveBack(world, world.Rescue(world.SiteIds), "all, the recovery key, no state");

        world.Machine.Run("backup").MustExit(0);

        world.MustBeErasedEverywhere();
        world.SitesMustBeEqual();
        story.MustRestoreTheOthers(world, "c");
        story.MustNotGiveBack(world, world.Rescue("c"), "c alone, no state, after the backup");
    }

    private void MustBeErasedAgain(World world, Machine machine, string old)
    {
        machine.Run("drill").MustExit(0, 20, 22);
        machine.Run("verify", "--heal").MustExit(0, 20, 21, 22);
        story.MustNotGiveBack(world, world.Rescue("b"), "after verify --heal");
        machine.Run("sync").MustExit(0);
        machine.Run("erase", "resume").MustExit(0);
        world.MustBeErasedEverywhere();
        foreach (var site in world.SiteIds)
        {
            story.MustNotGiveBack(world, world.Rescue(site), $"{site} alone, after sync");
        }

        Shell.Run("sh", "-c", $"cp -an '{old}/.' '{world.Folder}/sites/'");
    }
}
