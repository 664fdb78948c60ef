using System.Text;
using Backup.Engine.Format;
using Backup.Engine.Runs;
using Backup.Engine.Tests.Sources;

namespace Backup.Engine.Tests.Runs;

/// <summary>One person is erased; nobody else loses a byte, from any site, whatever happens beside or in between.</summary>
public sealed class EraseRunTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Erase_OnePerson_IsGoneFromEverySnapshotAtEverySite()
    {
        using var story = await EraseStory.BeginAsync();
        await story.MustRestoreAsync();

        var status = await story.EraseAsync("customer:anna");

        story.Forget("people/anna/");
        Assert.Equal(3, status.Level);
        Assert.All(status.Sites, static site => Assert.True(site is { KeysDestroyed: true, ObjectsDeleted: true, Verified: true }));
        Assert.Empty(status.NotReached);
        await story.MustRestoreAsync();
        var failure = await Assert.ThrowsAsync<BackupException>(() => SubjectRun.FindAsync(story.Repository.Context(), ["customer:anna"], new ReadOptions(), Token));
        Assert.Equal(FailureKind.Failed, failure.Kind);
    }

    [Theory]
    [InlineData("customer:nobody", FailureKind.Failed)]
    [InlineData("anna", FailureKind.Usage)]
    [InlineData("customer:an*", FailureKind.Usage)]
    [InlineData("customer:", FailureKind.Usage)]
    [InlineData("mixed:/var/log/*", FailureKind.Usage)]
    public async Task Erase_WhomNobodyKnows_TouchesNothing(string subject, FailureKind kind)
    {
        using var story = await EraseStory.BeginAsync();
        var before = story.Repository.Content("a");

        var failure = await Assert.ThrowsAsync<BackupException>(() => story.EraseAsync(subject));

        Assert.Equal(kind, failure.Kind);
        Assert.NotNull(failure.Remedy);
        Assert.Equal(before.Keys.Where(static name => name.StartsWith("packs/", StringComparison.Ordinal)).Order(StringComparer.Ordinal), story.Repository.Objects("a", "packs/"), StringComparer.Ordinal);
        await story.MustRestoreAsync();
    }

    [Fact]
    public async Task Erase_AHeldClass_KeepsItRestrictedAndErasesItWhenTheHoldEnds()
    {
        using var story = await EraseStory.BeginAsync();
        story.Write("people/anna/vouchers/2026/v1", "voucher of anna");
        story.Write("people/bert/vouchers/2026/v1", "voucher of bert");
        await story.BackupAsync();

        var status = await story.EraseAsync("customer:anna");

        story.Forget("people/anna/");
        Assert.Equal(3, status.Level);
        var hold = Assert.Single(status.Holds);
        Assert.Equal("voucher", hold.Class);
        await story.MustRestoreAsync();
        var kept = Assert.Single(await SubjectRun.FindAsync(story.Repository.Context(), ["customer:anna"], new ReadOptions(), Token));
        Assert.Equal(("voucher", DomainState.Restricted, true), (kept.Class, kept.State, kept.Held));

        story.Repository.Clock.Advance(hold.Until - story.Repository.Clock.GetUtcNow() + TimeSpan.FromDays(1));
        story.Clean("anna");
        await story.BackupAsync();

        var done = Assert.Single(await EraseRun.StatusAsync(story.Repository.Context(), new ReadOptions(), Token));
        Assert.Null(done.State);
        Assert.Equal(3, done.Level);
        await Assert.ThrowsAsync<BackupException>(() => SubjectRun.FindAsync(story.Repository.Context(), ["customer:anna"], new ReadOptions(), Token));
        await story.MustRestoreAsync();
    }

    [Fact]
    public async Task Erase_AllOfItHeld_IsRefused()
    {
        using var story = await EraseStory.BeginAsync();
        var hold = await HoldRun.AddAsync(
            story.Repository.Context(), new HoldRequest(null, "customer:anna", story.Repository.Clock.GetUtcNow().AddYears(1), "a court asks", DryRun: false), Token);

        var failure = await Assert.ThrowsAsync<BackupException>(() => story.EraseAsync("customer:anna"));
        Assert.Equal(FailureKind.Refused, failure.Kind);
        await story.MustRestoreAsync();

        await HoldRun.ReleaseAsync(story.Repository.Context(), hold.Id.ToString()[..8], dryRun: false, Token);
        Assert.Equal(3, (await story.EraseAsync("customer:anna")).Level);
        story.Forget("people/anna/");
        await story.MustRestoreAsync();
    }

    [Fact]
    public async Task Hold_OnEverything_IsRefused()
    {
        using var story = await EraseStory.BeginAsync();
        var failure = await Assert.ThrowsAsync<BackupException>(() => HoldRun.AddAsync(
            story.Repository.Context(), new HoldRequest(null, null, story.Repository.Clock.GetUtcNow().AddYears(1), "all", DryRun: false), Token));
        Assert.Equal(FailureKind.Usage, failure.Kind);
    }

    [Fact]
    public async Task Erase_ASiteIsAway_GoesOnByItselfWhenItComesBack()
    {
        using var story = await EraseStory.BeginAsync();
        story.Move("c", away: true);

        var status = await story.EraseAsync("customer:anna");

        story.Forget("people/anna/");
        Assert.Equal(1, status.Level);
        Assert.Equal("c", Assert.Single(status.NotReached).Site);
        Assert.All(status.Sites, static site => Assert.Equal(site.Id != "c", site.KeysDestroyed && site.Verified));
        await story.MustRestoreAsync("a", "b");

        story.Move("c", away: false);
        await story.BackupAsync();

        var done = Assert.Single(await EraseRun.StatusAsync(story.Repository.Context(), new ReadOptions(), Token));
        Assert.Equal((3, null), (done.Level, done.State));
        story.Forget("people/anna/nothing");
        await story.MustRestoreAsync();
    }

    [Fact]
    public async Task Erase_TwoSitesAreAway_DestroysNothingBeforeOneIsBack()
    {
        using var story = await EraseStory.BeginAsync();
        story.Move("b", away: true);
        story.Move("c", away: true);
        var failure = await Assert.ThrowsAsync<BackupException>(() => story.EraseAsync("customer:anna"));
        Assert.Equal(FailureKind.Degraded, failure.Kind);

        story.Move("b", away: false);
        Assert.Equal(1, Assert.Single(await story.ResumeAsync()).Level);
        story.Move("c", away: false);
        Assert.Equal(3, Assert.Single(await story.ResumeAsync()).Level);
        story.Forget("people/anna/");
        await story.MustRestoreAsync();
    }

    [Fact]
    public async Task Erase_OldCopyOfASiteIsBroughtBack_IsNoticedAndErasedThereAgain()
    {
        using var story = await EraseStory.BeginAsync();
        TreeFixture.Run("cp", ["-a", story.Repository.SitePath("b"), story.Repository.At("old-b")]);
        await story.EraseAsync("customer:anna");
        story.Forget("people/anna/");
        Directory.Delete(story.Repository.SitePath("b"), recursive: true);
        Directory.Move(story.Repository.At("old-b"), story.Repository.SitePath("b"));

        // Beside the others, and with what this machine knows, the person stays away.
        var (outcome, target) = await story.Repository.RestoreAsync(snapshot: "latest");
        Assert.False(Directory.Exists(Path.Join(target, "people/anna")));
        Assert.Empty(outcome.Damage);

        await story.BackupAsync();
        Assert.Contains(story.Repository.Messages, static finding => finding.Place == "b" && finding.Message.Contains("older epoch", StringComparison.Ordinal));
        Assert.Equal(3, Assert.Single(await EraseRun.StatusAsync(story.Repository.Context(), new ReadOptions(), Token)).Level);
        story.Forget("people/anna/nothing");
        await story.MustRestoreAsync();
    }

    [Fact]
    public async Task Erase_APersonComesBack_GetsANewDomainAndAWarning()
    {
        using var story = await EraseStory.BeginAsync();
        await story.EraseAsync("customer:anna");
        story.Forget("people/anna/");

        var outcome = await story.BackupAsync();

        Assert.Contains(outcome.Warnings, static warning => warning.Message.Contains("was erased not long ago", StringComparison.Ordinal));
        Assert.DoesNotContain(outcome.Warnings, static warning => warning.Message.Contains("anna", StringComparison.Ordinal));
        await story.MustRestoreAsync();

        Assert.Equal(3, (await story.EraseAsync("customer:anna")).Level);
        story.Forget("people/anna/");
        await story.MustRestoreAsync();
        Assert.Equal(2, (await EraseRun.StatusAsync(story.Repository.Context(), new ReadOptions(), Token)).Count);
    }

    [Theory]
    [InlineData("packs/")]
    [InlineData("index/")]
    [InlineData("snapshots/")]
    public async Task Erase_WhileABackupWritesThePerson_IsNeverUndone(string moment)
    {
        using var story = await EraseStory.BeginAsync();
        var hooked = 0;
        story.Repository.Between = (site, store) => site == "a"
            ? new PutHook(store, moment, async () =>
            {
                if (Interlocked.Exchange(ref hooked, 1) == 0)
                {
                    story.Repository.Between = static (_, inner) => inner;
                    await story.EraseAsync("customer:anna");
                    story.Forget("people/anna/");
                }
            })
            : store;
        story.Write("people/anna/new", new string('a', 200_000));

        await story.BackupAsync();

        Assert.Equal(1, hooked);
        Assert.Equal(3, Assert.Single(await EraseRun.StatusAsync(story.Repository.Context(), new ReadOptions(), Token)).Level);
        await story.MustRestoreAsync();
    }

    /// <summary>What others have in a pack stands in another one after it; who reads the old one just then finds it there, and no damage.</summary>
    [Fact]
    public async Task Erase_WhileOthersAreRestored_DisturbsNobody()
    {
        using var story = await EraseStory.BeginAsync();
        var hooked = 0;
        story.Repository.Between = (_, store) => new HookedStore(store, "packs/", async () =>
        {
            if (Interlocked.Exchange(ref hooked, 1) == 0)
            {
                story.Repository.Between = static (_, inner) => inner;
                Assert.Equal(3, (await story.EraseAsync("customer:anna")).Level);
            }
        });

        var (outcome, target) = await story.Repository.RestoreAsync(state: "empty-restore");

        Assert.Equal(1, hooked);
        Assert.Empty(outcome.Damage);
        Assert.True(File.Exists(Path.Join(target, "people/bert/folder/large")));
        Assert.True(File.Exists(Path.Join(target, "people/carl/folder/large")));
    }

    /// <summary>Of what others have, a site that was away has the old packs only: they are read, though they are condemned, when nobody else is left.</summary>
    [Fact]
    public async Task Erase_OnlyTheSiteThatWasAwayIsLeft_GivesWhatOthersHave()
    {
        using var story = await EraseStory.BeginAsync();
        story.Move("c", away: true);
        await story.EraseAsync("customer:anna");
        story.Move("a", away: true);
        story.Move("b", away: true);
        story.Move("c", away: false);

        var (outcome, target) = await story.Repository.RestoreAsync();

        Assert.Empty(outcome.Errors);
        Assert.False(Directory.Exists(Path.Join(target, "people/anna")));
        Assert.True(File.Exists(Path.Join(target, "people/bert/folder/large")));
        Assert.True(File.Exists(Path.Join(target, "people/carl/folder/large")));
    }

    /// <summary>What a store keeps by a lock goes by itself when that ends; until then the date is said.</summary>
    [Theory]
    [InlineData("packs/", 2)]
    [InlineData("epochs/", 1)]
    public async Task Erase_AStoreKeepsSomething_SaysUntilWhenAndGoesOnThen(string folder, int level)
    {
        using var story = await EraseStory.BeginAsync();
        var until = DateTimeOffset.FromUnixTimeSeconds(story.Repository.Clock.GetUtcNow().AddDays(2).ToUnixTimeSeconds());
        story.Repository.Between = (site, store) => site == "b" ? new RetainingStore(store, folder, until, story.Repository.Clock) : store;

        var status = await story.EraseAsync("customer:anna");

        story.Forget("people/anna/");
        Assert.Equal(level, status.Level);
        var kept = status.Sites.Single(static site => site.Id == "b");
        Assert.Equal((until, false), (kept.RetainedUntil, kept.Verified));
        Assert.Equal("b", Assert.Single(status.NotReached).Site);
        await story.MustRestoreAsync();

        Assert.Equal(level, (await story.EraseAsync("customer:anna")).Level);
        story.Repository.Clock.Advance(TimeSpan.FromDays(2.1));
        story.Clean("anna");
        await story.BackupAsync();
        Assert.Equal((3, null), (await EraseRun.StatusAsync(story.Repository.Context(), new ReadOptions(), Token)) is [var done] ? (done.Level, done.State) : default);
        await story.MustRestoreAsync();
    }

    [Fact]
    public async Task Watch_LongEnough_EndsByItself()
    {
        using var story = await EraseStory.BeginAsync(EraseStory.Classes + "\nerasure: { watch: 10d }");
        await story.EraseAsync("customer:anna");
        story.Forget("people/anna/");
        story.Clean("anna");
        story.Repository.Clock.Advance(TimeSpan.FromDays(11));
        await story.BackupAsync();
        story.Write("people/anna/letter", "again");
        Assert.DoesNotContain((await story.BackupAsync()).Warnings, static warning => warning.Message.Contains("erased", StringComparison.Ordinal));
        await story.MustRestoreAsync();
    }

    [Fact]
    public async Task Approve_TwoAreAsked_OnlyAnotherKeyCounts()
    {
        using var story = await EraseStory.BeginAsync(EraseStory.Classes + "\nerasure: { approvers: 2 }");
        var asked = await story.EraseAsync("customer:anna");
        Assert.Equal((0, 1), (asked.Level, asked.ApprovalsMissing));
        await story.MustRestoreAsync();

        var id = asked.Request.ToString();
        var failure = await Assert.ThrowsAsync<BackupException>(() => EraseRun.ApproveAsync(story.Repository.Context(), id, dryRun: false, Token));
        Assert.Equal(FailureKind.Refused, failure.Kind);

        var done = await EraseRun.ApproveAsync(story.Repository.Context(passphrase: true), id, dryRun: false, Token);
        Assert.Equal(3, done.Level);
        story.Forget("people/anna/");
        await story.MustRestoreAsync();
    }

    [Fact]
    public async Task CoolingOff_NotOver_BlocksAndCanBeTakenBack()
    {
        using var story = await EraseStory.BeginAsync(EraseStory.Classes + "\nerasure: { cooling_off: 2d }");
        var status = await story.EraseAsync("customer:anna");
        Assert.Equal(1, status.Level);
        Assert.NotNull(status.Due);
        var (_, target) = await story.Repository.RestoreAsync();
        Assert.False(Directory.Exists(Path.Join(target, "people/anna")));

        await EraseRun.CancelAsync(story.Repository.Context(), status.Request.ToString(), dryRun: false, Token);
        await story.MustRestoreAsync();

        await story.EraseAsync("customer:anna");
        story.Repository.Clock.Advance(TimeSpan.FromDays(3));
        Assert.Equal(3, Assert.Single(await story.ResumeAsync()).Level);
        story.Forget("people/anna/");
        await story.MustRestoreAsync();
    }

    [Fact]
    public async Task PerDay_IsReached_RefusesTheNext()
    {
        using var story = await EraseStory.BeginAsync(EraseStory.Classes + "\nerasure: { per_day: 1 }");
        await story.EraseAsync("customer:anna");
        Assert.Equal(FailureKind.Refused, (await Assert.ThrowsAsync<BackupException>(() => story.EraseAsync("customer:bert"))).Kind);
        story.Repository.Clock.Advance(TimeSpan.FromDays(1.1));
        Assert.Equal(3, (await story.EraseAsync("customer:bert")).Level);
        story.Forget("people/anna/");
        story.Forget("people/bert/");
        await story.MustRestoreAsync();
    }

    [Fact]
    public async Task Duties_StateIsLost_StandInTheKeyring()
    {
        using var story = await EraseStory.BeginAsync(EraseStory.Classes + "\nerasure: { approvers: 2 }");
        var context = story.Repository.Context();
        await SubjectRun.TieAsync(context, ["customer:anna", "email:anna@example.de"], dryRun: false, Token);
        await HoldRun.AddAsync(context, new HoldRequest("voucher", "customer:bert", context.Clock.GetUtcNow().AddYears(1), "audit", DryRun: false), Token);
        await SubjectRun.RestrictAsync(context, new RestrictionRequest(["customer:carl"], null, DryRun: false), Token);
        var asked = await story.EraseAsync("customer:anna");

        var empty = story.Repository.Context("empty-duties");
        Assert.Equal("audit", Assert.Single(await HoldRun.ListAsync(empty, Token)).Reason);
        Assert.NotEmpty(await SubjectRun.FindAsync(empty, ["email:anna@example.de"], new ReadOptions(), Token));
        Assert.All(await SubjectRun.FindAsync(empty, ["customer:carl"], new ReadOptions(), Token), static item => Assert.Equal(DomainState.Restricted, item.State));
        Assert.Equal(asked.Request, Assert.Single(await EraseRun.StatusAsync(empty, new ReadOptions(), Token)).Request);
    }

    [Fact]
    public async Task Restrict_APerson_IsKeptAndNotGivenOut()
    {
        using var story = await EraseStory.BeginAsync();
        await SubjectRun.RestrictAsync(story.Repository.Context(), new RestrictionRequest(["customer:anna"], null, DryRun: false), Token);
        story.Write("people/anna/later", "later");
        await story.BackupAsync();
        var (_, target) = await story.Repository.RestoreAsync();
        Assert.False(Directory.Exists(Path.Join(target, "people/anna")));
        Assert.True(Directory.Exists(Path.Join(target, "people/bert")));

        await SubjectRun.ReleaseAsync(story.Repository.Context(), new RestrictionRequest(["customer:anna"], null, DryRun: false), Token);
        await story.MustRestoreAsync();
    }

    [Fact]
    public async Task Find_ManySnapshots_SaysInWhichAPersonLies()
    {
        using var story = await EraseStory.BeginAsync(snapshots: 3);
        story.Clean("carl");
        await story.BackupAsync();
        Assert.Equal(3, Assert.Single(await FindAsync("state", "customer:carl")).Snapshots);
        Assert.Equal(4, Assert.Single(await FindAsync("state", "customer:bert")).Snapshots);

        // A lost catalog is built anew, with the same answer.
        Assert.Equal(3, Assert.Single(await FindAsync("empty-find", "customer:carl")).Snapshots);
        Assert.Equal(["a", "b", "c"], Assert.Single(await FindAsync("empty-find", "customer:bert")).Sites);

        Task<IReadOnlyList<SubjectItem>> FindAsync(string state, string subject) => SubjectRun.FindAsync(story.Repository.Context(state), [subject], new ReadOptions(), Token);
    }

    [Fact]
    public async Task Certificate_Changed_IsRefused()
    {
        using var story = await EraseStory.BeginAsync();
        var status = await story.EraseAsync("customer:anna");
        var certificate = await EraseRun.CertificateAsync(story.Repository.Context("empty-certificate"), status.Request.ToString(), new ReadOptions(), Token);

        Assert.Equal(3, ErasureCertificate.Verify(certificate.Json).Body.GetProperty("level").GetInt32());
        var text = Encoding.UTF8.GetString(certificate.Json.Span);
        Assert.DoesNotContain("anna", text, StringComparison.Ordinal);
        Assert.Throws<BackupException>(() => ErasureCertificate.Verify(Encoding.UTF8.GetBytes(text.Replace("\"level\":3", "\"level\":2", StringComparison.Ordinal))));
        Assert.Throws<BackupException>(() => ErasureCertificate.Verify("{}"u8.ToArray()));
        Assert.Throws<BackupException>(() => ErasureCertificate.Verify("nonsense"u8.ToArray()));
    }

    [Fact]
    public async Task Gc_AfterAnErasure_KeepsWhatOthersHave()
    {
        using var story = await EraseStory.BeginAsync();
        await story.EraseAsync("customer:bert");
        story.Forget("people/bert/");
        await GcRun.RunAsync(story.Repository.Context(), new GcRequest(null, null, DryRun: false), Token);
        await story.MustRestoreAsync();
    }
}
