using System.Runtime.CompilerServices;
using Backup.Engine.Stores;

namespace Backup.Engine.Tests.Runs;

/// <summary>A store in which something happens before objects of one folder are listed, each time.</summary>
internal sealed class ListHook(IObjectStore inner, string folder, Action before) : IObjectStore
{
    public Task<StoreProbe> ProbeAsync(CancellationToken cancellation) => inner.ProbeAsync(cancellation);

    public Task CreateAsync(CancellationToken cancellation) => inner.CreateAsync(cancellation);

    public Task<bool> PutAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellation) => inner.PutAsync(name, content, cancellation);

    public Task PutManyAsync(IReadOnlyList<(string Name, ReadOnlyMemory<byte> Content)> objects, CancellationToken cancellation) => inner.PutManyAsync(objects, cancellation);

    public Task<byte[]> GetAsync(string name, int limit, CancellationToken cancellation) => inner.GetAsync(name, limit, cancellation);

    public Task GetRangeAsync(string name, long offset, Memory<byte> destination, CancellationToken cancellation) => inner.GetRangeAsync(name, offset, destination, cancellation);

    public Task<ObjectInfo?> StatAsync(string name, CancellationToken cancellation) => inner.StatAsync(name, cancellation);

    public async IAsyncEnumerable<ObjectInfo> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellation)
    {
        if (prefix == folder)
        {
            before();
        }

        await foreach (var item in inner.ListAsync(prefix, cancellation))
        {
            yield return item;
        }
    }

    public Task<DeleteOutcome> DeleteAsync(string name, CancellationToken cancellation) => inner.DeleteAsync(name, cancellation);

    public Task SweepAsync(TimeSpan age, CancellationToken cancellation) => inner.SweepAsync(age, cancellation);

    public ValueTask DisposeAsync() => inner.DisposeAsync();
}
