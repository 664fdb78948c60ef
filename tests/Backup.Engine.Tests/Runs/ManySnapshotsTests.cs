using System.Globalization;
using Backup.Engine.Format;
using Backup.Engine.Ledger;
using Backup.Engine.Policies;
using Backup.Engine.Runs;
using Backup.Stores.Local;

namespace Backup.Engine.Tests.Runs;

/// <summary>Many snapshots of the same trees: as many nights, without the nights.</summary>
public sealed class ManySnapshotsTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Find_HundredSnapshots_CountsThem()
    {
        using var story = await EraseStory.BeginAsync(snapshots: 1);
        await AddAsync(story.Repository.Context(), 99);

        Assert.Equal(100, Assert.Single(await SubjectRun.FindAsync(story.Repository.Context(), ["customer:anna"], new ReadOptions(), Token)).Snapshots);
        Assert.Equal(100, Assert.Single(await SubjectRun.FindAsync(story.Repository.Context("empty-many"), ["customer:anna"], new ReadOptions(), Token)).Snapshots);
        Assert.Equal(3, (await story.EraseAsync("customer:anna")).Level);
    }

    /// <summary>For <c>scripts/bench.sh erase</c>: adds snapshots to the repository of the policy that the environment names.</summary>
    [Fact(Explicit = true)]
    public async Task Multiply()
    {
        var file = Environment.GetEnvironmentVariable("BACKUP_TEST_POLICY") ?? throw new InvalidOperationException("BACKUP_TEST_POLICY names a policy.");
        var count = int.Parse(Environment.GetEnvironmentVariable("BACKUP_TEST_SNAPSHOTS") ?? "999", CultureInfo.InvariantCulture);
        var tenant = PolicyLoader.Load(file, null, new PolicyEnvironment { Variable = static _ => null, WorkingDirectory = Path.GetDirectoryName(file)! }).Tenants[0];
        var secret = new PassphraseSource(PassphraseKind.File, tenant.Keys!.PassphraseFile!, [], -1, "test");
        await using var context = new RunContext
        {
            Policy = tenant,
            Secret = () => secret,
            Stores = static site => new LocalStore(((LocalSiteConfig)site).Path),
            Sources = static (_, _) => throw new NotSupportedException(),
            OwnPlaces = [],
            ProgramVersion = "test",
            Progress = NoProgress.Instance,
            Clock = TimeProvider.System,
        };
        await AddAsync(context, count);
    }

    private static async Task AddAsync(RunContext context, int count)
    {
        await using var session = await Session.OpenForWritingAsync(context, "backup", Token);
        var first = session.Snapshots.All[^1];
        for (var i = 1; i <= count; i++)
        {
            var objects = new InventoryBuilder(session, []);
            var id = objects.AddSnapshot(first.Record with { Started = new Timestamp(first.Record.Started.Seconds + (86_400L * i), 0) });
            var inventory = await objects.PutInventoryAsync([], Token);
            await objects.PutSnapshotAsync(Token);
            await session.WriteEntryAsync(
                state => LedgerDraft.After(state, LedgerKind.Backup) with
                {
                    Inventory = inventory,
                    Payload = new LedgerPayload { SnapshotsAdded = [id], Complete = [.. session.Sites.Select(site => new CompleteSnapshot(id, site.Id))] },
                },
                Token);
            await objects.ApplyAsync();
        }
    }
}
