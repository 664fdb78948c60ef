using Backup.Engine.Format;
using Backup.Engine.Runs;

namespace Backup.Engine.Tests.Runs;

/// <summary>A repository with one snapshot, copied for each fault.</summary>
public sealed class VerifyStory : IAsyncLifetime
{
    internal TestRepository Repository { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Repository = await SampleTree.MakeAsync();

    public ValueTask DisposeAsync()
    {
        Repository.Dispose();
        return ValueTask.CompletedTask;
    }
}

/// <summary>Every fault is found where it is, healed from where it is whole, and what nobody has whole stays as it is.</summary>
public sealed class VerifyRunTests(VerifyStory story) : IClassFixture<VerifyStory>
{
    private static readonly VerifyRequest Everything = new(null, Share.All, Share.All, Heal: false, DryRun: false);
    private static readonly VerifyRequest Healing = Everything with { Heal = true };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Run_WholeSites_ReadsEverythingAndRecordsIt()
    {
        using var repository = story.Repository.Copy();

        var outcome = await VerifyRun.RunAsync(repository.Context(), Everything, Cancellation);

        Assert.Empty(outcome.Damage);
        Assert.True(outcome.Placement.Met);
        Assert.All(outcome.Sites, site => Assert.Equal((0, 0, 100, 100, null), (site.Missing, site.Damaged, site.HashesPercent, site.ReadDataPercent, site.Message)));
        var snapshot = Assert.Single(await SnapshotsRun.ListAsync(repository.Context(), null, null, new ReadOptions(), Cancellation));
        Assert.All(snapshot.Sites, site => Assert.True(site.Read));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Run_ByteFlippedInAPack_IsFoundThereAndHealed(bool open)
    {
        using var repository = story.Repository.Copy();
        var before = repository.Content("a");
        var pack = repository.Objects("a", "packs/")[0];
        Flip(repository.ObjectPath("a", pack));
        var request = Everything with { ReadData = open ? Share.All : Share.None };

        var found = await VerifyRun.RunAsync(repository.Context(), request, Cancellation);
        var damaged = (await StatusRun.RunAsync(repository.Context(), Cancellation)).Sites.Select(static site => site.DamagedObjects);
        var healed = await VerifyRun.RunAsync(repository.Context(), request with { Heal = true }, Cancellation);
        var after = (await StatusRun.RunAsync(repository.Context(), Cancellation)).Sites.Select(static site => site.DamagedObjects);

        Assert.Equal([("a", pack, false)], found.Damage.Select(static item => (item.Site, item.ObjectName, item.Healed)));
        Assert.Equal([1, 0, 0], found.Sites.Select(static site => site.Damaged));
        Assert.Equal([1, 0, 0], damaged);
        Assert.Equal([("a", pack, true)], healed.Damage.Select(static item => (item.Site, item.ObjectName, item.Healed)));
        Assert.True(healed.Placement.Met);
        Assert.Equal([0, 0, 0], after);
        AssertSame(before, repository.Content("a"));
    }

    [Fact]
    public async Task Run_PackDamagedEverywhere_IsReportedAndLeft()
    {
        using var repository = story.Repository.Copy();
        var pack = repository.Objects("a", "packs/")[0];
        foreach (var site in TestRepository.SiteIds)
        {
            Flip(repository.ObjectPath(site, pack));
        }

        var before = File.ReadAllBytes(repository.ObjectPath("b", pack));
        var outcome = await VerifyRun.RunAsync(repository.Context(), Healing, Cancellation);

        Assert.Equal([("a", false), ("b", false), ("c", false)], outcome.Damage.Select(static item => (item.Site, item.Healed)));
        Assert.Equal(before, File.ReadAllBytes(repository.ObjectPath("b", pack)));

        // What is damaged everywhere is stored again as soon as a backup meets it; reading what is left goes on.
        Assert.Equal([1, 1, 1], (await StatusRun.RunAsync(repository.Context(), Cancellation)).Sites.Select(static site => site.DamagedObjects));
    }

    [Theory]
    [InlineData("repository", false)]
    [InlineData("slots/", true)]
    [InlineData("slots/", false)]
    [InlineData("epochs/", true)]
    [InlineData("epochs/", false)]
    [InlineData("keyring/", true)]
    [InlineData("keyring/", false)]
    [InlineData("ledger/", true)]
    [InlineData("ledger/", false)]
    [InlineData("index/", true)]
    [InlineData("inventory/", true)]
    [InlineData("inventory/", false)]
    [InlineData("snapshots/", true)]
    public async Task Run_EveryObjectOfAKind_IsHealed(string kind, bool gone)
    {
        using var repository = story.Repository.Copy();
        var before = repository.Content("b");
        var current = await CurrentKeysAsync(repository);
        var objects = repository.Objects("b", kind).Where(name => kind is not ("slots/" or "epochs/" or "keyring/") || current.Contains(name)).ToList();
        Assert.NotEmpty(objects);
        foreach (var name in objects)
        {
            Spoil(repository.ObjectPath("b", name), gone);
        }

        var found = await VerifyRun.RunAsync(repository.Context(), Everything with { DryRun = true }, Cancellation);
        var healed = await VerifyRun.RunAsync(repository.Context(), Healing, Cancellation);

        var names = found.Damage.Where(static item => item.Site == "b").Select(static item => item.ObjectName).Order(StringComparer.Ordinal);
        Assert.Equal(objects, names, StringComparer.Ordinal);
        Assert.All(healed.Damage, static item => Assert.True(item.Healed));
        Assert.Equal(objects.Count, healed.Sites.Single(static site => site.Id == "b").Healed);
        AssertSame(before, repository.Content("b"));
    }

    [Fact]
    public async Task Run_OldKeyObject_IsCountedAndNeverCopied()
    {
        using var repository = story.Repository.Copy();
        var old = "keyring/" + Hash.Of([1, 2, 3]);
        var before = await VerifyRun.RunAsync(repository.Context(), Everything, Cancellation);
        File.WriteAllBytes(repository.ObjectPath("a", old), [1, 2, 3]);

        var outcome = await VerifyRun.RunAsync(repository.Context(), Healing, Cancellation);

        Assert.Equal([1, 0, 0], outcome.Sites.Zip(before.Sites, static (now, then) => now.Unreferenced - then.Unreferenced));
        Assert.True(File.Exists(repository.ObjectPath("a", old)));
        Assert.False(File.Exists(repository.ObjectPath("b", old)));
    }

    [Fact]
    public async Task Run_HealOnlyTried_ChangesNothing()
    {
        using var repository = story.Repository.Copy();
        File.Delete(repository.ObjectPath("c", repository.Objects("c", "packs/")[0]));
        var before = repository.Content("c");

        var outcome = await VerifyRun.RunAsync(repository.Context(), Healing with { DryRun = true }, Cancellation);

        Assert.Contains("put back from a", Assert.Single(outcome.Damage).What, StringComparison.Ordinal);
        Assert.Equal(before, repository.Content("c"));
    }

    [Fact]
    public async Task Run_ByAnotherMachine_ReadsAndWritesNothing()
    {
        using var repository = story.Repository.Copy();
        var before = TestRepository.SiteIds.Select(repository.Content).ToList();

        var outcome = await VerifyRun.RunAsync(repository.Context("empty-1"), Everything, Cancellation);

        Assert.Empty(outcome.Damage);
        Assert.Equal(before, TestRepository.SiteIds.Select(repository.Content));
        var refused = await Assert.ThrowsAsync<BackupException>(() => VerifyRun.RunAsync(repository.Context("empty-1"), Healing, Cancellation));
        Assert.Equal(FailureKind.NotOwner, refused.Kind);
    }

    [Fact]
    public async Task Run_Shares_ComeRoundToEverything()
    {
        using var repository = story.Repository.Copy();
        var request = new VerifyRequest("a", new Share(40), Share.None, Heal: false, DryRun: false);
        var read = false;
        for (var i = 0; i < 8 && !read; i++)
        {
            Assert.InRange((await VerifyRun.RunAsync(repository.Context(), request, Cancellation)).Sites[0].HashesPercent, 1, 100);
            var snapshot = Assert.Single(await SnapshotsRun.ListAsync(repository.Context(), null, null, new ReadOptions(), Cancellation));
            read = snapshot.Sites.Single(static site => site.Id == "a").Read;
            Assert.DoesNotContain(snapshot.Sites, static site => site.Id != "a" && site.Read);
        }

        Assert.True(read, "After a whole round the snapshot still does not count as read.");
    }

    [Fact]
    public async Task Run_SiteWasAwayForABackup_IsPendingNotDamaged()
    {
        using var repository = story.Repository.Copy();
        Directory.Move(repository.SitePath("c"), repository.At("away"));
        repository.WriteSource("more", "something new");
        try
        {
            await repository.BackupAsync();
            Directory.Move(repository.At("away"), repository.SitePath("c"));

            var found = await VerifyRun.RunAsync(repository.Context(), Everything, Cancellation);
            var healed = await VerifyRun.RunAsync(repository.Context(), Healing, Cancellation);

            Assert.Empty(found.Damage);
            Assert.False(found.Placement.Met);
            var site = found.Sites.Single(static site => site.Id == "c");
            Assert.Equal((true, site.Missing), (site.Missing > 0, site.Pending));
            Assert.Equal((0, true), (healed.Sites.Sum(static item => item.Pending), healed.Placement.Met));

            // Keys that are not current any more may stand there still: the owner's next run destroys them, not this one.
            var brought = repository.Content("c");
            Assert.All(repository.Content("a"), item => Assert.Equal(item.Value, brought[item.Key]));
        }
        finally
        {
            File.Delete(Path.Join(repository.SourcePath, "more"));
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Run_PacksDamaged_AreStoredAgainOnlyIfNoSiteHasThem(bool everywhere)
    {
        using var repository = story.Repository.Copy();
        foreach (var site in everywhere ? TestRepository.SiteIds : ["a"])
        {
            foreach (var pack in repository.Objects(site, "packs/"))
            {
                Flip(repository.ObjectPath(site, pack));
            }
        }

        var copy = Path.Join(repository.SourcePath, "copy");
        File.Copy(Path.Join(repository.SourcePath, "large/random"), copy);
        try
        {
            await VerifyRun.RunAsync(repository.Context(), Everything, Cancellation);
            var outcome = await repository.BackupAsync();

            Assert.Equal(everywhere, outcome.Counts.BytesAdded > 9 << 20);
        }
        finally
        {
            File.Delete(copy);
        }
    }

    [Fact]
    public async Task Run_SiteDiesInTheMiddle_IsAnOutcome()
    {
        using var repository = story.Repository.Copy();
        repository.Between = static (site, store) => site == "b" ? HookedStore.Dying(store, "packs/") : store;

        var outcome = await VerifyRun.RunAsync(repository.Context(), Everything, Cancellation);

        Assert.Equal(["b"], outcome.Sites.Where(static site => site.Message is not null).Select(static site => site.Id), StringComparer.Ordinal);
        Assert.Empty(outcome.Damage);
        Assert.False(outcome.Placement.Met);
    }

    private static async Task<HashSet<string>> CurrentKeysAsync(TestRepository repository)
    {
        await using var session = await Session.OpenAsync(repository.Context(), new ReadOptions(), Cancellation);
        return session.CurrentKeyObjects().Select(static item => item.Name).ToHashSet(StringComparer.Ordinal);
    }

    private static void AssertSame(Dictionary<string, string> before, Dictionary<string, string> after)
    {
        // Each run of the owner adds an entry that says what it found.
        var known = after.Where(item => before.ContainsKey(item.Key) || !item.Key.StartsWith("ledger/", StringComparison.Ordinal));
        Assert.Equal<KeyValuePair<string, string>>(Ordered(before), Ordered(known));
    }

    private static IEnumerable<KeyValuePair<string, string>> Ordered(IEnumerable<KeyValuePair<string, string>> content) =>
        content.OrderBy(static item => item.Key, StringComparer.Ordinal);

    private static void Spoil(string file, bool gone)
    {
        if (gone)
        {
            File.Delete(file);
        }
        else
        {
            Flip(file);
        }
    }

    private static void Flip(string file)
    {
        var bytes = File.ReadAllBytes(file);
        bytes[bytes.Length / 2] ^= 0x10;
        File.WriteAllBytes(file, bytes);
    }
}
