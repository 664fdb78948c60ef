using Backup.EndToEnd.Tests.Harness;

namespace Backup.EndToEnd.Tests.Commands;

/// <summary><c>forget</c>, <c>pin</c>, <c>undelete</c>, <c>gc</c> and <c>ledger</c>, as a user types them.</summary>
public sealed class RetentionTests
{
    [Fact]
    public void Story_ForgetPinUndeleteAndGc_DoWhatTheySay()
    {
        using var world = World.Initialized(quick: true);
        world.SourceKeys = "    class: short";
        world.Sections = "classes: { short: { keep: { last: 1 } } }";
        world.WritePolicy();
        var manifests = new List<string>();
        for (var night = 0; night < 6; night++)
        {
            SampleData.Random(Path.Combine(world.Data, "file"), 200_000);
            manifests.Add(world.Backup());
        }

        var ids = world.Machine.Json("snapshots").MustExit(0).Items.Select(static item => item.Text("id")).ToList();
        world.Machine.Run("pin", ids[0][..12]).MustExit(0).MustSay("stays until");
        var forgotten = world.Machine.Json("forget").MustExit(0);
        Assert.Equal([true, false, false, true, true, true], forgotten.Items.Select(static item => item.GetProperty("keep").GetBoolean()));
        Assert.All(forgotten.Items, static item => Assert.NotEmpty(item.GetProperty("reasons").EnumerateArray()));
        Assert.Equal((4, 2), (forgotten.Summary.Number("kept"), forgotten.Summary.Number("forgotten")));

        world.Machine.Run("undelete", ids[1][..12]).MustExit(0);
        world.MustRestore(ids[1][..12], manifests[1], world.SiteIds);
        world.Machine.Run("forget").MustExit(0);
        world.Machine.Run("gc", "--max-delete", "1%").MustExit(25).MustSay("--max-delete");
        var collected = world.Machine.Json("gc", "--max-delete", "all").MustExit(0).Summary;
        Assert.True(collected.Number("condemned_objects") > 2, "Nothing was condemned.");
        Assert.All(collected.List("sites"), static site => Assert.Equal(0, site.Number("deleted_objects")));
        world.Machine.Run("undelete", ids[1][..12]).MustExit(1);
        world.MustRestore(ids[0][..12], manifests[0], world.SiteIds);

        Assert.Equal("condemned", world.Machine.Json("ledger", "show", "-n", "1").MustExit(0).Items.Single().Text("kind"));
        world.Machine.Run("ledger", "verify").MustExit(0);
        world.TakeAway("b");
        world.Machine.Run("ledger", "verify").MustExit(20).MustSay("Nürnberg");
        world.BringBack("b");
        File.AppendAllText(Directory.EnumerateFiles(Path.Combine(world.SitePath("b"), "ledger")).Order(StringComparer.Ordinal).First(), "x");
        world.Machine.Run("ledger", "verify").MustExit(21).MustSay("Nürnberg");
    }
}
