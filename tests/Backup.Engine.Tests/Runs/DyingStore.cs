using Backup.Engine.Stores;

namespace Backup.Engine.Tests.Runs;

/// <summary>A store that lists everything and gives nothing below one folder: the connection is gone.</summary>
internal sealed class DyingStore(IObjectStore inner, string folder) : IObjectStore
{
    public Task<StorePresence> ProbeAsync(CancellationToken cancellation) => inner.ProbeAsync(cancellation);

    public Task CreateAsync(CancellationToken cancellation) => inner.CreateAsync(cancellation);

    public Task<bool> PutAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellation) => inner.PutAsync(name, content, cancellation);

    public Task PutManyAsync(IReadOnlyList<(string Name, ReadOnlyMemory<byte> Content)> objects, CancellationToken cancellation) =>
        inner.PutManyAsync(objects, cancellation);

    public Task<byte[]> GetAsync(string name, int limit, CancellationToken cancellation) => Living(name).GetAsync(name, limit, cancellation);

    public Task GetRangeAsync(string name, long offset, Memory<byte> destination, CancellationToken cancellation) =>
        Living(name).GetRangeAsync(name, offset, destination, cancellation);

    public Task<ObjectInfo?> StatAsync(string name, CancellationToken cancellation) => inner.StatAsync(name, cancellation);

    public IAsyncEnumerable<ObjectInfo> ListAsync(string prefix, CancellationToken cancellation) => inner.ListAsync(prefix, cancellation);

    public Task<DeleteOutcome> DeleteAsync(string name, CancellationToken cancellation) => inner.DeleteAsync(name, cancellation);

    public Task SweepAsync(TimeSpan age, CancellationToken cancellation) => Living("tmp/").SweepAsync(age, cancellation);

    public ValueTask DisposeAsync() => inner.DisposeAsync();

    private IObjectStore Living(string name) =>
        name.StartsWith(folder, StringComparison.Ordinal) ? throw new StoreException(StoreFault.Unreachable, "The connection was closed.") : inner;
}
