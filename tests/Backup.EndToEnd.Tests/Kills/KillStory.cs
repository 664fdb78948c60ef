using Backup.EndToEnd.Tests.Harness;

namespace Backup.EndToEnd.Tests.Kills;

/// <summary>A repository with one finished snapshot, and data that changed since; copied for each kill, with the data shared.</summary>
public sealed class KillStory : IDisposable
{
    public KillStory()
    {
        World = World.Initialized();
        World.SourceKeys = $"    subjects: [ {{ match: \"{World.Data}/people/{{user}}/**\", id: \"customer:{{user}}\" }} ]";
        World.WritePolicy();
        SampleData.Write(World.Data);
        SampleData.Random(Path.Combine(World.Data, "people", "one", "file"), 10_000);
        First = World.Backup();
        SampleData.Change(World.Data);
        SampleData.Random(Path.Combine(World.Data, "people", "two", "file"), 10_000);
        Second = Manifest.Of(World.Data);
    }

    internal World World { get; }

    /// <summary>Manifest of the snapshot that was finished before any kill.</summary>
    internal string First { get; }

    /// <summary>Manifest of the data as they are now.</summary>
    internal string Second { get; }

    public void Dispose() => World.Dispose();

    /// <summary>A world of its own that stands where the story stands, on the same data.</summary>
    internal World Start() => World.Clone(World.Data);

    /// <summary>After a kill and one ordinary run: both snapshots restore from each city with the recovery key, and nothing is damaged.</summary>
    internal void MustBeWhole(World world, string oldest)
    {
        foreach (var site in world.SiteIds)
        {
            world.MustRestore("latest", Second, site);
            world.MustRestore(oldest, First, site);
        }

        world.Machine.Run("verify", "--read-data", "all").MustExit(0);
        world.SitesMustBeEqual();
    }
}
