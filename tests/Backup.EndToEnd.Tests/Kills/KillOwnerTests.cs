using Backup.EndToEnd.Tests.Harness;

namespace Backup.EndToEnd.Tests.Kills;

/// <summary>SIGKILL while the owner changes, or the keys.</summary>
public sealed class KillOwnerTests(KillStory story) : IClassFixture<KillStory>
{
    [Theory]
    [MemberData(nameof(Stops.Takeover), MemberType = typeof(Stops))]
    public void Takeover_KilledAtStop_NextTakeoverCompletes(string stop)
    {
        using var world = story.Start();
        TemporaryFolder.Remove(world.Machine.State);
        world.Machine.MustDie(stop, "takeover");

        world.Machine.Run("takeover").MustExit(0);
        world.Machine.Run("backup").MustExit(0);

        story.MustBeWhole(world, "latest~1");
    }

    [Theory]
    [MemberData(nameof(Stops.Rotation), MemberType = typeof(Stops))]
    public void Rotation_KilledAtStop_NextRotationCompletes(string stop)
    {
        using var world = story.Start();
        world.Machine.MustDie(stop, "key", "rotate");

        // Whatever stands there now, the recovery key opens it.
        foreach (var site in world.SiteIds)
        {
            world.MustRestore("latest", story.First, site);
        }

        // A backup alone goes on, and the next rotation is whole.
        world.Machine.Run("backup").MustExit(0);
        world.Machine.Run("key", "rotate").MustExit(0);

        story.MustBeWhole(world, "latest~1");
        Assert.Single(Directory.EnumerateDirectories(Path.Combine(world.SitePath("a"), "epochs")));
    }
}
