using Backup.EndToEnd.Tests.Harness;

namespace Backup.EndToEnd.Tests.Kills;

/// <summary>SIGKILL in the middle of <c>forget</c> and <c>gc</c>, and runs beside it: nothing that a snapshot needs goes, and the next gc completes.</summary>
public sealed class KillGcTests(GcWorld story) : IClassFixture<GcWorld>
{
    [Theory]
    [MemberData(nameof(Stops.Forget), MemberType = typeof(Stops))]
    public void Forget_KilledAtStop_NextForgetCompletes(string stop)
    {
        using var world = story.Start();
        world.Machine.MustDie(stop, "forget");

        world.Machine.Run("forget").MustExit(0);
        world.Machine.Run("gc").MustExit(0);
        story.MustBeWhole(world);
    }

    [Theory]
    [MemberData(nameof(Stops.Gc), MemberType = typeof(Stops))]
    public void Gc_KilledAtStop_NextGcCompletes(string stop)
    {
        using var world = story.Start();
        world.Machine.Run("forget").MustExit(0);
        world.Machine.MustDie(stop, "gc");

        story.MustRestore(world);
        world.Machine.Run("gc").MustExit(0);
        story.MustBeWhole(world);
    }

    [Fact]
    public void Gc_KilledAtOneStopAfterTheOther_NextGcCompletes()
    {
        using var world = story.Start();
        world.Machine.Run("forget").MustExit(0);
        foreach (var stop in Stops.Gc.Select(static stop => stop.Data))
        {
            world.Machine.RunUntil(stop, ["gc"]);
            story.MustRestore(world);
        }

        world.Machine.Run("gc").MustExit(0);
        story.MustBeWhole(world);
    }

    [Fact]
    public void Gc_KilledAfterEachDeletion_NextGcCompletes()
    {
        using var world = story.Start();
        world.Machine.Run("forget").MustExit(0);
        for (var killed = 0; killed < 6 && world.Machine.RunUntil("gc-object-deleted", ["gc"]).WasKilled; killed++)
        {
            story.MustRestore(world);
        }

        world.Machine.Run("gc").MustExit(0);
        story.MustBeWhole(world);
    }

    /// <summary>Stopped with its packs put and nothing named yet, a backup goes on after a gc that knows no grace.</summary>
    [Theory]
    [InlineData("packs")]
    [InlineData("index")]
    public void Gc_WhileABackupIsStopped_TakesNothingFromIt(string folder)
    {
        using var world = story.Start();
        world.Machine.Run("forget").MustExit(0);
        SampleData.Random(Path.Combine(world.Folder, "large"), 60_000_000);
        File.Move(Path.Combine(world.Folder, "large"), Path.Combine(world.Data, "large"));
        try
        {
            var before = Count(world, folder);
            using var running = world.Machine.Start([], "backup");
            while (Count(world, folder) == before && !running.HasExited)
            {
                Thread.Sleep(5);
            }

            running.Stop();
            world.Machine.Run("gc").MustExit(0);
            running.Continue();
            running.Finish().MustExit(0);

            var manifest = Manifest.Of(world.Data);
            world.MustRestore("latest", manifest, world.SiteIds);
            world.Machine.Run("gc").MustExit(0);
            world.MustRestore("latest", manifest, world.SiteIds);
        }
        finally
        {
            File.Delete(Path.Combine(world.Data, "large"));
        }
    }

    [Fact]
    public void Gc_ASiteAway_EndsWith20AndDeletesThereLater()
    {
        using var world = story.Start();
        world.Machine.Run("forget").MustExit(0);
        world.TakeAway("c");
        world.Machine.Run("gc").MustExit(20);
        world.BringBack("c");
        world.Machine.Run("sync").MustExit(0);
        world.Machine.Run("gc").MustExit(0);

        story.MustBeWhole(world);
    }

    private static int Count(World world, string folder) =>
        world.SiteIds.Sum(site => Directory.EnumerateFiles(Path.Combine(world.SitePath(site), folder), "*", SearchOption.AllDirectories).Count());
}
