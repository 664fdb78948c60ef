using Backup.Engine.Indexing;
using Backup.Engine.Runs;
using Backup.Engine.Tests.Sources;

namespace Backup.Engine.Tests.Runs;

/// <summary>Orders of events in which a gc would delete what lives, if it trusted what it saw first. In all of them the grace is nothing.</summary>
public sealed class GcRaceTests
{
    private const string NoGrace = "gc: { grace: 0s, max_delete: 100% }";

    private int _hooked;

    /// <summary>A backup refers to what only a forgotten snapshot holds; while its packs travel, a gc condemns and deletes that.</summary>
    [Theory]
    [InlineData("packs/")]
    [InlineData("index/")]
    [InlineData("inventory/")]
    [InlineData("snapshots/")]
    public async Task Backup_RefersToWhatIsCondemnedMeanwhile_StoresItAgain(string moment)
    {
        using var repository = await WithReturningFileAsync();
        WhenPutting(repository, moment, () => GcAsync(repository));

        await repository.BackupAsync();

        Assert.Equal(1, _hooked);
        await GcStory.MustRestoreAsync(repository);
        await GcAsync(repository);
        await GcStory.MustRestoreAsync(repository);
    }

    /// <summary>A gc has looked and is about to condemn; a backup that refers to the same is finished before.</summary>
    [Fact]
    public async Task Gc_BackupFinishedBeforeTheEntry_LetsItLive()
    {
        using var repository = await WithReturningFileAsync();
        WhenPutting(repository, "inventory/", () => repository.BackupAsync());

        await GcAsync(repository);

        Assert.Equal(1, _hooked);
        await GcStory.MustRestoreAsync(repository);
        await GcAsync(repository);
        await GcStory.MustRestoreAsync(repository);
    }

    /// <summary>A gc has looked and is about to condemn; the forgotten snapshot is brought back before.</summary>
    [Fact]
    public async Task Gc_UndeleteBeforeTheEntry_LetsItLive()
    {
        using var repository = await WithReturningFileAsync();
        var live = (await ForgetRunTests.ListAsync(repository)).Select(static id => id.ToString());
        var forgotten = repository.Objects("a", "snapshots/").Select(static name => name["snapshots/".Length..]).Except(live, StringComparer.Ordinal).ToList();
        WhenPutting(repository, "inventory/", async () =>
        {
            foreach (var snapshot in forgotten)
            {
                await ForgetRun.UndeleteAsync(repository.Context(), new SnapshotChangeRequest(snapshot[..16], DryRun: false), TestContext.Current.CancellationToken);
            }
        });

        await GcAsync(repository);

        Assert.Equal(1, _hooked);
        Assert.Equal(forgotten.Count + 3, (await ForgetRunTests.ListAsync(repository)).Count);
        await repository.BackupAsync();
        await GcStory.MustRestoreAsync(repository);
    }

    /// <summary>While packs are written anew, a backup refers to a blob that the gc took for dead.</summary>
    [Fact]
    public async Task Gc_BackupFinishedWhilePacksAreWrittenAnew_LetsItLive()
    {
        using var repository = await GcStory.ForgottenAsync(more: NoGrace);
        repository.WriteSource("of-the-night", GcStory.Noise(400_000, 1_001));
        WhenPutting(repository, "packs/", () => repository.BackupAsync());

        var outcome = await GcAsync(repository);

        Assert.Equal(1, _hooked);
        Assert.True(outcome.Rewritten.Objects > 0);
        await GcStory.MustRestoreAsync(repository);
        await GcAsync(repository);
        await GcStory.MustRestoreAsync(repository);
    }

    /// <summary>The catalog is damaged in the middle: an empty one knows nothing, and all that stands there would pass for something that nobody needs.</summary>
    [Fact]
    public async Task Gc_CatalogDamagedMeanwhile_EndsBeforeAnythingGoes()
    {
        using var repository = await GcStory.ForgottenAsync(more: NoGrace);
        await using var session = await Session.OpenForWritingAsync(repository.Context(), "gc", new ReadOptions { ListsItself = true }, TestContext.Current.CancellationToken);
        var reach = new GcReach(session);

        Damage(repository.At("state/catalog.db"));
        await Record.ExceptionAsync(() => reach.LookAsync(TestContext.Current.CancellationToken));
        Assert.Equal(1, session.Catalog.Losses);

        // Filled again it knows all, but what was asked before was asked of an empty one.
        await reach.LookAsync(TestContext.Current.CancellationToken);
        Assert.Throws<BackupException>(reach.RequireWholeCatalog);
    }

    /// <summary>What lives is not in the catalog, for whatever reason.</summary>
    [Fact]
    public async Task Gc_CatalogLacksWhatLives_EndsBeforeAnythingGoes()
    {
        using var repository = await GcStory.ForgottenAsync(more: NoGrace);
        await using var session = await Session.OpenForWritingAsync(repository.Context(), "gc", new ReadOptions { ListsItself = true }, TestContext.Current.CancellationToken);
        var reach = new GcReach(session);
        await reach.LookAsync(TestContext.Current.CancellationToken);

        session.Catalog.Mark([session.Ledger.Snapshots[0].Id], ObjectState.Condemned);

        Assert.Throws<BackupException>(reach.RequireWholeCatalog);
    }

