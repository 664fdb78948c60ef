using Backup.Engine.Format;
using Backup.Engine.Ledger;
using Backup.Engine.Runs;
using Backup.Engine.Sources;

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

    [Fact]
    public async Task Restore_AfterACheckpointWithEmptyState_IsExact()
    {
        using var repository = await SampleTree.MakeAsync();
        await using (var session = await Session.OpenForWritingAsync(repository.Context(), "test", TestContext.Current.CancellationToken))
        {
            while (session.Ledger.Checkpoint is null)
            {
                await session.WriteEntryAsync(static state => LedgerDraft.After(state, LedgerKind.Verified), TestContext.Current.CancellationToken);
            }
        }

        var (outcome, target) = await repository.RestoreAsync(state: "other");

        repository.AssertRestored(target);
        Assert.Empty(outcome.Errors);
        var everything = new VerifyRequest(null, Share.All, Share.All, Heal: false, DryRun: false);
        var verified = await VerifyRun.RunAsync(repository.Context("another"), everything, TestContext.Current.CancellationToken);
        Assert.All(verified.Sites, static site => Assert.Equal((0, 0), (site.Missing, site.Damaged)));
        Assert.All(verified.Sites, static site => Assert.InRange(site.Unreferenced, 0, 1));
    }

    /// <summary>What gives way stands nowhere else; what only comes stands at the sites as well.</summary>
    [Fact]
    public void IsDurable_WhereSomethingMayGiveWayOrItIsAskedFor()
    {
        var request = new RestoreRequest { Snapshot = new SnapshotSelector("latest", null), Target = "/target" };

        Assert.False(request.IsDurable);
        Assert.True((request with { Fsync = true }).IsDurable);
        Assert.True((request with { InPlace = true }).IsDurable);
        Assert.True((request with { Delete = true }).IsDurable);
        Assert.True((request with { Overwrite = OverwriteMode.IfChanged }).IsDurable);
    }
}
