using System.Collections.Concurrent;
using Backup.Engine.Posix;

namespace Backup.Engine.Runs;

/// <summary>Copies to one site what it lacks, several objects at once. The site goes down when it does not take one, and what is left stays its backlog.</summary>
/// <param name="session">Of the run.</param>
/// <param name="site">Which lacks them.</param>
/// <param name="memory">Packs that may be in memory at once, for all sites that are filled.</param>
internal sealed class SiteFilling(Session session, SessionSite site, SemaphoreSlim memory)
{
    /// <summary>While one object is read from another site, one is put to this.</summary>
    private const int LeastAtOnce = 2;
    private const int MostAtOnce = 8;

    /// <summary>What an object takes that is as large as a pack, and what is counted as one.</summary>
    private const long PackMemory = 24 << 20;
    private const long Large = 1 << 20;

    /// <summary>What a run takes beside them.</summary>
    private const long OtherMemory = 144 << 20;

    private readonly ConcurrentDictionary<FaultyObject, bool> _left = new();
    private long _objects;
    private long _bytes;
    private long _healed;

    public long Objects => Interlocked.Read(ref _objects);

    public long Bytes => Interlocked.Read(ref _bytes);

    public long Healed => Interlocked.Read(ref _healed);

    /// <summary>How many packs a budget has room for.</summary>
    public static int PacksAtOnce(long budget) => (int)Math.Clamp((budget - OtherMemory) / PackMemory, LeastAtOnce, MostAtOnce);

    /// <summary>Copies in an order in which what rests on other objects comes after them.</summary>
    /// <param name="ordered">By <see cref="CopyOrder"/>.</param>
    /// <param name="ends">Ends the copying: what was not copied is left.</param>
    /// <returns>What is left.</returns>
    public async Task<IReadOnlyList<FaultyObject>> RunAsync(IReadOnlyList<FaultyObject> ordered, CancellationToken ends)
    {
        using var lanes = new SemaphoreSlim(Math.Clamp(site.Site.Connections, LeastAtOnce, MostAtOnce));
        var running = new List<Task>();
        foreach (var item in ordered)
        {
            await lanes.WaitAsync(CancellationToken.None);
            running.RemoveAll(static task => task.IsCompletedSuccessfully);

            // A pack rests on nothing. All else rests on what comes before it.
            var before = CopyOrder.IsPack(item) ? Task.CompletedTask : Task.WhenAll(running.ToArray());
            running.Add(CopyAsync(item, before, lanes, ends));
        }

        await Task.WhenAll(running);
        return [.. ordered.Where(_left.ContainsKey)];
    }

    private async Task CopyAsync(FaultyObject item, Task before, SemaphoreSlim lanes, CancellationToken ends)
    {
        try
        {
            await before;
            if (!site.Site.IsUp || !await TryCopyAsync(item, ends))
            {
                _left[item] = true;
                return;
            }

            Interlocked.Increment(ref _objects);
            Interlocked.Add(ref _bytes, item.Length);
            Interlocked.Add(ref _healed, item.Fault == Indexing.CopyFault.Missing ? 0 : 1);
            session.Context.Progress.SiteAdvance(site.Id, item.Length);
            TestStop.Reach(TestStop.ObjectCopied);
        }
        finally
        {
            lanes.Release();
        }
    }

    private async Task<bool> TryCopyAsync(FaultyObject item, CancellationToken ends)
    {
        var isLarge = item.Length > Large;
        try
        {
            await (isLarge ? memory.WaitAsync(ends) : Task.CompletedTask);
            try
            {
                return !ends.IsCancellationRequested && await session.CopyAsync(site, item, ends);
            }
            finally
            {
                _ = isLarge && memory.Release() >= 0;
            }
        }
        catch (OperationCanceledException) when (ends.IsCancellationRequested)
        {
            return false;
        }
    }
}