    /// <summary>A city shows the state before the gc again, and has all that was deleted.</summary>
    [Fact]
    public async Task Gc_SiteFromAnOldImage_IsCaughtUpAndFreed()
    {
        using var repository = await GcStory.ForgottenAsync(more: NoGrace);
        TreeFixture.Run("cp", ["-a", repository.SitePath("c"), repository.At("image")]);
        await GcAsync(repository);
        await GcAsync(repository);
        await repository.BackupAsync();
        Directory.Delete(repository.SitePath("c"), recursive: true);
        Directory.Move(repository.At("image"), repository.SitePath("c"));

        await SyncAsync(repository);
        await GcAsync(repository);

        GcStory.SitesMustBeEqual(repository);
        await GcStory.MustRestoreAsync(repository);
    }

    /// <summary>A city that is behind lacks new packs: what they replace must stay there.</summary>
    [Fact]
    public async Task Gc_SiteBehind_DeletesNothingThereUntilItIsComplete()
    {
        using var repository = await GcStory.ForgottenAsync(more: NoGrace);
        repository.DemandedCities = 2;
        Directory.Move(repository.SitePath("c"), repository.At("away"));
        await GcAsync(repository);
        Directory.Move(repository.At("away"), repository.SitePath("c"));

        var behind = await GcAsync(repository);
        Assert.Contains("lacks", behind.Sites[2].Message, StringComparison.Ordinal);
        Assert.Equal(0, behind.Sites[2].Deleted.Objects);
        await SyncAsync(repository);
        var complete = await GcAsync(repository);

        Assert.True(complete.Sites[2].Deleted.Objects > 0);
        await GcStory.MustRestoreAsync(repository);
        GcStory.SitesMustBeEqual(repository);
    }

    /// <summary>A sync that began before copies on while objects go.</summary>
    [Fact]
    public async Task Gc_WhileASyncCopies_LosesNothing()
    {
        using var repository = await GcStory.ForgottenAsync(more: NoGrace);
        repository.DemandedCities = 2;
        Directory.Move(repository.SitePath("c"), repository.At("away"));
        repository.WriteSource("new", GcStory.Noise(100_000, 77));
        await repository.BackupAsync();
        Directory.Move(repository.At("away"), repository.SitePath("c"));
        WhenPutting(repository, "packs/", () => GcAsync(repository), "c");

        await SyncAsync(repository);
        Assert.Equal(1, _hooked);
        await SyncAsync(repository);
        await GcAsync(repository);

        GcStory.SitesMustBeEqual(repository);
        await GcStory.MustRestoreAsync(repository);
    }

    private static void Damage(string catalog)
    {
        // The first page is what tells that it is a catalog.
        using var file = File.OpenWrite(catalog);
        file.Seek(4096, SeekOrigin.Begin);
        file.Write(Enumerable.Repeat((byte)0xA5, (int)(file.Length - 4096)).ToArray());
    }

    private static Task<GcOutcome> GcAsync(TestRepository repository) => GcStory.GcAsync(repository, share: null);

    private static Task<SyncOutcome> SyncAsync(TestRepository repository) =>
        SyncRun.RunAsync(repository.Context(), new SyncRequest(null, null, Rebuild: false, DryRun: false), TestContext.Current.CancellationToken);

    /// <summary>Something happens once, when the next run puts the first object of a folder at a site.</summary>
    private void WhenPutting(TestRepository repository, string folder, Func<Task> what, string where = "a") => repository.Between = (site, store) =>
        site != where ? store : new PutHook(store, folder, () => Interlocked.Exchange(ref _hooked, 1) == 0 ? what() : Task.CompletedTask);

    /// <summary>A file that only a forgotten snapshot holds, and that stands in the source again.</summary>
    private static async Task<TestRepository> WithReturningFileAsync()
    {
        var repository = new TestRepository("  - { id: data, kind: files, roots: [ '{source}' ], class: short }", "classes: { short: { keep: { last: 1 } } }\n" + NoGrace);
        await repository.InitAsync();
        repository.WriteSource("returning", GcStory.Noise(500_000, 1));
        await repository.BackupAsync();
        File.Delete(repository.InSource("returning"));
        for (var night = 0; night < 3; night++)
        {
            repository.WriteSource("other", GcStory.Noise(50_000, 10 + night));
            await repository.BackupAsync();
        }

        await ForgetRunTests.ForgetAsync(repository);
        Assert.Equal(3, (await ForgetRunTests.ListAsync(repository)).Count);
        repository.WriteSource("returning", GcStory.Noise(500_000, 1));
        repository.WriteSource("other", GcStory.Noise(50_000, 99));
        return repository;
    }
}
