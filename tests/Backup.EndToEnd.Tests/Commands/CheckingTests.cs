using Backup.EndToEnd.Tests.Harness;

namespace Backup.EndToEnd.Tests.Commands;

public sealed class CheckingTests(Story story) : IClassFixture<Story>
{
    private Machine Machine => story.World.Machine;

    [Fact]
    public void Verify_EverySite_FindsNothing()
    {
        // The run itself adds an entry to the ledger: what it counts is what it found.
        var before = story.World.SiteIds.ToDictionary(site => site, site => story.World.ObjectNames(site).Count, StringComparer.Ordinal);
        var summary = Machine.Json("verify", "--read-data", "all").MustExit(0).Summary;

        Assert.Equal(["a", "b", "c"], summary.List("sites").Texts("id"), StringComparer.Ordinal);
        foreach (var site in summary.List("sites"))
        {
            site.HasFields(
                "id", "#objects", "#bytes", "#missing", "#damaged", "#unreferenced", "#healed",
                "#hashes_percent", "#read_data_percent");
            Assert.Equal((0, 0, 0), (site.Number("missing"), site.Number("damaged"), site.Number("healed")));
            Assert.Equal(100, site.GetProperty("hashes_percent").GetDouble());
            Assert.Equal(100, site.GetProperty("read_data_percent").GetDouble());
            Assert.Equal(before[site.Text("id")], site.Number("objects"));
        }
    }

    [Fact]
    public void Verify_ByDefault_ReadsAllHashesAndNoData()
    {
        var site = Machine.Json("verify", "--site", "b").MustExit(0).Summary.Site("b");

        Assert.Equal(100, site.GetProperty("hashes_percent").GetDouble());
        Assert.Equal(0, site.GetProperty("read_data_percent").GetDouble());
    }

    [Fact]
    public void Verify_AShare_IsAccepted() => Machine.Run("verify", "--hashes", "50%", "--read-data", "10%").MustExit(0);

    [Fact]
    public void Drill_EachSiteAlone_HasNoMismatch()
    {
        var summary = Machine.Json("drill").MustExit(0).Summary;

        Assert.Equal(3, summary.List("sites").Count);
        foreach (var site in summary.List("sites"))
        {
            site.HasFields("id", "snapshot", "#files", "#bytes", "#mismatches", "#seconds");
            Assert.Equal(0, site.Number("mismatches"));
            Assert.True(site.Number("files") > 0, "A drill that restored nothing shows nothing.");
        }
    }

    [Fact]
    public void Drill_OneSiteAllFiles_RestoresTheNewest()
    {
        var site = Machine.Json("drill", "data", "--site", "c", "--files", "all").MustExit(0).Summary.Site("c");

        Assert.Equal(story.SecondBackup.Summary.Text("snapshot"), site.Text("snapshot"));
    }

    [Fact]
    public void Sync_NothingToDo_CopiesNothing()
    {
        var summary = Machine.Json("sync").MustExit(0).Summary;

        foreach (var site in summary.List("sites"))
        {
            site.HasFields("id", "#objects_copied", "#bytes_copied", "#healed", "?complete");
            Assert.Equal((0, true), (site.Number("objects_copied"), site.Flag("complete")));
        }
    }

    [Fact]
    public void Status_Everything_IsMet()
    {
        var items = Machine.Json("status").MustExit(0).Items;

        var source = Assert.Single(items, item => item.Text("kind") == "source");
        source.HasFields("source", "newest", "#age_hours", "[]cities", "?met");
        Assert.True(source.Flag("met"));
        Assert.Equal(["Falkenstein", "Nürnberg", "Unna"], source.Texts("cities").Order(StringComparer.Ordinal), StringComparer.Ordinal);
        var sites = items.Where(item => item.Text("kind") == "site").ToList();
        Assert.Equal(3, sites.Count);
        foreach (var site in sites)
        {
            site.HasFields("id", "city", "country", "?reachable", "?stale", "#objects", "#bytes", "#backlog_objects");
            Assert.Equal((true, false, 0), (site.Flag("reachable"), site.Flag("stale"), site.Number("backlog_objects")));
        }
    }

    [Fact]
    public void Status_Human_NamesSourceAndCities() =>
        Machine.Run("status").MustExit(0).MustSay("data", "Unna", "Nürnberg", "Falkenstein");

    [Fact]
    public void Status_SitesOnOneDevice_AreAWarning() => Machine.Run("status").MustExit(0).MustSay("device");

    [Fact]
    public void SiteList_Three_NamesThem() => Machine.Run("site", "list").MustExit(0).MustSay("Unna", "Nürnberg", "Falkenstein");

    [Fact]
    public void Verify_Human_NamesTheSites() => Machine.Run("verify").MustExit(0).MustSay("a", "Unna");

    [Fact]
    public void EveryCommand_AskedForHelp_Answers()
    {
        foreach (var command in HelpText.Commands())
        {
            Machine.Run(command, "--help").MustExit(0).MustSay(command);
        }
    }
}
