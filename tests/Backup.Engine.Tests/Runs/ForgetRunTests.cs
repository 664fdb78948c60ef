using Backup.Engine.Format;
using Backup.Engine.Runs;

namespace Backup.Engine.Tests.Runs;

/// <summary>Which snapshots live.</summary>
public sealed class ForgetRunTests
{
    private const string Keep2 = "classes: { short: { keep: { daily: 2 } } }";

    [Fact]
    public async Task Forget_ByTheClass_LeavesWhatItKeepsAndTheLastThree()
    {
        using var repository = await WithDaysAsync(8);

        var planned = await ForgetAsync(repository, dryRun: true);
        Assert.Equal(8, (await ListAsync(repository)).Count);
        var outcome = await ForgetAsync(repository);

        Assert.Equal(planned.Snapshots.Select(static item => (item.Id, item.Keep)), outcome.Snapshots.Select(static item => (item.Id, item.Keep)));
        Assert.Equal(outcome.Snapshots.TakeLast(3).Select(static item => item.Id), await ListAsync(repository));
        Assert.Contains(outcome.Snapshots[^1].Reasons, static reason => reason.StartsWith("daily ", StringComparison.Ordinal));
        Assert.Equal(["one of the last three"], outcome.Snapshots[^3].Reasons, StringComparer.Ordinal);
        Assert.All(TestRepository.SiteIds, site => Assert.Equal(8, repository.Objects(site, "snapshots/").Count));
    }

    [Fact]
    public async Task Forget_Again_ChangesNothing()
    {
        using var repository = await WithDaysAsync(5);
        await ForgetAsync(repository);
        var ledger = repository.Objects("a", "ledger/");

        await ForgetAsync(repository);

        Assert.Equal(ledger, repository.Objects("a", "ledger/"), StringComparer.Ordinal);
    }

    [Fact]
    public async Task Forget_SourceWithoutClass_ForgetsNothingAndWarns()
    {
        using var repository = await WithDaysAsync(5, classed: false);

        var outcome = await ForgetAsync(repository);

        Assert.All(outcome.Snapshots, static item => Assert.True(item.Keep));
        Assert.Equal("data", Assert.Single(outcome.Warnings).Place);
    }

    [Fact]
    public async Task Pin_KeepsUntilUnpin()
    {
        using var repository = await WithDaysAsync(5);
        var first = (await ListAsync(repository))[0];

        await PinAsync(repository, first, pin: true);
        Assert.Contains("pinned", (await ForgetAsync(repository)).Snapshots[0].Reasons, StringComparer.Ordinal);
        Assert.Contains(first, await ListAsync(repository));
        await PinAsync(repository, first, pin: false);
        await ForgetAsync(repository);

        Assert.DoesNotContain(first, await ListAsync(repository));
    }

    [Fact]
    public async Task Undelete_ForgottenSnapshot_Restores()
    {
        using var repository = await WithDaysAsync(5);
        var first = (await ListAsync(repository))[0];
        await ForgetAsync(repository);
        Assert.DoesNotContain(first, await ListAsync(repository));

        await ForgetRun.UndeleteAsync(repository.Context(), new SnapshotChangeRequest(first.ToString()[..12], DryRun: false), TestContext.Current.CancellationToken);

        Assert.Equal(first, (await ListAsync(repository))[0]);
        foreach (var site in TestRepository.SiteIds)
        {
            var (outcome, target) = await repository.RestoreAsync(site, first.ToString()[..12], state: "empty-" + site);
            Assert.Empty(outcome.Errors);
            Assert.Equal("day 0", await File.ReadAllTextAsync(Path.Join(target, "file"), TestContext.Current.CancellationToken));
        }
    }

