using Backup.EndToEnd.Tests.Harness;

namespace Backup.EndToEnd.Tests.Kills;

/// <summary>A repository of six nights, of which <c>forget</c> leaves three; copied for each kill, with the data shared.</summary>
public sealed class GcWorld : IDisposable
{
    private readonly List<string> _manifests = [];

    public GcWorld()
    {
        World = World.Initialized(quick: true);
        World.SourceKeys = $"    class: short\n    subjects: [ {{ match: \"{World.Data}/people/{{user}}/**\", id: \"customer:{{user}}\" }} ]";
        World.Sections = "classes: { short: { keep: { last: 1 } } }\ngc: { grace: 0s, max_delete: 100% }";
        World.WritePolicy();
        SampleData.Write(World.Data);
        for (var night = 0; night < 6; night++)
        {
            for (var file = 0; file < 8; file++)
            {
                if (night == 0 || file == night)
                {
                    SampleData.Random(Path.Combine(World.Data, $"part-{file}"), 300_000);
                }
            }

            SampleData.Random(Path.Combine(World.Data, "people", "one", $"night-{night}"), 5_000);
            SampleData.Random(Path.Combine(World.Data, "of-the-night"), 400_000);
            _manifests.Add(World.Backup());
        }
    }

    internal World World { get; }

    public void Dispose() => World.Dispose();

    internal World Start()
    {
        var world = World.Clone(World.Data);
        world.Quick = true;
        return world;
    }

    /// <summary>After one more gc, which has nothing left to do but to delete: all sites are equal and every snapshot restores from each alone.</summary>
    internal void MustBeWhole(World world)
    {
        world.Machine.Run("gc").MustExit(0);
        world.SitesMustBeEqual();
        Assert.Equal(3, Directory.EnumerateFiles(Path.Combine(world.SitePath("a"), "snapshots")).Count());
        MustRestore(world);
        world.Machine.Run("verify", "--read-data", "all").MustExit(0);
        Assert.All(world.Machine.Json("verify").MustExit(0).Summary.List("sites"), static site => Assert.Equal(0, site.Number("unreferenced")));
    }

    internal void MustRestore(World world)
    {
        foreach (var site in world.SiteIds)
        {
            var machine = world.Rescue(site);
            for (var back = 0; back < 3; back++)
            {
                world.MustRestore(machine, $"latest~{back}", _manifests[^(back + 1)], $"latest~{back} from {site} alone");
            }
        }
    }
}
