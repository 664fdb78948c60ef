using Backup.Engine.Blobs;
using Backup.Engine.Sites;

namespace Backup.Engine.Runs;

/// <summary>A pack at a site.</summary>
internal sealed class SitePackPlace(Site site, string name) : IPackPlace
{
    public string? Site => site.Id;

    public void Read(long offset, Memory<byte> destination) =>
        site.Store.GetRangeAsync(name, offset, destination, CancellationToken.None).GetAwaiter().GetResult();
}
