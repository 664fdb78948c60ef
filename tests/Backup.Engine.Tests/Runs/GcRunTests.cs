using Backup.Engine.Format;
using Backup.Engine.Runs;

namespace Backup.Engine.Tests.Runs;

/// <summary>Which space is freed, and that nothing that is needed goes with it.</summary>
public sealed class GcRunTests
{
    [Fact]
    public async Task Gc_AfterForget_CondemnsThenDeletesAndEverythingRestores()
    {
        using var repository = await GcStory.ForgottenAsync();
        var before = repository.Objects("a", "packs/").Count;

        var first = await GcStory.GcAsync(repository);
        Assert.True(first.Condemned.Objects > 0);
        Assert.All(first.Sites, static site => Assert.True(site is { Message: null, Deleted.Objects: 0, Waiting.Objects: > 0 }));
        Assert.True(repository.Objects("a", "packs/").Count >= before);
        GcStory.Age(repository, TimeSpan.FromHours(25));
        var second = await GcStory.GcAsync(repository);

        Assert.All(second.Sites, site => Assert.True(site.Deleted.Objects == first.Sites[0].Waiting.Objects, $"{site}"));
        Assert.Equal(3, repository.Objects("a", "snapshots/").Count);
        await GcStory.MustRestoreAsync(repository);
        GcStory.SitesMustBeEqual(repository);
    }

    [Fact]
    public async Task Gc_NothingForgotten_ChangesNothing()
    {
        using var repository = await ForgetRunTests.WithDaysAsync(3);
        var before = repository.Content("a");

        var outcome = await GcStory.GcAsync(repository);

        Assert.Equal(0, outcome.Condemned.Objects);
        Assert.Equal(before, repository.Content("a"));
    }

    [Fact]
    public async Task Gc_DryRun_SaysItAndDoesNothing()
    {
        using var repository = await GcStory.ForgottenAsync();
        var before = repository.Content("a");

        var planned = await GcRun.RunAsync(repository.Context(), new GcRequest(null, null, DryRun: true), TestContext.Current.CancellationToken);

        Assert.True(planned.Condemned.Objects > 0);
        Assert.Equal(before, repository.Content("a"));
    }

    [Fact]
    public async Task Gc_GraceNotOver_DeletesNothing()
    {
        using var repository = await GcStory.ForgottenAsync();
        await GcStory.GcAsync(repository);
        GcStory.Age(repository, TimeSpan.FromHours(23));

        var outcome = await GcStory.GcAsync(repository);

        Assert.All(outcome.Sites, static site => Assert.Equal(0, site.Deleted.Objects));
    }

    [Fact]
    public async Task Gc_PackNeededInPart_IsWrittenAnewAndFreesTheRest()
    {
        using var repository = await GcStory.ForgottenAsync();
        var before = Bytes(repository);

        var outcome = await GcStory.GcAsync(repository);
        GcStory.Age(repository, TimeSpan.FromHours(25));
        await GcStory.GcAsync(repository);

        Assert.True(outcome.Rewritten.Objects > 0);
        Assert.True(Bytes(repository) < before * 0.75, $"{Bytes(repository)} of {before} bytes are left.");
        await GcStory.MustRestoreAsync(repository);
    }

    [Fact]
    public async Task Gc_Again_FindsNothingMore()
    {
        using var repository = await GcStory.ForgottenAsync();
        await GcStory.GcAsync(repository);
        GcStory.Age(repository, TimeSpan.FromHours(25));
        await GcStory.GcAsync(repository);
        var settled = repository.Content("a");

        var outcome = await GcStory.GcAsync(repository);

        Assert.Equal(0, outcome.Condemned.Objects + outcome.Rewritten.Objects);
        Assert.Equal(settled.Keys.Where(static name => !name.StartsWith("ledger/", StringComparison.Ordinal)), repository.Content("a").Keys.Where(static name => !name.StartsWith("ledger/", StringComparison.Ordinal)), StringComparer.Ordinal);
    }

    [Fact]
    public async Task Gc_MoreThanThePolicyAllows_IsRefusedUnlessTold()
    {
        using var repository = await GcStory.ForgottenAsync(more: "gc: { max_delete: 1% }");

        var failure = await Assert.ThrowsAsync<BackupException>(() => GcStory.GcAsync(repository, share: null));
        var outcome = await GcStory.GcAsync(repository, share: Share.All);

        Assert.Equal(FailureKind.Refused, failure.Kind);
        Assert.True(outcome.Condemned.Objects > 0);
    }

