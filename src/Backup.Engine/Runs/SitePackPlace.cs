using Backup.Engine.Blobs;
using Backup.Engine.Sites;
using Backup.Engine.Stores;

namespace Backup.Engine.Runs;

/// <summary>A pack at the sites that have it: read from the one that serves best, and from another when that one fails or takes too long.</summary>
/// <param name="reads">Reads from sites.</param>
/// <param name="name">The pack.</param>
/// <param name="sites">In the order in which they are asked.</param>
internal sealed class SitePackPlace(PackReads reads, string name, IReadOnlyList<Site> sites) : IPackPlace
{
    /// <inheritdoc/>
    public string? Site { get; private set; } = sites[0].Id;

    /// <inheritdoc/>
    public void Follow(string site) => Site = site;

    /// <inheritdoc/>
    public void Read(long offset, Memory<byte> destination) => Read(offset, destination.Span);

    /// <inheritdoc/>
    public void Read(long offset, Span<byte> destination)
    {
        // What was begun at one site is read on there, so that damage is put down to the site it came from.
        if (reads.ReadAsync([.. sites.Where(static site => site.IsUp)], Site, (name, offset, destination.Length), CancellationToken.None).GetAwaiter().GetResult() is not var (bytes, from))
        {
            throw new StoreException(StoreFault.NotFound, $"{name} cannot be read at any site that answers.");
        }

        Site = from;
        bytes.AsSpan(0, destination.Length).CopyTo(destination);
        reads.Return(bytes);
    }
}
