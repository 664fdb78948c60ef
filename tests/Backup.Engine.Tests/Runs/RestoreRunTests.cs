namespace Backup.Engine.Tests.Runs;

/// <summary>A snapshot comes back exactly, whatever the sites have lost between them.</summary>
public sealed class RestoreRunTests
{
    [Theory]
    [InlineData(null)]
    [InlineData("a")]
    [InlineData("b")]
    [InlineData("c")]
    public async Task Restore_OfWholeSites_IsExact(string? site)
    {
        using var repository = await SampleTree.MakeAsync();

        var (outcome, target) = await repository.RestoreAsync(site);

        repository.AssertRestored(target);
        Assert.Empty(outcome.Errors);
        Assert.Empty(outcome.Damage);
        Assert.NotEmpty(outcome.SitesUsed);
    }

    [Fact]
    public async Task Restore_WithEmptyState_IsExact()
    {
        using var repository = await SampleTree.MakeAsync();

        var (outcome, target) = await repository.RestoreAsync(state: "other");

        repository.AssertRestored(target);
        Assert.Empty(outcome.Errors);
    }
}
