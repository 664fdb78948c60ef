using System.Runtime.CompilerServices;
using Backup.Engine.Stores;

namespace Backup.Engine.Tests.Runs;

/// <summary>A store whose listings of packs are not right: all names but the last are left out, one comes twice, the listing ends after the first, or each says something else.</summary>
internal sealed class DoubtfulStore(IObjectStore inner, string how) : IObjectStore
{
    private int _listings;

    public Task<StoreProbe> ProbeAsync(CancellationToken cancellation) => inner.ProbeAsync(cancellation);

    public Task CreateAsync(CancellationToken cancellation) => inner.CreateAsync(cancellation);

    public Task<bool> PutAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellation) => inner.PutAsync(name, content, cancellation);

    public Task PutManyAsync(IReadOnlyList<(string Name, ReadOnlyMemory<byte> Content)> objects, CancellationToken cancellation) => inner.PutManyAsync(objects, cancellation);

    public Task<byte[]> GetAsync(string name, int limit, CancellationToken cancellation) => inner.GetAsync(name, limit, cancellation);

    public Task GetRangeAsync(string name, long offset, Memory<byte> destination, CancellationToken cancellation) => inner.GetRangeAsync(name, offset, destination, cancellation);

    public Task<ObjectInfo?> StatAsync(string name, CancellationToken cancellation) => inner.StatAsync(name, cancellation);

    public async IAsyncEnumerable<ObjectInfo> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var all = new List<ObjectInfo>();
        await foreach (var item in inner.ListAsync(prefix, cancellation))
        {
            all.Add(item);
        }

        all.Sort(static (left, right) => string.CompareOrdinal(left.Name, right.Name));
        if (prefix == "packs/" && all.Count > 1)
        {
            Spoil(all, Interlocked.Increment(ref _listings));
        }

        foreach (var item in all)
        {
            yield return item;
        }
    }

    public Task<DeleteOutcome> DeleteAsync(string name, CancellationToken cancellation) => inner.DeleteAsync(name, cancellation);

    public Task SweepAsync(TimeSpan age, CancellationToken cancellation) => inner.SweepAsync(age, cancellation);

    public ValueTask DisposeAsync() => inner.DisposeAsync();

    private void Spoil(List<ObjectInfo> all, int listing)
    {
        switch (how)
        {
            case "drops":
                all.RemoveRange(0, all.Count - 1);
                break;
            case "repeats":
                all.Add(all[0]);
                break;
            case "ends early":
                all.RemoveRange(1, all.Count - 1);
                break;
            default:
                all[^1] = all[^1] with { Length = all[^1].Length + listing };
                break;
        }
    }
}
