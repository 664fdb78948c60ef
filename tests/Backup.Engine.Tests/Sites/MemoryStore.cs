using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Backup.Engine.Sites;
using Backup.Engine.Stores;

namespace Backup.Engine.Tests.Sites;

/// <summary>
/// A store in memory that fails on command. <see cref="Before"/> and <see cref="After"/> run around each call, with its method and name.
/// </summary>
public sealed class MemoryStore : IObjectStore
{
    private readonly ConcurrentDictionary<string, byte[]> _objects = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<string> _puts = new();

    /// <summary>May throw, or wait: then nothing has happened yet.</summary>
    public Func<string, string, Task>? Before { get; set; }

    /// <summary>Whether waiting ends with the call's token. Default: it goes on, as with a disk that hangs.</summary>
    public bool Cancels { get; init; }

    /// <summary>May throw although it has happened: an answer that was lost.</summary>
    public Func<string, string, Task>? After { get; set; }

    public IReadOnlyDictionary<string, byte[]> Objects => _objects;

    /// <summary>The names in the order in which they came to stand here.</summary>
    public IReadOnlyList<string> Puts => [.. _puts];

    /// <summary>This store as a site named after its city.</summary>
    public Site AsSite(string id, int connections = 1) => new() { Id = id, City = id, Country = "DE", Store = this, Connections = connections };

    /// <summary>Changes what stands here behind the back of everybody.</summary>
    public void Corrupt(string name, Func<byte[], byte[]> change) => _objects[name] = change([.. _objects[name]]);

    public void Lose(string name) => _objects.TryRemove(name, out _);

    public Task<StoreProbe> ProbeAsync(CancellationToken cancellation) => Task.FromResult(new StoreProbe(
        _objects.ContainsKey(ObjectName.Repository) ? StorePresence.Repository : _objects.IsEmpty ? StorePresence.Empty : StorePresence.Unfinished));

    public Task CreateAsync(CancellationToken cancellation) => Task.CompletedTask;

    public Task<bool> PutAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellation) =>
        CallAsync("put", name, () => Put(name, content), cancellation);

    public Task PutManyAsync(IReadOnlyList<(string Name, ReadOnlyMemory<byte> Content)> objects, CancellationToken cancellation) =>
        CallAsync("put", objects[0].Name, () => objects.Count(part => Put(part.Name, part.Content)), cancellation);

    public Task<byte[]> GetAsync(string name, int limit, CancellationToken cancellation) => CallAsync<byte[]>(
        "get",
        name,
        () => Find(name) is var found && found.Length <= limit ? [.. found] : throw new StoreException(StoreFault.Damaged, "too long"),
        cancellation);

    public Task GetRangeAsync(string name, long offset, Memory<byte> destination, CancellationToken cancellation) => CallAsync(
        "get",
        name,
        () =>
        {
            var found = Find(name);
            return offset + destination.Length <= found.Length
                ? found.AsMemory((int)offset, destination.Length).TryCopyTo(destination)
                : throw new StoreException(StoreFault.Damaged, "too short");
        },
        cancellation);

    public Task<ObjectInfo?> StatAsync(string name, CancellationToken cancellation) => CallAsync<ObjectInfo?>(
        "stat",
        name,
        () => _objects.TryGetValue(name, out var found) ? new ObjectInfo(name, found.Length, DateTimeOffset.UnixEpoch) : null,
        cancellation);

    public async IAsyncEnumerable<ObjectInfo> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var found = await CallAsync("list", prefix, () => _objects.ToArray(), cancellation);
        foreach (var (name, content) in found.Where(pair => pair.Key.StartsWith(prefix, StringComparison.Ordinal)))
        {
            yield return new ObjectInfo(name, content.Length, DateTimeOffset.UnixEpoch);
        }
    }

    public Task<DeleteOutcome> DeleteAsync(string name, CancellationToken cancellation) => CallAsync(
        "delete",
        name,
        () =>
        {
            _objects.TryRemove(name, out _);
            return DeleteOutcome.Gone;
        },
        cancellation);

    public Task SweepAsync(TimeSpan age, CancellationToken cancellation) => Task.CompletedTask;

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private byte[] Find(string name) =>
        _objects.TryGetValue(name, out var found) ? found : throw new StoreException(StoreFault.NotFound, $"There is no {name}.");

    private bool Put(string name, ReadOnlyMemory<byte> content)
    {
        var added = _objects.TryAdd(name, content.ToArray());
        if (added)
        {
            _puts.Enqueue(name);
        }

        return added;
    }

    private async Task<T> CallAsync<T>(string method, string name, Func<T> work, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        await (Before?.Invoke(method, name) ?? Task.CompletedTask).WaitAsync(Cancels ? cancellation : CancellationToken.None);
        var result = work();
        await (After?.Invoke(method, name) ?? Task.CompletedTask);
        return result;
    }
}
