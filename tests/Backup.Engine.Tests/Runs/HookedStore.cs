using Backup.Engine.Stores;

namespace Backup.Engine.Tests.Runs;

/// <summary>A store in which something happens before objects of one folder are read or swept.</summary>
/// <param name="inner">The real one.</param>
/// <param name="folder">E.g. <c>packs/</c>.</param>
/// <param name="before">What happens, each time.</param>
/// <param name="beforePut">What happens before an object is put, given its name.</param>
internal sealed class HookedStore(IObjectStore inner, string folder, Func<Task> before, Func<string, Task>? beforePut = null) : IObjectStore
{
    /// <summary>A store that lists everything and gives nothing below one folder: the connection is gone.</summary>
    public static HookedStore Dying(IObjectStore inner, string folder) =>
        new(inner, folder, static () => throw new StoreException(StoreFault.Unreachable, "The connection was closed."));

    /// <summary>A store in which something happens before an object is put.</summary>
    public static HookedStore Putting(IObjectStore inner, Func<string, Task> beforePut) => new(inner, "none/", static () => Task.CompletedTask, beforePut);

    public Task<StoreProbe> ProbeAsync(CancellationToken cancellation) => inner.ProbeAsync(cancellation);

    public Task CreateAsync(CancellationToken cancellation) => inner.CreateAsync(cancellation);

    public async Task<bool> PutAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellation)
    {
        await (beforePut?.Invoke(name) ?? Task.CompletedTask);
        return await inner.PutAsync(name, content, cancellation);
    }

    public async Task PutManyAsync(IReadOnlyList<(string Name, ReadOnlyMemory<byte> Content)> objects, CancellationToken cancellation)
    {
        foreach (var (name, _) in objects)
        {
            await (beforePut?.Invoke(name) ?? Task.CompletedTask);
        }

        await inner.PutManyAsync(objects, cancellation);
    }

    public async Task<byte[]> GetAsync(string name, int limit, CancellationToken cancellation) =>
        await (await ReadyAsync(name)).GetAsync(name, limit, cancellation);

    public async Task GetRangeAsync(string name, long offset, Memory<byte> destination, CancellationToken cancellation) =>
        await (await ReadyAsync(name)).GetRangeAsync(name, offset, destination, cancellation);

    public Task<ObjectInfo?> StatAsync(string name, CancellationToken cancellation) => inner.StatAsync(name, cancellation);

    public IAsyncEnumerable<ObjectInfo> ListAsync(string prefix, CancellationToken cancellation) => inner.ListAsync(prefix, cancellation);

    public Task<DeleteOutcome> DeleteAsync(string name, CancellationToken cancellation) => inner.DeleteAsync(name, cancellation);

    public async Task SweepAsync(TimeSpan age, CancellationToken cancellation) => await (await ReadyAsync("tmp/")).SweepAsync(age, cancellation);

    public ValueTask DisposeAsync() => inner.DisposeAsync();

    private async Task<IObjectStore> ReadyAsync(string name)
    {
        if (name.StartsWith(folder, StringComparison.Ordinal))
        {
            await before();
        }

        return inner;
    }
}
