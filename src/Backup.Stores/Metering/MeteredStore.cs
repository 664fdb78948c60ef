using Backup.Engine.Stores;

namespace Backup.Stores.Metering;

/// <summary>Counts the calls to a store and the bytes of objects that move. What is not there is an answer, and no failure.</summary>
/// <param name="inner">The store. Ends with this one.</param>
/// <param name="meter">Where it is counted.</param>
public sealed class MeteredStore(IObjectStore inner, StoreMeter meter) : IObjectStore
{
    /// <inheritdoc/>
    public Task<StoreProbe> ProbeAsync(CancellationToken cancellation) => CountAsync(1, () => inner.ProbeAsync(cancellation));

    /// <inheritdoc/>
    public Task CreateAsync(CancellationToken cancellation) => CountAsync(1, () => DoneAsync(inner.CreateAsync(cancellation)));

    /// <inheritdoc/>
    public Task<bool> PutAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellation) =>
        CountAsync(1, () => inner.PutAsync(name, content, cancellation), stored => (stored ? content.Length : 0, 0));

    /// <inheritdoc/>
    public Task PutManyAsync(IReadOnlyList<(string Name, ReadOnlyMemory<byte> Content)> objects, CancellationToken cancellation) => CountAsync(
        objects.Count, () => DoneAsync(inner.PutManyAsync(objects, cancellation)), _ => (objects.Sum(static item => (long)item.Content.Length), 0));

    /// <inheritdoc/>
    public Task<byte[]> GetAsync(string name, int limit, CancellationToken cancellation) =>
        CountAsync(1, () => inner.GetAsync(name, limit, cancellation), static content => (0, content.Length));

    /// <inheritdoc/>
    public Task GetRangeAsync(string name, long offset, Memory<byte> destination, CancellationToken cancellation) =>
        CountAsync(1, () => DoneAsync(inner.GetRangeAsync(name, offset, destination, cancellation)), _ => (0, destination.Length));

    /// <inheritdoc/>
    public Task<ObjectInfo?> StatAsync(string name, CancellationToken cancellation) => CountAsync(1, () => inner.StatAsync(name, cancellation));

    /// <inheritdoc/>
    public IAsyncEnumerable<ObjectInfo> ListAsync(string prefix, CancellationToken cancellation)
    {
        meter.Count(1, failed: false, 0, 0);
        return inner.ListAsync(prefix, cancellation);
    }

    /// <inheritdoc/>
    public Task<DeleteOutcome> DeleteAsync(string name, CancellationToken cancellation) => CountAsync(1, () => inner.DeleteAsync(name, cancellation));

    /// <inheritdoc/>
    public Task SweepAsync(TimeSpan age, CancellationToken cancellation) => CountAsync(1, () => DoneAsync(inner.SweepAsync(age, cancellation)));

    /// <inheritdoc/>
    public Task<StoreCapabilities> ExamineAsync(CancellationToken cancellation) => CountAsync(1, () => inner.ExamineAsync(cancellation));

    /// <inheritdoc/>
    public Task LockAsync(string name, DateTimeOffset until, CancellationToken cancellation) =>
        CountAsync(1, () => DoneAsync(inner.LockAsync(name, until, cancellation)));

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => inner.DisposeAsync();

    private static async Task<bool> DoneAsync(Task call)
    {
        await call;
        return true;
    }

    private async Task<T> CountAsync<T>(int requests, Func<Task<T>> call, Func<T, (long Sent, long Received)>? moved = null)
    {
        try
        {
            var result = await call();
            var (sent, received) = moved?.Invoke(result) ?? (0, 0);
            meter.Count(requests, failed: false, sent, received);
            return result;
        }
        catch (StoreException failure)
        {
            meter.Count(requests, failure.Fault is not StoreFault.NotFound, 0, 0);
            throw;
        }
    }
}
