using Backup.EndToEnd.Tests.Harness;

namespace Backup.EndToEnd.Tests.Kills;

/// <summary>A repository with one finished snapshot, and data that changed since; copied for each kill, with the data shared.</summary>
public sealed class KillStory : IDisposable
{
    private readonly Lazy<TimeSpan> _backup;
    private int _checks;

    public KillStory()
    {
        _backup = new(() =>
        {
            using var world = Start();
            return world.Machine.Measure("backup");
        });
        World = World.Initialized(quick: true);
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

    /// <summary>How long a backup takes that nobody kills.</summary>
    internal TimeSpan WholeBackup => _backup.Value;

    public void Dispose() => World.Dispose();

    /// <summary>A world of its own that stands where the story stands, on the same data.</summary>
    /// <param name="quick">Its machine opens with the recovery key.</param>
    internal World Start(bool quick = true)
    {
        var world = World.Clone(World.Data);
        world.Quick = quick;
        return world;
    }

    /// <summary>
    /// After a kill and one ordinary run: all sites hold the same bytes, and with the recovery key both snapshots restore from one of them, each time another.
    /// </summary>
    internal void MustBeWhole(World world, string oldest)
    {
        world.SitesMustBeEqual();
        MustRestore(world, oldest);
    }

    /// <summary>
    /// The same after a kill between two puts of one object: it stands at some sites only, no entry names it, and nothing but such attempts may differ.
    /// </summary>
    internal void MustBeWholeButForAttempts(World world, string oldest)
    {
        var sites = world.Machine.Json("verify").MustExit(0).Summary.List("sites");
        Assert.Single(sites.Select(static site => site.Number("objects") - site.Number("unreferenced")).Distinct());
        MustRestore(world, oldest);
    }

    /// <summary>The snapshot that was finished before any kill restores from one of the sites, each time another.</summary>
    internal void MustRestoreFirst(World world) => world.MustRestore("latest", First, NextSite(world));

    private string NextSite(World world) => world.Sites[Interlocked.Increment(ref _checks) % world.Sites.Count].Id;

    private void MustRestore(World world, string oldest)
    {
        var machine = world.Rescue(NextSite(world));
        world.MustRestore(machine, "latest", Second, "the newest snapshot");
        world.MustRestore(machine, oldest, First, "the snapshot that was finished before");
    }
}
