using Backup.EndToEnd.Tests.Harness;

namespace Backup.EndToEnd.Tests.Kills;

/// <summary>SIGKILL in the middle of a backup.</summary>
public sealed class KillBackupTests(KillStory story) : IClassFixture<KillStory>
{
    [Theory]
    [MemberData(nameof(Stops.Backup), MemberType = typeof(Stops))]
    public void Backup_KilledAtStop_NextRunNeedsNoHand(string stop)
    {
        using var world = story.Start();
        world.Machine.MustDie(stop, "backup");

        // What was finished before still restores as it lies there now.
        world.MustRestore(FirstOf(world), story.First, "b");
        world.Machine.Run("backup").MustExit(0);
        story.MustBeWhole(world, FirstOf(world));
    }

    [Theory]
    [MemberData(nameof(Stops.Return), MemberType = typeof(Stops))]
    public void Backup_KilledWhileASiteReturns_NextRunNeedsNoHand(string stop)
    {
        using var world = story.Start();
        world.TakeAway("c");
        world.Machine.Run("backup").MustExit(20);
        world.BringBack("c");
        world.Machine.MustDie(stop, "backup");

        // The site that is behind holds the first snapshot whole, and serves it alone.
        world.MustRestore(FirstOf(world), story.First, "c");
        world.Machine.Run("backup").MustExit(0);
        story.MustBeWhole(world, FirstOf(world));
    }

    [Fact]
    public void Backup_KilledAtOneStopAfterTheOther_NextRunNeedsNoHand()
    {
        using var world = story.Start();
        foreach (var stop in Stops.Backup.Select(static stop => stop.Data))
        {
            world.Machine.MustDie(stop, "backup");
        }

        world.Machine.Run("backup").MustExit(0);
        story.MustBeWhole(world, FirstOf(world));
        world.Machine.Run("verify", "--read-data", "all").MustExit(0);
    }

    [Theory]
    [InlineData(0.35)]
    [InlineData(0.55)]
    [InlineData(0.75)]
    [InlineData(0.95)]
    public void Backup_KilledAtAnyMoment_NextRunNeedsNoHand(double part)
    {
        using var world = Stops.KilledAfter(story.WholeBackup * part, () => story.Start(), static _ => ["backup"]);

        world.Machine.Run("backup").MustExit(0);
        story.MustBeWholeButForAttempts(world, FirstOf(world));
    }

    /// <summary>The oldest snapshot by name: a killed run may or may not have finished its own.</summary>
    private static string FirstOf(World world) => world.Rescue("a").Json("snapshots").MustExit(0).Items[0].Text("id");
}