    [Fact]
    public async Task Undelete_AfterGcCondemned_IsRefused()
    {
        using var repository = await GcStory.ForgottenAsync();
        var forgotten = repository.Objects("a", "snapshots/").Select(static name => name["snapshots/".Length..]).Except((await ForgetRunTests.ListAsync(repository)).Select(static id => id.ToString()), StringComparer.Ordinal).First();
        await GcStory.GcAsync(repository);

        await Assert.ThrowsAsync<BackupException>(() => ForgetRun.UndeleteAsync(repository.Context(), new SnapshotChangeRequest(forgotten[..16], DryRun: false), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Gc_StateLost_ACatalogFromTheSitesKnowsWhatIsGone()
    {
        using var repository = await GcStory.ForgottenAsync();
        await GcStory.GcAsync(repository);
        File.Delete(repository.At("state/catalog.db"));
        GcStory.Age(repository, TimeSpan.FromHours(25));
        await GcStory.GcAsync(repository);
        File.Delete(repository.At("state/catalog.db"));

        await repository.BackupAsync();

        await GcStory.MustRestoreAsync(repository);
        Assert.Equal(0, (await GcStory.GcAsync(repository)).Lost);
    }

    [Fact]
    public async Task Gc_SiteAway_DeletesThereWhenItIsBack()
    {
        using var repository = await GcStory.ForgottenAsync();
        await GcStory.GcAsync(repository);
        GcStory.Age(repository, TimeSpan.FromHours(25));
        Directory.Move(repository.SitePath("c"), repository.At("away"));
        repository.DemandedCities = 2;

        var without = await GcStory.GcAsync(repository);
        Directory.Move(repository.At("away"), repository.SitePath("c"));
        Assert.True(without.Sites[0].Deleted.Objects > 0);
        Assert.NotNull(without.Sites[2].Message);
        GcStory.Age(repository, TimeSpan.FromHours(25));
        var back = await GcStory.GcAsync(repository);

        Assert.True(back.Sites[2].Deleted.Objects > 0);
        GcStory.SitesMustBeEqual(repository);
        await GcStory.MustRestoreAsync(repository);
    }

    [Theory]
    [InlineData("drops")]
    [InlineData("repeats")]
    [InlineData("ends early")]
    [InlineData("changes")]
    public async Task Gc_DoubtfulListing_DeletesNothingThere(string how)
    {
        using var repository = await GcStory.ForgottenAsync();
        await GcStory.GcAsync(repository);
        GcStory.Age(repository, TimeSpan.FromHours(25));
        var before = repository.Objects("b");
        repository.Between = (site, store) => site == "b" ? new DoubtfulStore(store, how) : store;

        var outcome = await GcStory.GcAsync(repository);

        Assert.NotNull(outcome.Sites[1].Message);
        Assert.Equal(0, outcome.Sites[1].Deleted.Objects + outcome.Sites[1].Leftovers.Objects);
        Assert.Empty(before.Except(repository.Objects("b"), StringComparer.Ordinal));
        Assert.True(outcome.Sites[0].Deleted.Objects > 0);
    }

    /// <summary>Root and one shard are current; what they replaced opens nothing more than they do, and goes.</summary>
    [Fact]
    public async Task Gc_KeyringsThatWereReplaced_Go()
    {
        using var repository = await GcStory.PersonsAsync(nights: 1);
        repository.WriteSource("people/new/file", GcStory.Noise(3_000, 77));
        await repository.BackupAsync();
        Assert.All(TestRepository.SiteIds, site => Assert.Equal(4, repository.Objects(site, "keyring/").Count));

        await GcStory.GcAsync(repository);

        Assert.All(TestRepository.SiteIds, site => Assert.Equal(2, repository.Objects(site, "keyring/").Count));
        await GcStory.MustRestoreAsync(repository);
    }

    [Fact]
    public async Task Gc_Leftovers_GoWhenTheyAreOldAndNoBackupRuns()
    {
        using var repository = await ForgetRunTests.WithDaysAsync(2);
        var old = Leave(repository, "old", TimeSpan.FromDays(2));
        var fresh = Leave(repository, "fresh", TimeSpan.Zero);

        var during = await WhileABackupRuns(repository);
        Assert.All(during.Sites, static site => Assert.Equal(0, site.Leftovers.Objects));
        var after = await GcStory.GcAsync(repository);

        Assert.All(after.Sites, static site => Assert.Equal(1, site.Leftovers.Objects));
        Assert.All(TestRepository.SiteIds, site => Assert.False(File.Exists(repository.ObjectPath(site, old)), "It is still there."));
        Assert.All(TestRepository.SiteIds, site => Assert.True(File.Exists(repository.ObjectPath(site, fresh)), "It may be of a run that is alive."));
    }

    [Fact]
    public async Task Gc_SnapshotCannotBeRead_RemovesNothing()
    {
        using var repository = await GcStory.ForgottenAsync();
        foreach (var site in TestRepository.SiteIds)
        {
            foreach (var pack in repository.Objects(site, "packs/"))
            {
                await File.WriteAllTextAsync(repository.ObjectPath(site, pack), "nothing", TestContext.Current.CancellationToken);
            }
        }

        Directory.Delete(repository.At("state/trees"), recursive: true);
        var before = repository.Objects("a", "snapshots/");

        var failure = await Assert.ThrowsAsync<BackupException>(() => GcStory.GcAsync(repository));

        Assert.Equal(FailureKind.Damage, failure.Kind);
        Assert.Equal(before, repository.Objects("a", "snapshots/"), StringComparer.Ordinal);
    }

    [Fact]
    public async Task Gc_AfterTakeoverWithASiteUnread_IsRefused()
    {
        using var repository = await GcStory.ForgottenAsync();
        Directory.Move(repository.SitePath("c"), repository.At("away"));
        await TakeoverRun.RunAsync(repository.Context("state-2"), dryRun: false, TestContext.Current.CancellationToken);

        var failure = await Assert.ThrowsAsync<BackupException>(() => GcRun.RunAsync(repository.Context("state-2"), new GcRequest(null, Share.All, DryRun: false), TestContext.Current.CancellationToken));

        Assert.Equal(FailureKind.Degraded, failure.Kind);
    }

    [Fact]
    public async Task Gc_ClockWrong_RemovesNothing()
    {
        using var repository = await GcStory.ForgottenAsync();
        await GcStory.GcAsync(repository);
        var before = repository.Objects("a");
        repository.Clock.Advance(TimeSpan.FromDays(30));

        var failure = await Assert.ThrowsAsync<BackupException>(() => GcStory.GcAsync(repository));

        Assert.Contains("clocks disagree", failure.Message, StringComparison.Ordinal);
        Assert.Equal(before, repository.Objects("a"), StringComparer.Ordinal);
    }

    [Fact]
    public async Task Gc_SmallPacksOfPersons_EndInFew()
    {
        using var repository = await GcStory.PersonsAsync(nights: 10);
        var before = repository.Objects("a", "packs/").Count;
        GcStory.Age(repository, TimeSpan.FromDays(8));

        var outcome = await GcStory.GcAsync(repository);
        GcStory.Age(repository, TimeSpan.FromHours(25));
        await GcStory.GcAsync(repository);

        Assert.True(outcome.Rewritten.Objects is 1, $"{outcome.Rewritten}");
        Assert.True(repository.Objects("a", "packs/").Count <= before - 9);
        await GcStory.MustRestoreAsync(repository);
    }

    private static async Task<GcOutcome> WhileABackupRuns(TestRepository repository)
    {
        using var running = Backup.Engine.Posix.FileLock.Take(repository.At("state/backup.lock"), "backup");
        return await GcStory.GcAsync(repository);
    }

    private static string Leave(TestRepository repository, string text, TimeSpan age)
    {
        var bytes = System.Text.Encoding.UTF8.GetBytes(text);
        var name = ObjectNames.Pack(Hash.Of(bytes));
        foreach (var site in TestRepository.SiteIds)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(repository.ObjectPath(site, name))!);
            File.WriteAllBytes(repository.ObjectPath(site, name), bytes);
            File.SetLastWriteTimeUtc(repository.ObjectPath(site, name), DateTime.UtcNow - age);
        }

        return name;
    }

    private static long Bytes(TestRepository repository) => repository.Objects("a", "packs/").Sum(name => new FileInfo(repository.ObjectPath("a", name)).Length);
}
