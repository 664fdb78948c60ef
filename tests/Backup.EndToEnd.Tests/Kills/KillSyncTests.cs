using Backup.EndToEnd.Tests.Harness;

namespace Backup.EndToEnd.Tests.Kills;

/// <summary>SIGKILL while a site that was away or lost is filled.</summary>
public sealed class KillSyncTests(KillStory story) : IClassFixture<KillStory>
{
    private static readonly string[] DataFolders = ["./packs/", "./index/", "./inventory/", "./snapshots/"];

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
    [InlineData(false)]
    [InlineData(true)]
    public void Sync_KilledHalfWayOfSeveralSnapshots_TheEarlierOnesRestoreFromTheSiteAlone(bool lost)
    {
        using var world = World.WithData(quick: true);
        var manifests = new List<string>();
        var first = lost ? null : world.Backup();
        world.TakeAway("c");
        for (var night = 0; night < 3; night++)
        {
            SampleData.Random(Path.Combine(world.Data, $"night-{night}"), 50_000);
            manifests.Add(Manifest.Of(world.Data));
            world.Machine.Run("backup").MustExit(20);
        }

        world.BringBack("c");
        if (lost)
        {
            TemporaryFolder.Empty(world.SitePath("c"));
        }

        // Every night added as much: half of it is the first and a part of the second.
        var lacking = world.ObjectNames("a").Except(lost ? [] : world.ObjectNames("c"), StringComparer.Ordinal).Count(IsData);
        string[] sync = lost ? ["sync", "--to", "c", "--rebuild"] : ["sync"];
        world.Machine.MustDie($"object-copied:{lacking / 2}", sync);

        world.MustRestore("latest", manifests[0], "c");
        if (first is not null)
        {
            world.MustRestore("latest~1", first, "c");
        }

        world.Machine.Run(sync).MustExit(0);
        world.SitesMustBeEqual();
        world.MustRestore("latest", manifests[2], "c");
        world.MustRestore("latest~1", manifests[1], "c");
    }

    private static bool IsData(string name) => DataFolders.Any(folder => name.StartsWith(folder, StringComparison.Ordinal));

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
