using Backup.Engine.Runs;

namespace Backup.Engine.Tests.Runs;

/// <summary>Two sites in one city are one city to every run, however the policy writes its name.</summary>
public sealed class CityCountTests
{
    [Fact]
    public async Task Runs_TwoSitesOfOneCity_CountItOnce()
    {
        using var repository = new TestRepository { SecondCity = "UNNA", DemandedCities = 2 };
        repository.WriteSource("file", "content");
        await repository.InitAsync();

        var saved = await repository.BackupAsync();
        var status = await StatusRun.RunAsync(repository.Context(), TestContext.Current.CancellationToken);
        var verified = await VerifyRun.RunAsync(repository.Context(), new VerifyRequest(null, Share.All, Share.None, false, false), TestContext.Current.CancellationToken);

        Assert.Equal(new PlacementOutcome(2, 2), saved.Placement);
        Assert.Equal(["Unna", "Falkenstein"], Assert.Single(status.Sources).Cities);
        Assert.Equal(new PlacementOutcome(2, 2), verified.Placement);
    }

    [Fact]
    public async Task Backup_OnlySitesOfOneCityAnswer_IsOneCity()
    {
        using var repository = new TestRepository { SecondCity = "unna", DemandedCities = 2 };
        repository.WriteSource("file", "content");
        await repository.InitAsync();
        Directory.Move(repository.SitePath("c"), repository.At("away"));

        var saved = await repository.BackupAsync();

        Assert.Equal(new PlacementOutcome(2, 1), saved.Placement);
        Assert.False(saved.Placement.Met);
    }
}
