using System.Collections.Concurrent;
using Backup.Engine.Runs;
using Backup.Engine.Stores;

namespace Backup.Engine.Tests.Runs;

/// <summary>What is still needed at a site with an object lock is locked on: data at half time, keys every night.</summary>
public sealed class LockRenewalTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Backup_NightAfterNight_RenewsKeysDailyAndDataAtHalfTime()
    {
        using var repository = new TestRepository
        {
            FirstSite = "kind: s3, endpoint: 'https://s3.example.net', bucket: backup, credentials_file: /etc/none, lock: { mode: compliance, days: 30 }, secret_lock: 3d",
        };
        var locked = new ConcurrentDictionary<string, DateTimeOffset>(StringComparer.Ordinal);
        repository.Between = (site, store) => site == "a" ? new LockingStore(store, locked) : store;
        repository.WriteSource("file", "content");
        await repository.InitAsync();

        await NightAsync(repository, locked, days: 0);
        var first = repository.Objects("a");
        var begun = await NightAsync(repository, locked, days: 1);
        Assert.NotEmpty(begun);
        Assert.All(begun.Keys, static name => Assert.True(ObjectName.IsErasable(name), name));
        Assert.All(begun.Values, until => Assert.InRange((until - repository.Clock.GetUtcNow()).TotalDays, 2.9, 3.1));

        var half = await NightAsync(repository, locked, days: 15);

        Assert.All(first.Where(static name => name is "repository" || name.StartsWith("packs/", StringComparison.Ordinal)), name => Assert.True(half.ContainsKey(name), name));
        Assert.All(half.Where(static item => !ObjectName.IsErasable(item.Key)), item =>
            Assert.InRange((item.Value - repository.Clock.GetUtcNow()).TotalDays, 29.9, 30.1));
    }

    /// <summary>One backup some days later, and what it locked.</summary>
    private static async Task<IReadOnlyDictionary<string, DateTimeOffset>> NightAsync(
        TestRepository repository, ConcurrentDictionary<string, DateTimeOffset> locked, int days)
    {
        locked.Clear();
        repository.Clock.Advance(TimeSpan.FromDays(days));
        repository.WriteSource("night", repository.Clock.GetUtcNow().ToString("O"));
        var outcome = Assert.Single(await BackupRun.RunAsync(repository.Context(), new BackupRequest([], [], DryRun: false), Cancellation).ToListAsync(Cancellation));
        Assert.NotNull(outcome.Snapshot);
        return locked.ToDictionary(StringComparer.Ordinal);
    }

    private sealed class LockingStore(IObjectStore inner, ConcurrentDictionary<string, DateTimeOffset> locked) : IObjectStore
    {
        public Task<StoreProbe> ProbeAsync(CancellationToken cancellation) => inner.ProbeAsync(cancellation);

        public Task CreateAsync(CancellationToken cancellation) => inner.CreateAsync(cancellation);

        public Task<bool> PutAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellation) => inner.PutAsync(name, content, cancellation);

        public Task PutManyAsync(IReadOnlyList<(string Name, ReadOnlyMemory<byte> Content)> objects, CancellationToken cancellation) =>
            inner.PutManyAsync(objects, cancellation);

        public Task<byte[]> GetAsync(string name, int limit, CancellationToken cancellation) => inner.GetAsync(name, limit, cancellation);

        public Task GetRangeAsync(string name, long offset, Memory<byte> destination, CancellationToken cancellation) =>
            inner.GetRangeAsync(name, offset, destination, cancellation);

        public Task<ObjectInfo?> StatAsync(string name, CancellationToken cancellation) => inner.StatAsync(name, cancellation);

        public IAsyncEnumerable<ObjectInfo> ListAsync(string prefix, CancellationToken cancellation) => inner.ListAsync(prefix, cancellation);

        public Task<DeleteOutcome> DeleteAsync(string name, CancellationToken cancellation) => inner.DeleteAsync(name, cancellation);

        public Task SweepAsync(TimeSpan age, CancellationToken cancellation) => inner.SweepAsync(age, cancellation);

        public Task<StoreCapabilities> ExamineAsync(CancellationToken cancellation) =>
            Task.FromResult(new StoreCapabilities { FinalDelete = Capability.Yes, ObjectLock = Capability.Yes });

        public Task LockAsync(string name, DateTimeOffset until, CancellationToken cancellation)
        {
            locked[name] = until;
            return Task.CompletedTask;
        }

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
