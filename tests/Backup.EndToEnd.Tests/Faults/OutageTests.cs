using Backup.EndToEnd.Tests.Harness;

namespace Backup.EndToEnd.Tests.Faults;

/// <summary>Sites in different trouble at the same time: what one of them has whole comes back, and each trouble is named.</summary>
public sealed class OutageTests
{
    [Fact]
    public void Restore_OneSiteDeadOneLyingOneHealthy_IsExactAndReportsBoth()
    {
        using var world = World.WithData(quick: true);
        var manifest = world.Backup();
        world.TakeAway("a");
        foreach (var pack in Packs(world, "b"))
        {
            var bytes = File.ReadAllBytes(pack);
            for (var i = 0; i < bytes.Length; i += 1000)
            {
                bytes[i] ^= 1;
            }

            File.WriteAllBytes(pack, bytes);
        }

        var target = Path.Combine(world.Folder, "restored");
        var summary = world.Machine.Json("restore", "latest", "--target", target).MustExit(21).Summary;

        Manifest.MustEqual(manifest, target + world.Data, "one dead, one lying, one healthy");
        Assert.Equal(["a"], summary.Texts("sites_absent"), StringComparer.Ordinal);
        Assert.Equal(["c"], summary.Texts("sites_used"), StringComparer.Ordinal);
        Assert.NotEqual(0, summary.Number("damage"));
        world.Machine.Run("verify", "--heal").MustExit(20);
        world.MustRestore("latest", manifest, "b", "c");
    }

    [Fact]
    public void Restore_SitesLackDifferentPacks_IsExactFromAllOfThem()
    {
        using var world = World.WithData(quick: true);
        SampleData.Random(Path.Combine(world.Data, "first"), 20_000_000);
        world.Backup();
        SampleData.Random(Path.Combine(world.Data, "second"), 20_000_000);
        var manifest = world.Backup();
        var packs = Packs(world, "a").Select(path => Path.GetRelativePath(world.SitePath("a"), path)).Order(StringComparer.Ordinal).ToList();
        Assert.True(packs.Count >= 3, "The story needs three packs.");
        for (var i = 0; i < packs.Count; i++)
        {
            foreach (var site in world.SiteIds.Where((_, number) => number != i % world.SiteIds.Count()))
            {
                File.Delete(Path.Combine(world.SitePath(site), packs[i]));
            }
        }

        world.MustRestore(world.Machine, "latest", manifest, "each pack stands at one site only", 21);
        world.Machine.Run("sync").MustExit(0);
        world.SitesMustBeEqual();
        world.MustRestore("latest", manifest, "a", "b", "c");
    }

    private static string[] Packs(World world, string site) => Directory.GetFiles(Path.Combine(world.SitePath(site), "packs"), "*", SearchOption.AllDirectories);
}
