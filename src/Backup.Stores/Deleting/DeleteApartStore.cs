using Backup.Engine.Stores;

namespace Backup.Stores.Deleting;

/// <summary>
/// A site that two logins use: one puts and reads every day, and may be one that cannot delete; the other deletes, for gc and erasure. Whoever steals
/// the first destroys nothing.
/// </summary>
/// <param name="daily">Does all else. Ends with this store.</param>
/// <param name="deleting">Reaches the same place. Ends with this store.</param>
public sealed class DeleteApartStore(IObjectStore daily, IObjectStore deleting) : IObjectStore
{
    /// <inheritdoc/>
    public Task<StoreProbe> ProbeAsync(CancellationToken cancellation) => daily.ProbeAsync(cancellation);

    /// <inheritdoc/>
    public Task CreateAsync(CancellationToken cancellation) => daily.CreateAsync(cancellation);

    /// <inheritdoc/>
    public Task<bool> PutAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellation) => daily.PutAsync(name, content, cancellation);

    /// <inheritdoc/>
    public Task PutManyAsync(IReadOnlyList<(string Name, ReadOnlyMemory<byte> Content)> objects, CancellationToken cancellation) =>
        daily.PutManyAsync(objects, cancellation);

    /// <inheritdoc/>
    public Task<byte[]> GetAsync(string name, int limit, CancellationToken cancellation) => daily.GetAsync(name, limit, cancellation);

    /// <inheritdoc/>
    public Task GetRangeAsync(string name, long offset, Memory<byte> destination, CancellationToken cancellation) =>
        daily.GetRangeAsync(name, offset, destination, cancellation);

    /// <inheritdoc/>
    public Task<ObjectInfo?> StatAsync(string name, CancellationToken cancellation) => daily.StatAsync(name, cancellation);

    /// <inheritdoc/>
    public IAsyncEnumerable<ObjectInfo> ListAsync(string prefix, CancellationToken cancellation) => daily.ListAsync(prefix, cancellation);

    /// <inheritdoc/>
    public Task<DeleteOutcome> DeleteAsync(string name, CancellationToken cancellation) => deleting.DeleteAsync(name, cancellation);

    /// <inheritdoc/>
    public Task SweepAsync(TimeSpan age, CancellationToken cancellation) => deleting.SweepAsync(age, cancellation);

    /// <inheritdoc/>
    public async Task<StoreCapabilities> ExamineAsync(CancellationToken cancellation)
    {
        var everyDay = await daily.ExamineAsync(cancellation);
        var other = await deleting.ExamineAsync(cancellation);
        return everyDay with { FinalDelete = other.FinalDelete };
    }

    /// <inheritdoc/>
    public Task LockAsync(string name, DateTimeOffset until, CancellationToken cancellation) => daily.LockAsync(name, until, cancellation);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await daily.DisposeAsync();
        await deleting.DisposeAsync();
    }
}
