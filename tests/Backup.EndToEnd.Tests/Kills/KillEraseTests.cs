using Backup.EndToEnd.Tests.Erasure;
using Backup.EndToEnd.Tests.Harness;

namespace Backup.EndToEnd.Tests.Kills;

/// <summary>SIGKILL in the middle of <c>erase run</c>: nobody else loses a byte, and the next run carries it through, or a second <c>erase run</c> does.</summary>
public sealed class KillEraseTests(PeopleStory story) : IClassFixture<PeopleStory>
{
    [Theory]
    [MemberData(nameof(Stops.EraseKeys), MemberType = typeof(Stops))]
    public void Erase_KilledAtStopOfItsKeys_IsCarriedThrough(string stop) => MustBeCarriedThrough(stop);

    [Theory]
    [MemberData(nameof(Stops.EraseObjects), MemberType = typeof(Stops))]
    public void Erase_KilledAtStopOfItsObjects_IsCarriedThrough(string stop) => MustBeCarriedThrough(stop);

    /// <summary>Killed at one stop after the other, each run a little further on.</summary>
    [Fact]
    public void Erase_KilledAgainAndAgain_IsCarriedThrough()
    {
        using var world = story.Start();
        world.Machine.MustDie("erasure-requested", ErasureSteps.Run);
        foreach (var stop in Stops.EraseKeys.Concat(Stops.EraseObjects).Select(static stop => stop.Data))
        {
            world.Machine.RunUntil(stop, "erase", "resume");
        }

        Finish(world, "backup");
        MustBeErased(world);
    }

    /// <summary>Somebody who types the same line again means this person, of whom no key is left.</summary>
    [Theory]
    [InlineData("erasure-requested")]
    [InlineData("epoch-opened")]
    [InlineData("erasure-condemned")]
    public void Erase_KilledAndRunAgain_GoesOn(string stop)
    {
        using var world = story.Start();
        world.Machine.MustDie(stop, ErasureSteps.Run);

        world.Erase();

        MustBeErased(world);
    }

    private static bool IsKilledBeforeTheRequest(World world) => world.Machine.Json("erase", "status").Items.Count == 0;

    private void MustBeCarriedThrough(string stop)
    {
        using var world = story.Start();
        world.Machine.MustDie(stop, ErasureSteps.Run);

        // Whatever stands now, nobody else lost anything: at one site before the next run, at all after it.
        if (IsKilledBeforeTheRequest(world))
        {
            story.MustRestoreEverybody(world, "b");
            world.Erase();
        }
        else
        {
            // Blocked, the person is left out and said so; with the keys gone nothing else is to be said.
            story.MustRestoreTheOthers(world, world.Rescue("b"), "from b alone", 0, 3);
            Finish(world, stop.Length % 2 == 0 ? "backup" : "resume");
        }

        MustBeErased(world);
    }

    private static void Finish(World world, string how) => world.Machine.Run(how == "resume" ? ["erase", "resume"] : [how]).MustExit(0);

    private void MustBeErased(World world)
    {
        world.MustBeErasedEverywhere();
        story.MustRestoreTheOthers(world, world.SiteIds);
    }
}
