using Backup.Engine.Stores;

namespace Backup.Stores.Retrying;

/// <summary>Puts a batch object by object, several at once: all that a store can do that knows no batches.</summary>
internal static class ParallelPuts
{
    /// <summary>Puts them all; the first failure ends the rest.</summary>
    public static Task RunAsync(
        IObjectStore store, IReadOnlyList<(string Name, ReadOnlyMemory<byte> Content)> objects, int connections, CancellationToken cancellation)
    {
        foreach (var (name, _) in objects)
        {
            ObjectName.Require(name);
        }

        return Parallel.ForEachAsync(
            objects,
            new ParallelOptions { MaxDegreeOfParallelism = connections, CancellationToken = cancellation },
            async (item, token) => await store.PutAsync(item.Name, item.Content, token));
    }
}
