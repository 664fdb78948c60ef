using Backup.EndToEnd.Tests.Harness;

namespace Backup.EndToEnd.Tests.Commands;

public sealed class WritingTests(Story story) : IClassFixture<Story>
{
    [Fact]
    public void Init_ThreeSites_SaysRepositoryAndSitesAndNoKey()
    {
        story.Init.MustExit(0);

        story.Init.Summary.HasFields("repository", "[]sites");
        Assert.Matches("^[0-9a-f]{64}$", story.Init.Summary.Text("repository"));
        Assert.Equal(["a", "b", "c"], story.Init.Summary.List("sites").Texts("id"), StringComparer.Ordinal);
        Assert.DoesNotContain(RecoveryLine(), story.Init.Everything, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void Init_RecoveryOut_WritesOneLineForItsOwnerOnly()
    {
        Assert.Matches("^BKR1(-[A-Z2-7]{1,6}){10}\n?$", File.ReadAllText(story.World.RecoveryKey));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(story.World.RecoveryKey));
    }

    [Fact]
    public void Init_Again_FailsAndChangesNothing()
    {
        using var world = World.Initialized();
        var before = world.Objects("a");

        world.Machine.Run("init", "--recovery-out", world.RecoveryKey).MustExit(1);
        world.Machine.Run("init", "--recovery-out", world.RecoveryKey + ".2").MustExit(1);

        Assert.Equal(before, world.Objects("a"));
        Assert.False(File.Exists(world.RecoveryKey + ".2"), "A key was written for a repository that was not made.");
    }

    [Fact]
    public void Init_RecoveryOutExists_IsNotOverwritten()
    {
        using var world = World.Blank();
        World.WriteSecret(world.RecoveryKey, "something that matters");

        var result = world.Machine.Run("init", "--recovery-out", world.RecoveryKey);

        Assert.NotEqual(0, result.ExitCode);
        Assert.Equal("something that matters\n", File.ReadAllText(world.RecoveryKey));
    }

    [Fact]
    public void Init_WithoutRecoveryOut_PrintsTheSheetOnce()
    {
        using var world = World.Blank();

        var result = world.Machine.Run("init").MustExit(0).MustSay("Unna", "Nürnberg", "Falkenstein");

        Assert.Matches("BKR1(-[A-Z2-7]{1,6}){10}", result.Text);
    }

    [Fact]
    public void Init_DryRun_ChangesNothing()
    {
        using var world = World.Blank();

        world.Machine.Run("init", "--dry-run", "--recovery-out", world.RecoveryKey).MustExit(0);

        Assert.False(File.Exists(world.RecoveryKey));
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(world.Folder, "sites")));
    }

    [Fact]
    public void Backup_First_CountsEverythingAsNew()
    {
        var summary = story.Backup.MustExit(0).Summary;

        summary.HasFields(
            "source", "snapshot", "started", "finished", "#files_new", "#files_changed", "#files_unmodified", "#dirs", "#bytes_read", "#bytes_added",
             "#bytes_stored", "#errors", "[]sites", "{}placement");
        Assert.Equal("data", summary.Text("source"));
        Assert.Equal(0, summary.Number("files_changed"));
        Assert.Equal(0, summary.Number("files_unmodified"));
        Assert.InRange(summary.Number("files_new"), 24, 25);
        Assert.InRange(summary.Number("bytes_read"), 700_000, 720_000);
        Assert.Equal(0, summary.Number("errors"));
    }

    [Fact]
    public void Backup_EverySite_IsCompleteAndPlacementMet()
    {
        var summary = story.Backup.Summary;

        foreach (var site in summary.List("sites"))
        {
            site.HasFields("id", "city", "country", "state");
            Assert.True(site.TryGetProperty("message", out _), "No field message.");
            Assert.Equal("complete", site.Text("state"));
        }

        var placement = summary.GetProperty("placement");
        placement.HasFields("#required_cities", "#complete_cities", "?met");
        Assert.Equal((3, 3, true), (placement.Number("required_cities"), placement.Number("complete_cities"), placement.Flag("met")));
    }

    [Fact]
    public void Backup_Second_ReadsOnlyWhatChanged()
    {
        var summary = story.SecondBackup.MustExit(0).Summary;

        Assert.Equal((1, 1), (summary.Number("files_new"), summary.Number("files_changed")));
        Assert.InRange(summary.Number("files_unmodified"), 22, 23);
        Assert.InRange(summary.Number("bytes_read"), 100_000, 102_000);
    }

    [Fact]
    public void Backup_Unchanged_StoresNothingOfTheContent()
    {
        using var world = story.World.Clone(story.World.Data);

        var summary = world.Machine.Json("backup").MustExit(0).Summary;

        Assert.Equal((0, 0), (summary.Number("files_new"), summary.Number("files_changed")));
        Assert.InRange(summary.Number("bytes_added"), 0, 4000); // pages of folders above, which other tests touch
    }

    [Fact]
    public void Backup_DryRun_MakesNoSnapshot()
    {
        using var world = World.WithData();
        var before = world.Objects("a");

        world.Machine.Run("backup", "--dry-run").MustExit(0);

        Assert.Equal(before, world.Objects("a"));
        Assert.Empty(world.Machine.Json("snapshots").MustExit(0).Items);
    }

    [Fact]
    public void Backup_HumanOutput_SaysWhatWasDone()
    {
        using var world = World.WithData();

        var result = world.Machine.Run("backup").MustExit(0);

        Assert.Contains("Unna", result.Text, StringComparison.Ordinal);
        Assert.Contains("Nürnberg", result.Text, StringComparison.Ordinal);
        Assert.Contains("Falkenstein", result.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Backup_UnknownSource_IsAUsageErrorThatNamesTheKnown() =>
        story.World.Machine.Run("backup", "nonsense").MustExit(2).MustSay("data");

    [Fact]
    public void Backup_AfterTwo_SitesHoldTheSameBytes()
    {
        using var world = World.WithData();

        world.Backup();
        SampleData.Change(world.Data);
        world.Backup();

        world.SitesMustBeEqual();
    }

    [Fact]
    public void Objects_Names_AreThoseOfTheFormat()
    {
        const string Hash = "[0-9a-f]{64}";
        var allowed = $"^\\./(repository|slots/{Hash}|epochs/[0-9]{{8}}-[0-9a-f]{{32}}/[sa]|keyring/{Hash}|packs/[0-9a-f]{{2}}/{Hash}|" +
            $"index/{Hash}|inventory/{Hash}|snapshots/{Hash}|ledger/[0-9]{{10}}-{Hash})$";

        Assert.All(story.World.ObjectNames("a"), name => Assert.Matches(allowed, name));
    }

    private string RecoveryLine() => File.ReadAllText(story.World.RecoveryKey).Trim();
}
