using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Backup.Engine.Stores;

namespace Backup.Engine.Tests.Runs;

/// <summary>A city whose objects are in memory: it may be away, and an image of it is one reference.</summary>
internal sealed class SequenceCity(string id, TimeProvider clock)
{
    private readonly Lock _lock = new();

    public string Id { get; } = id;

    public bool IsAway { get; set; }

    /// <summary>Everything that stands here; to keep it is to take an image, to set it is to put one back.</summary>
    public ImmutableDictionary<string, StoredObject> Content { get; set; } = ImmutableDictionary.Create<string, StoredObject>(StringComparer.Ordinal);

    public IObjectStore Open(RunFate fate) => new Store(this, fate);

    private bool Put(string name, ReadOnlyMemory<byte> bytes)
    {
        lock (_lock)
        {
            var before = Content;
            Content = before.ContainsKey(name) ? before : before.Add(name, new StoredObject(bytes.ToArray(), clock.GetUtcNow()));
            return Content != before;
        }
    }

    private void Remove(string name)
    {
        lock (_lock)
        {
            Content = Content.Remove(name);
        }
    }

    private StoredObject Find(string name) =>
        Content.TryGetValue(name, out var found) ? found : throw new StoreException(StoreFault.NotFound, $"There is no {name}.");

    /// <summary>An object with the city's time of its put.</summary>
    internal readonly record struct StoredObject(byte[] Bytes, DateTimeOffset Time);

    /// <summary>What one run sees of the city.</summary>
    private sealed class Store(SequenceCity city, RunFate fate) : IObjectStore
    {
        public Task<StoreProbe> ProbeAsync(CancellationToken cancellation) => Task.FromResult(
            city.IsAway ? StoreProbe.Of(Away())
            : new StoreProbe(city.Content.ContainsKey(ObjectName.Repository) ? StorePresence.Repository : city.Content.IsEmpty ? StorePresence.Empty : StorePresence.Unfinished));

        public Task CreateAsync(CancellationToken cancellation) => Task.CompletedTask;

        public Task<bool> PutAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellation) => CallAsync(() => city.Put(name, content));

        /// <summary>One call each: a kill between two of them leaves the first.</summary>
        public async Task PutManyAsync(IReadOnlyList<(string Name, ReadOnlyMemory<byte> Content)> objects, CancellationToken cancellation)
        {
            foreach (var (name, content) in objects)
            {
                await PutAsync(name, content, cancellation);
            }
        }

        public Task<byte[]> GetAsync(string name, int limit, CancellationToken cancellation) => CallAsync<byte[]>(
            () => city.Find(name).Bytes is var found && found.Length <= limit ? [.. found] : throw new StoreException(StoreFault.Damaged, "too long"));

        public Task GetRangeAsync(string name, long offset, Memory<byte> destination, CancellationToken cancellation) => CallAsync(
            () => city.Find(name).Bytes is var found && offset + destination.Length <= found.Length
                ? found.AsMemory((int)offset, destination.Length).TryCopyTo(destination)
                : throw new StoreException(StoreFault.Damaged, "too short"));

        public Task<ObjectInfo?> StatAsync(string name, CancellationToken cancellation) => CallAsync<ObjectInfo?>(
            () => city.Content.TryGetValue(name, out var found) ? new ObjectInfo(name, found.Bytes.Length, found.Time) : null);

        public async IAsyncEnumerable<ObjectInfo> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellation)
        {
            foreach (var (name, stored) in (await CallAsync(() => city.Content)).Where(pair => pair.Key.StartsWith(prefix, StringComparison.Ordinal)))
            {
                yield return new ObjectInfo(name, stored.Bytes.Length, stored.Time);
            }
        }

        public Task<DeleteOutcome> DeleteAsync(string name, CancellationToken cancellation) => CallAsync(() =>
        {
            city.Remove(name);
            return DeleteOutcome.Gone;
        });

        public Task SweepAsync(TimeSpan age, CancellationToken cancellation) => Task.CompletedTask;

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;

        private static StoreException Away() => new(StoreFault.Unreachable, "The city does not answer.");

        private Task<T> CallAsync<T>(Func<T> work)
        {
            try
            {
                return Task.FromResult(fate.Call(() => city.IsAway ? throw Away() : work()));
            }
            catch (Exception failure) when (failure is StoreException or OperationCanceledException)
            {
                return Task.FromException<T>(failure);
            }
        }
    }
}

/// <summary>
/// What befalls a run at its so manyth call to any city. When it dies, no call of it does anything from then on, and its token is cancelled: what unwinds
/// meanwhile touches no city.
/// </summary>
/// <param name="trouble">What.</param>
/// <param name="at">At which call, from 1.</param>
/// <param name="leave">Takes a city away.</param>
internal sealed class RunFate(Trouble trouble = Trouble.None, int at = 0, Action? leave = null) : IDisposable
{
    private readonly CancellationTokenSource _dead = new();
    private readonly Lock _lock = new();

    public CancellationToken Token => _dead.Token;

    public bool IsDead => _dead.IsCancellationRequested;

    /// <summary>How many calls it made.</summary>
    public int Calls { get; private set; }

    public T Call<T>(Func<T> work)
    {
        lock (_lock)
        {
            _dead.Token.ThrowIfCancellationRequested();
            var isNow = ++Calls == at;
            if (isNow && trouble == Trouble.CityLeaves)
            {
                leave!();
            }

            var dies = isNow && trouble is (Trouble.DiesBefore or Trouble.DiesAfter);
            var result = dies && trouble == Trouble.DiesBefore ? default! : work();
            if (dies)
            {
                _dead.Cancel();
                _dead.Token.ThrowIfCancellationRequested();
            }

            return result;
        }
    }

    public void Dispose() => _dead.Dispose();
}
