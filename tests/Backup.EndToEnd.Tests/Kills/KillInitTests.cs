using Backup.EndToEnd.Tests.Harness;

namespace Backup.EndToEnd.Tests.Kills;

/// <summary>SIGKILL in the middle of <c>init</c>: the recovery key that was written is the one that opens.</summary>
public sealed class KillInitTests
{
    /// <summary>How long an <c>init</c> takes that nobody kills.</summary>
    private static readonly Lazy<TimeSpan> Whole = new(static () =>
    {
        using var world = World.Blank();
        return world.Machine.Measure("init", "--recovery-out", world.RecoveryKey);
    });

    [Theory]
    [MemberData(nameof(Stops.Init), MemberType = typeof(Stops))]
    public void Init_KilledAtStop_GoesOnWithTheSameKeys(string stop)
    {
        using var world = World.Blank();
        world.Machine.MustDie(stop, "init", "--recovery-out", world.RecoveryKey);

        var written = File.Exists(world.RecoveryKey) ? File.ReadAllText(world.RecoveryKey) : null;

        world.Machine.Run("init", "--recovery-out", world.RecoveryKey).MustExit(0);

        MustStillCount(world, written);
        SampleData.Write(world.Data);
        var manifest = world.Backup();
        world.SitesMustBeEqual();
        world.MustRestore("latest", manifest, "c");
    }

    private static void MustStillCount(World world, string? written) =>
        Assert.True(written is null || written == File.ReadAllText(world.RecoveryKey), "The recovery key that was written first counts no more.");

    [Theory]
    [InlineData(0.4)]
    [InlineData(0.65)]
    [InlineData(0.9)]
    public void Init_KilledAtAnyMoment_GoesOnWithTheSameKeys(double part)
    {
        using var world = Stops.KilledAfter(Whole.Value * part, static () => World.Blank(), static world => ["init", "--recovery-out", world.RecoveryKey]);
        var written = File.Exists(world.RecoveryKey) ? File.ReadAllText(world.RecoveryKey) : null;

        // Killed after its last step, when the draft of its keys is gone, init has nothing left to do and says that the repository exists.
        var drafted = File.Exists(Path.Combine(world.Machine.State, World.Tenant, "init", "draft"));
        var finished = world.SiteIds.All(site => File.Exists(Path.Combine(world.SitePath(site), "repository")));
        world.Machine.Run("init", "--recovery-out", world.RecoveryKey).MustExit(finished && !drafted ? 1 : 0);

        MustStillCount(world, written);
        SampleData.Write(world.Data);
        var manifest = world.Backup();
        world.SitesMustBeEqual();
        world.MustRestore("latest", manifest, "a");
    }
}
