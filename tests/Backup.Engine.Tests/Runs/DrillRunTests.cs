using Backup.Engine.Runs;
using Backup.Engine.Tests.Sources;

namespace Backup.Engine.Tests.Runs;

/// <summary>A drill shows whether each site alone gives everything back, and leaves nothing of it.</summary>
public sealed class DrillRunTests(VerifyStory story) : IClassFixture<VerifyStory>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(null)]
    [InlineData(7)]
    public async Task Run_WholeSites_EachGivesEverythingBack(int? files)
    {
        using var repository = story.Repository.Copy();

        var outcome = await DrillRun.RunAsync(repository.Context(), new DrillRequest(null, null, files), Cancellation);

        Assert.Equal([("a", "data"), ("b", "data"), ("c", "data")], outcome.Sites.Select(static site => (site.Id, site.Source)));
        Assert.All(outcome.Sites, site => Assert.Equal((0, files ?? 43, null), (site.Mismatches, site.Files, site.Message)));
        Assert.All(outcome.Sites, static site => Assert.NotNull(site.Snapshot));
        Assert.False(Directory.Exists(Path.Join(repository.StatePath, "drill")));
    }

    [Fact]
    public async Task Run_PackDamagedAtOneSite_ShowsThere()
    {
        using var repository = story.Repository.Copy();
        foreach (var pack in repository.Objects("b", "packs/"))
        {
            var file = repository.ObjectPath("b", pack);
            var bytes = File.ReadAllBytes(file);
            bytes[bytes.Length / 2] ^= 1;
            File.WriteAllBytes(file, bytes);
        }

        var outcome = await DrillRun.RunAsync(repository.Context(), new DrillRequest("data", null, null), Cancellation);

        Assert.Equal([("a", false), ("b", true), ("c", false)], outcome.Sites.Select(static site => (site.Id, site.Mismatches > 0)));
    }

    [Fact]
    public async Task Run_SiteGone_IsAResultAndTheOthersAreDrilled()
    {
        using var repository = story.Repository.Copy();
        Directory.Delete(repository.SitePath("b"), recursive: true);

        var outcome = await DrillRun.RunAsync(repository.Context(), new DrillRequest(null, null, 5), Cancellation);

        Assert.Equal([("a", true), ("b", false), ("c", true)], outcome.Sites.Select(static site => (site.Id, site.Snapshot is not null)));
        Assert.NotNull(outcome.Sites[1].Message);
    }

    [Fact]
    public async Task Run_FolderOfAKilledDrill_IsRemoved()
    {
        using var repository = story.Repository.Copy();
        var left = Directory.CreateDirectory(Path.Join(repository.StatePath, "drill", "closed"));
        File.WriteAllText(Path.Join(left.FullName, "file"), "somebody's data");
        TreeFixture.Run("chmod", ["000", left.FullName]);

        await DrillRun.RunAsync(repository.Context("state"), new DrillRequest("data", "a", 1), Cancellation);

        Assert.False(Path.Exists(Path.Join(repository.StatePath, "drill")));
    }

    [Fact]
    public async Task Run_ByAnotherMachine_WritesNothingToTheSites()
    {
        using var repository = story.Repository.Copy();
        var before = TestRepository.SiteIds.Select(repository.Content).ToList();

        await DrillRun.RunAsync(repository.Context("empty-1"), new DrillRequest(null, null, 3), Cancellation);

        Assert.Equal(before, TestRepository.SiteIds.Select(repository.Content));
    }
}