    [Fact]
    public async Task Undelete_LiveOrUnknownSnapshot_IsRefused()
    {
        using var repository = await WithDaysAsync(2);
        var live = (await ListAsync(repository))[0].ToString()[..12];

        var failure = await Assert.ThrowsAsync<BackupException>(
            () => ForgetRun.UndeleteAsync(repository.Context(), new SnapshotChangeRequest(live, DryRun: false), TestContext.Current.CancellationToken));

        Assert.Equal(FailureKind.Failed, failure.Kind);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1)]
    public async Task Forget_ClockOffTheSites_ForgetsNothing(int days)
    {
        using var repository = await WithDaysAsync(5);
        repository.Clock.Advance(TimeSpan.FromDays(days));

        var failure = await Assert.ThrowsAsync<BackupException>(() => ForgetAsync(repository));

        Assert.Contains("clocks disagree", failure.Message, StringComparison.Ordinal);
        Assert.Equal(5, (await ListAsync(repository)).Count);
    }

    [Fact]
    public async Task Ledger_ShowAndVerify_TellWhatWasDone()
    {
        using var repository = await WithDaysAsync(4);
        await ForgetAsync(repository);

        var entries = await LedgerRun.ShowAsync(repository.Context(), 2, TestContext.Current.CancellationToken);
        var whole = await LedgerRun.VerifyAsync(repository.Context(), TestContext.Current.CancellationToken);

        Assert.Equal(["forgotten", "backup"], entries.Select(static entry => entry.Kind), StringComparer.Ordinal);
        Assert.Equal("removed", Assert.Single(entries[0].Snapshots).What);
        Assert.Equal(TestRepository.SiteIds, entries[0].Sites, StringComparer.Ordinal);
        Assert.True(entries[1].ObjectsAdded > 2);
        Assert.Empty(whole.Broken);
        Assert.All(whole.Sites, site => Assert.Equal((whole.Entries, 0, 0), (site.Entries, site.Missing, site.Damaged)));
    }

    [Fact]
    public async Task LedgerVerify_EntryMissingAndEntryDamaged_NamesTheSites()
    {
        using var repository = await WithDaysAsync(2);
        var names = repository.Objects("a", "ledger/");
        File.Delete(repository.ObjectPath("a", names[1]));
        await File.AppendAllTextAsync(repository.ObjectPath("b", names[1]), "x", TestContext.Current.CancellationToken);

        var outcome = await LedgerRun.VerifyAsync(repository.Context(), TestContext.Current.CancellationToken);

        Assert.Equal([(1L, 0L), (0L, 1L), (0L, 0L)], outcome.Sites.Select(static site => (site.Missing, site.Damaged)));
        Assert.Empty(outcome.Broken);
    }

    /// <summary>A repository with a snapshot of each of the last days, each with another content.</summary>
    internal static async Task<TestRepository> WithDaysAsync(int days, bool classed = true, string more = Keep2)
    {
        var repository = new TestRepository(classed ? "  - { id: data, kind: files, roots: [ '{source}' ], class: short }" : null, more);
        await repository.InitAsync();
        repository.Clock.Advance(TimeSpan.FromDays(-days));
        for (var day = 0; day < days; day++)
        {
            repository.WriteSource("file", $"day {day}");
            await repository.BackupAsync();
            repository.Clock.Advance(TimeSpan.FromDays(1));
        }

        return repository;
    }

    internal static Task<ForgetOutcome> ForgetAsync(TestRepository repository, bool dryRun = false) =>
        ForgetRun.RunAsync(repository.Context(), dryRun, TestContext.Current.CancellationToken);

    internal static async Task<IReadOnlyList<Hash>> ListAsync(TestRepository repository) =>
        [.. (await SnapshotsRun.ListAsync(repository.Context(), null, null, new ReadOptions(), TestContext.Current.CancellationToken)).Select(static item => item.Id)];

    private static Task<SnapshotChangeOutcome> PinAsync(TestRepository repository, Hash snapshot, bool pin) =>
        ForgetRun.PinAsync(repository.Context(), new SnapshotChangeRequest(snapshot.ToString()[..12], DryRun: false), pin, TestContext.Current.CancellationToken);
}
