using Backup.Engine.Stores;

namespace Backup.Engine.Tests.Runs;

/// <summary>A store that keeps objects of one folder against everybody until a moment, as one with an object lock does.</summary>
internal sealed class RetainingStore(IObjectStore inner, string folder, DateTimeOffset until, TimeProvider clock) : IObjectStore
{
    public Task<StoreProbe> ProbeAsync(CancellationToken cancellation) => inner.ProbeAsync(cancellation);

    public Task CreateAsync(CancellationToken cancellation) => inner.CreateAsync(cancellation);

    public Task<bool> PutAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellation) => inner.PutAsync(name, content, cancellation);

    public Task PutManyAsync(IReadOnlyList<(string Name, ReadOnlyMemory<byte> Content)> objects, CancellationToken cancellation) => inner.PutManyAsync(objects, cancellation);

    public Task<byte[]> GetAsync(string name, int limit, CancellationToken cancellation) => inner.GetAsync(name, limit, cancellation);

    public Task GetRangeAsync(string name, long offset, Memory<byte> destination, CancellationToken cancellation) => inner.GetRangeAsync(name, offset, destination, cancellation);

    public Task<ObjectInfo?> StatAsync(string name, CancellationToken cancellation) => inner.StatAsync(name, cancellation);

    public IAsyncEnumerable<ObjectInfo> ListAsync(string prefix, CancellationToken cancellation) => inner.ListAsync(prefix, cancellation);

    public Task<DeleteOutcome> DeleteAsync(string name, CancellationToken cancellation) =>
        name.StartsWith(folder, StringComparison.Ordinal) && clock.GetUtcNow() < until ? Task.FromResult(new DeleteOutcome(Final: false, until)) : inner.DeleteAsync(name, cancellation);

    public Task SweepAsync(TimeSpan age, CancellationToken cancellation) => inner.SweepAsync(age, cancellation);

    public ValueTask DisposeAsync() => inner.DisposeAsync();
}
