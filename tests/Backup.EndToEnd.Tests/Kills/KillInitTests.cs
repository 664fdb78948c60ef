using Backup.EndToEnd.Tests.Harness;

namespace Backup.EndToEnd.Tests.Kills;

/// <summary>SIGKILL in the middle of <c>init</c>: the recovery key that was written is the one that opens.</summary>
public sealed class KillInitTests
{
    [Theory]
    [MemberData(nameof(Stops.Init), MemberType = typeof(Stops))]
    public void Init_KilledAtStop_GoesOnWithTheSameKeys(string stop)
    {
        using var world = World.Blank();
        world.Machine.MustDie(stop, "init", "--recovery-out", world.RecoveryKey);

        var written = File.Exists(world.RecoveryKey) ? File.ReadAllText(world.RecoveryKey) : null;
        var finished = world.SiteIds.All(site => File.Exists(Path.Combine(world.SitePath(site), "repository")));

        // Killed after its last step, init has nothing left to do and says that the repository exists.
        world.Machine.Run("init", "--recovery-out", world.RecoveryKey).MustExit(finished ? [0, 1] : [0]);

        MustStillCount(world, written);
        SampleData.Write(world.Data);
        var manifest = world.Backup();
        world.SitesMustBeEqual();
        world.MustRestore("latest", manifest, "c");
    }

    private static void MustStillCount(World world, string? written) =>
        Assert.True(written is null || written == File.ReadAllText(world.RecoveryKey), "The recovery key that was written first counts no more.");

    [Theory]
    [InlineData(150)]
    [InlineData(300)]
    [InlineData(400)]
    public void Init_KilledAtAnyMoment_GoesOnWithTheSameKeys(int milliseconds)
    {
        using var world = World.Blank();
        using (var running = world.Machine.Start([], "init", "--recovery-out", world.RecoveryKey))
        {
            Thread.Sleep(milliseconds);
            running.Kill();
            running.Finish();
        }

        var written = File.Exists(world.RecoveryKey) ? File.ReadAllText(world.RecoveryKey) : null;

        world.Machine.Run("init", "--recovery-out", world.RecoveryKey).MustExit(0, 1);

        MustStillCount(world, written);
        SampleData.Write(world.Data);
        var manifest = world.Backup();
        world.SitesMustBeEqual();
        world.MustRestore("latest", manifest, "a");
    }
}
