using Backup.EndToEnd.Tests.Harness;

namespace Backup.EndToEnd.Tests.Kills;

/// <summary>SIGKILL in the middle of a backup.</summary>
public sealed class KillBackupTests(KillStory story) : IClassFixture<KillStory>
{
    [Theory]
    [MemberData(nameof(Stops.All), MemberType = typeof(Stops))]
    public void Backup_KilledAtStop_NextRunNeedsNoHand(string stop)
    {
        using var world = story.Start();
        if (!world.Machine.RunUntil(stop, "backup").WasKilled)
        {
            return;
        }

        // What was finished before still restores as it lies there now.
        world.MustRestore(FirstOf(world), story.First, "b");
        world.Machine.Run("backup").MustExit(0);
        story.MustBeWhole(world, FirstOf(world));
    }

    [Theory]
    [InlineData(60)]
    [InlineData(130)]
    [InlineData(180)]
    [InlineData(230)]
    [InlineData(280)]
    [InlineData(340)]
    [InlineData(420)]
    [InlineData(600)]
    public void Backup_KilledAtAnyMoment_NextRunNeedsNoHand(int milliseconds)
    {
        using var world = story.Start();
        using (var running = world.Machine.Start([], "backup"))
        {
            Thread.Sleep(milliseconds);
            running.Kill();
            running.Finish();
        }

        world.Machine.Run("backup").MustExit(0);
        story.MustBeWhole(world, FirstOf(world));
    }

    [Fact]
    public void Stops_WithoutTheMarker_DoNotAct()
    {
        using var world = World.WithData();
        foreach (var stop in Stops.All().Take(3))
        {
            using var running = world.Machine.Start([new("BACKUP_TEST_STOP", stop.Data)], "backup");
            running.Finish().MustExit(0);
        }
    }

    /// <summary>The oldest snapshot by name: a killed run may or may not have finished its own.</summary>
    private static string FirstOf(World world) => world.Rescue("a").Json("snapshots").MustExit(0).Items[0].Text("id");
}
