using Backup.Engine.Runs;
using Backup.Engine.Stores;

namespace Backup.Engine.Tests.Runs;

/// <summary>A site that dies, hangs, lags or lies in the middle of a run costs that site, never the run.</summary>
public sealed class OutageTests
{
    [Fact]
    public async Task Restore_OneDiesOneLiesOneIsWhole_IsExactAndReportsBoth()
    {
        using var repository = await SampleTree.MakeAsync();
        repository.Between = static (site, store) => site == "a" ? HookedStore.Dying(store, "packs/") : store;
        foreach (var pack in repository.Objects("b", "packs/"))
        {
            var bytes = await File.ReadAllBytesAsync(repository.ObjectPath("b", pack), TestContext.Current.CancellationToken);
            for (var i = 0; i < bytes.Length; i += 1000)
            {
                bytes[i] ^= 1;
            }

            await File.WriteAllBytesAsync(repository.ObjectPath("b", pack), bytes, TestContext.Current.CancellationToken);
        }

        var (outcome, target) = await repository.RestoreAsync(state: "empty-1");

        repository.AssertRestored(target);
        Assert.Empty(outcome.Errors);
        Assert.Equal(["a"], outcome.Absent.Select(site => site.Id), StringComparer.Ordinal);
        Assert.Equal(["b"], outcome.Damage.Select(damage => damage.Site).Distinct(StringComparer.Ordinal), StringComparer.Ordinal);
        Assert.Equal(["c"], outcome.SitesUsed, StringComparer.Ordinal);
    }

    [Fact]
    public async Task Restore_OneSiteHangs_IsExactFromTheOthers()
    {
        using var repository = await SampleTree.MakeAsync();
        var hangs = new TaskCompletionSource();
        var asked = 0;
        repository.Between = (site, store) => site != "a" ? store : new HookedStore(store, "packs/", () =>
        {
            Interlocked.Increment(ref asked);
            return hangs.Task;
        });

        var (outcome, target) = await repository.RestoreAsync();

        repository.AssertRestored(target);
        Assert.NotEqual(0, asked);
        Assert.Empty(outcome.Errors);
        Assert.DoesNotContain("a", outcome.SitesUsed, StringComparer.Ordinal);
        hangs.SetResult();
    }

    [Fact]
    public async Task Backup_OneSiteHangs_IsCommittedWithoutItAndBroughtThereAfterwards()
    {
        using var repository = new TestRepository();
        SampleTree.Fill(repository);
        await repository.InitAsync();
        var (hangs, packs) = (new TaskCompletionSource(), 0);
        repository.Between = (site, store) => site switch
        {
            "c" => HookedStore.Putting(store, name => name.StartsWith("packs/", StringComparison.Ordinal) && Interlocked.Increment(ref packs) == 1 ? hangs.Task : Task.CompletedTask),
            "a" => HookedStore.Putting(store, name =>
            {
                // The entry that names the snapshot: the site that hangs is not waited for.
                _ = packs > 0 && name.StartsWith("ledger/", StringComparison.Ordinal) && hangs.TrySetResult();
                return Task.CompletedTask;
            }),
            _ => store,
        };

        var outcome = await repository.BackupAsync();

        Assert.True(hangs.Task.IsCompleted);
        Assert.All(outcome.Sites, site => Assert.Equal(SiteRunState.Complete, site.State));
        Assert.Equal(repository.Content("a"), repository.Content("c"));
        var (restored, target) = await repository.RestoreAsync("c");
        repository.AssertRestored(target);
        Assert.Empty(restored.Errors);
    }

    [Theory]
    [InlineData(3, SiteRunState.Complete)]
    [InlineData(int.MaxValue, SiteRunState.Pending)]
    public async Task Backup_OneSiteIsGoneForAWhile_IsCaughtUpIfItAnswersAtTheEnd(int failures, SiteRunState state)
    {
        using var repository = new TestRepository();
        SampleTree.Fill(repository);
        await repository.InitAsync();
        var calls = 0;
        repository.Between = (site, store) => site != "c" ? store : HookedStore.Putting(store, name =>
            name.StartsWith("packs/", StringComparison.Ordinal) && Interlocked.Increment(ref calls) <= failures
                ? throw new StoreException(StoreFault.Unreachable, "The line is gone.") : Task.CompletedTask);

        var outcome = await repository.BackupAsync();

        Assert.Equal(state, outcome.Sites.Single(site => site.Id == "c").State);
        Assert.Equal(state == SiteRunState.Complete, outcome.Placement.Met);
        Assert.Equal(state == SiteRunState.Complete, repository.Objects("a").SequenceEqual(repository.Objects("c"), StringComparer.Ordinal));
        repository.Between = static (_, store) => store;
        await SyncRun.RunAsync(repository.Context(), new SyncRequest(null, null, Rebuild: false, DryRun: false), TestContext.Current.CancellationToken);
        Assert.Equal(repository.Content("a"), repository.Content("c"));
    }

    [Fact]
    public async Task Sync_TheSourceDiesInTheMiddle_TheNextOneServes()
    {
        using var repository = await SampleTree.MakeAsync();
        foreach (var name in repository.Objects("c", "packs/").Concat(repository.Objects("c", "index/")))
        {
            File.Delete(repository.ObjectPath("c", name));
        }

        repository.Between = static (site, store) => site == "a" ? HookedStore.Dying(store, "packs/") : store;

        var outcome = await SyncRun.RunAsync(repository.Context(), new SyncRequest(null, null, Rebuild: false, DryRun: false), TestContext.Current.CancellationToken);

        Assert.True(outcome.Sites.Single(site => site.Id == "c").Complete);
        Assert.Equal(repository.Content("b"), repository.Content("c"));
    }
}
