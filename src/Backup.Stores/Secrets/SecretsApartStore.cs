using System.Runtime.CompilerServices;
using Backup.Engine.Stores;

namespace Backup.Stores.Secrets;

/// <summary>
/// A site whose erasable objects (slots, epochs, keyrings) lie in a place of their own, because the place of its data keeps what is deleted. To
/// everybody else it is one store.
/// </summary>
/// <param name="data">The place of all else. Ends with this store.</param>
/// <param name="secrets">The place of what must be destroyable. Ends with this store.</param>
public sealed class SecretsApartStore(IObjectStore data, IObjectStore secrets) : IObjectStore
{
    /// <inheritdoc/>
    /// <remarks>The place that is worse off speaks for the site: without its keys its data opens nothing.</remarks>
    public async Task<StoreProbe> ProbeAsync(CancellationToken cancellation)
    {
        var both = await Task.WhenAll(data.ProbeAsync(cancellation), secrets.ProbeAsync(cancellation));
        return (both[0].Presence, both[1].Presence) switch
        {
            (StorePresence.Repository, StorePresence.Empty) => new StoreProbe(StorePresence.Unfinished),
            (StorePresence.Repository, StorePresence.Unfinished) => new StoreProbe(StorePresence.Repository),
            (StorePresence.Empty, StorePresence.Unfinished) => new StoreProbe(StorePresence.Unfinished),
            (_, StorePresence.Unfinished or StorePresence.Empty) => both[0],
            (_, StorePresence.Repository) => new StoreProbe(StorePresence.Foreign), // a repository object is never put there
            _ => both[1],
        };
    }

    /// <inheritdoc/>
    public async Task CreateAsync(CancellationToken cancellation)
    {
        await secrets.CreateAsync(cancellation);
        await data.CreateAsync(cancellation);
    }

    /// <inheritdoc/>
    public Task<bool> PutAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellation) => Of(name).PutAsync(name, content, cancellation);

    /// <inheritdoc/>
    public async Task PutManyAsync(IReadOnlyList<(string Name, ReadOnlyMemory<byte> Content)> objects, CancellationToken cancellation)
    {
        await secrets.PutManyAsync([.. objects.Where(static item => ObjectName.IsErasable(item.Name))], cancellation);
        await data.PutManyAsync([.. objects.Where(static item => !ObjectName.IsErasable(item.Name))], cancellation);
    }

    /// <inheritdoc/>
    public Task<byte[]> GetAsync(string name, int limit, CancellationToken cancellation) => Of(name).GetAsync(name, limit, cancellation);

    /// <inheritdoc/>
    public Task GetRangeAsync(string name, long offset, Memory<byte> destination, CancellationToken cancellation) =>
        Of(name).GetRangeAsync(name, offset, destination, cancellation);

    /// <inheritdoc/>
    public Task<ObjectInfo?> StatAsync(string name, CancellationToken cancellation) => Of(name).StatAsync(name, cancellation);

    /// <inheritdoc/>
    /// <remarks>What lies in the wrong place belongs to nothing and is not named.</remarks>
    public async IAsyncEnumerable<ObjectInfo> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await foreach (var found in secrets.ListAsync(prefix, cancellation))
        {
            if (ObjectName.IsErasable(found.Name))
            {
                yield return found;
            }
        }

        await foreach (var found in data.ListAsync(prefix, cancellation))
        {
            if (!ObjectName.IsErasable(found.Name))
            {
                yield return found;
            }
        }
    }

    /// <inheritdoc/>
    public Task<DeleteOutcome> DeleteAsync(string name, CancellationToken cancellation) => Of(name).DeleteAsync(name, cancellation);

    /// <inheritdoc/>
    public Task SweepAsync(TimeSpan age, CancellationToken cancellation) =>
        Task.WhenAll(data.SweepAsync(age, cancellation), secrets.SweepAsync(age, cancellation));

    /// <inheritdoc/>
    /// <remarks>What is said of deleting is said of the place of the secrets: there it matters.</remarks>
    public async Task<StoreCapabilities> ExamineAsync(CancellationToken cancellation)
    {
        var ofData = await data.ExamineAsync(cancellation);
        var ofSecrets = await secrets.ExamineAsync(cancellation);
        return ofSecrets with
        {
            ExclusivePut = ofData.ExclusivePut,
            AtomicPut = ofData.AtomicPut,
            DurablePut = ofData.DurablePut,
            ObjectLock = ofData.ObjectLock,
            ClockAhead = ofData.ClockAhead,
        };
    }

    /// <inheritdoc/>
    public Task LockAsync(string name, DateTimeOffset until, CancellationToken cancellation) => Of(name).LockAsync(name, until, cancellation);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await data.DisposeAsync();
        await secrets.DisposeAsync();
    }

    private IObjectStore Of(string name) => ObjectName.IsErasable(name) ? secrets : data;
}
