using Backup.EndToEnd.Tests.Harness;

namespace Backup.EndToEnd.Tests.Kills;

/// <summary>SIGKILL while a site that was away or lost is filled.</summary>
public sealed class KillSyncTests(KillStory story) : IClassFixture<KillStory>
{
    [Theory]
    [MemberData(nameof(Stops.Sync), MemberType = typeof(Stops))]
    public void Sync_KilledAtStop_NextSyncCompletes(string stop)
    {
        using var world = story.Start();
        world.TakeAway("c");
        world.Machine.Run("backup").MustExit(20);
        world.BringBack("c");
        world.Machine.MustDie(stop, "sync");

        world.Machine.Run("sync").MustExit(0);

        story.MustBeWhole(world, "latest~1");
    }

    [Theory]
    [MemberData(nameof(Stops.Rebuild), MemberType = typeof(Stops))]
    public void Rebuild_KilledAtStop_NextRebuildCompletes(string stop)
    {
        using var world = story.Start();
        TemporaryFolder.Empty(world.SitePath("c"));
        world.Machine.MustDie(stop, "sync", "--to", "c", "--rebuild");

        world.Machine.Run("sync", "--to", "c", "--rebuild").MustExit(0);
        world.Machine.Run("backup").MustExit(0);

        story.MustBeWhole(world, "latest~1");
    }
}
