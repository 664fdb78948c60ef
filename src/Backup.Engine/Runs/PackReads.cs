using System.Collections.Concurrent;
using Backup.Engine.Packing;
using Backup.Engine.Sites;
using Backup.Engine.Stores;

namespace Backup.Engine.Runs;

/// <summary>
/// Reads parts of packs from the sites into memory of its own: a read that nobody waits for any more may still be writing there. Safe for several threads.
/// </summary>
/// <param name="choice">Which site serves best.</param>
/// <param name="failed">Told when a site did not give what it must: its id, the pack, and why.</param>
/// <param name="time">Measures.</param>
internal sealed class PackReads(SiteChoice choice, Action<Site, string, string> failed, TimeProvider time)
{
    /// <summary>What is smaller is not worth being kept for the next.</summary>
    private const int Large = 4 << 20;

    private readonly SiteRace _race = new(choice, time);
    private readonly ConcurrentBag<byte[]> _free = [];

    /// <summary>Reads a part of a pack.</summary>
    /// <param name="sites">Those that may have it, in order of preference.</param>
    /// <param name="preferred">The id of a site that is asked first however it serves; null: the best.</param>
    /// <param name="part">Name, offset and length.</param>
    /// <param name="cancellation">Ends the call.</param>
    /// <returns>The bytes at the start of a buffer to be given back, and the site they came from; null if no site gave them.</returns>
    public async Task<(byte[] Bytes, string Site)?> ReadAsync(
        IReadOnlyList<Site> sites, string? preferred, (string Name, long Offset, int Length) part, CancellationToken cancellation)
    {
        var source = new SiteRace.Source<byte[]>((site, stop) => ReadAsync(site, part, stop), _ => part.Length, Return) { Preferred = preferred };
        return await _race.RunAsync(sites, part.Length, source, cancellation) is var (bytes, from) ? (bytes, from.Id) : null;
    }

    /// <summary>The sites, the one that serves best before the others.</summary>
    public IReadOnlyList<Site> Order(IEnumerable<Site> sites, long bytes) => choice.Order(sites, bytes);

    public void Return(byte[] buffer)
    {
        if (buffer.Length == PackBuffers.Size)
        {
            _free.Add(buffer);
        }
    }

    private async Task<byte[]?> ReadAsync(Site site, (string Name, long Offset, int Length) part, CancellationToken cancellation)
    {
        var buffer = part.Length is < Large or > PackBuffers.Size ? GC.AllocateUninitializedArray<byte>(part.Length)
            : _free.TryTake(out var free) ? free : GC.AllocateUninitializedArray<byte>(PackBuffers.Size);
        var fault = await site.AskAsync(
            () => site.Store.GetRangeAsync(part.Name, part.Offset, buffer.AsMemory(0, part.Length), cancellation), Patience.Default, time, cancellation);
        if (fault is not { } stays)
        {
            return buffer;
        }

        Return(buffer);
        failed(site, part.Name, stays switch
        {
            StoreFault.NotFound => "missing",
            StoreFault.Damaged => "it cannot be read whole",
            _ => site.Failure?.Reason ?? "it does not answer",
        });
        return null;
    }
}
