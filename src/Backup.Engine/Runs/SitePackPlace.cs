using System.Buffers;
using Backup.Engine.Blobs;
using Backup.Engine.Sites;

namespace Backup.Engine.Runs;

/// <summary>A pack at a site.</summary>
internal sealed class SitePackPlace(Site site, string name) : IPackPlace
{
    public string? Site => site.Id;

    public void Read(long offset, Span<byte> destination)
    {
        // The store fills memory that survives an await; a span does not.
        var buffer = ArrayPool<byte>.Shared.Rent(destination.Length);
        try
        {
            site.Store.GetRangeAsync(name, offset, buffer.AsMemory(0, destination.Length), CancellationToken.None).GetAwaiter().GetResult();
            buffer.AsSpan(0, destination.Length).CopyTo(destination);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
