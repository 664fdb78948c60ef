using Backup.Engine.Stores;

namespace Backup.Engine.Tests.Runs;

/// <summary>A store in which something happens once, before the first object of a folder is put.</summary>
internal sealed class PutHook(IObjectStore inner, string folder, Func<Task> before) : IObjectStore
{
    public Task<StoreProbe> ProbeAsync(CancellationToken cancellation) => inner.ProbeAsync(cancellation);

    public Task CreateAsync(CancellationToken cancellation) => inner.CreateAsync(cancellation);

    public async Task<bool> PutAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellation)
    {
        await ReadyAsync(name);
        return await inner.PutAsync(name, content, cancellation);
    }

    public async Task PutManyAsync(IReadOnlyList<(string Name, ReadOnlyMemory<byte> Content)> objects, CancellationToken cancellation)
    {
        foreach (var (name, _) in objects)
        {
            await ReadyAsync(name);
        }

        await inner.PutManyAsync(objects, cancellation);
    }

    public Task<byte[]> GetAsync(string name, int limit, CancellationToken cancellation) => inner.GetAsync(name, limit, cancellation);

    public Task GetRangeAsync(string name, long offset, Memory<byte> destination, CancellationToken cancellation) => inner.GetRangeAsync(name, offset, destination, cancellation);

    public Task<ObjectInfo?> StatAsync(string name, CancellationToken cancellation) => inner.StatAsync(name, cancellation);

    public IAsyncEnumerable<ObjectInfo> ListAsync(string prefix, CancellationToken cancellation) => inner.ListAsync(prefix, cancellation);

    public Task<DeleteOutcome> DeleteAsync(string name, CancellationToken cancellation) => inner.DeleteAsync(name, cancellation);

    public Task SweepAsync(TimeSpan age, CancellationToken cancellation) => inner.SweepAsync(age, cancellation);

    public ValueTask DisposeAsync() => inner.DisposeAsync();

    private Task ReadyAsync(string name) => name.StartsWith(folder, StringComparison.Ordinal) ? before() : Task.CompletedTask;
}
