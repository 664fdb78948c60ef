using System.Buffers;
using Backup.Engine.Blobs;
using Backup.Engine.Format;
using Backup.Engine.Keys;
using Backup.Engine.Packing;
using Backup.Engine.Sealing;

namespace Backup.Engine.Tests.Blobs;

/// <summary>A pack of one member with two blobs: 150 and 50 bytes, each of the value 7.</summary>
internal static class SamplePack
{
    /// <param name="sealer">Of the repository.</param>
    /// <param name="keyring">Its keys.</param>
    /// <param name="domain">Whose blobs they are.</param>
    /// <param name="wrongId">The second blob gets the id of other bytes.</param>
    public static (byte[] Bytes, IndexedPack Index) Make(Sealer sealer, Keyring keyring, DomainRecord domain, bool wrongId = false)
    {
        using var buffers = new PackBuffers(1);
        using var builder = new PackBuilder(sealer, keyring.Keys.For(ObjectType.MemberTable).ToArray(), buffers);
        using var ids = new OpenDomain(domain);
        var buffer = ArrayPool<byte>.Shared.Rent(200);
        buffer.AsSpan(0, 200).Fill(7);
        var blobs = new List<BlobEntry>
        {
            new(BlobKind.Content, ids.IdOf(BlobKind.Content, buffer.AsSpan(0, 150)), 150),
            new(BlobKind.Content, ids.IdOf(BlobKind.Content, wrongId ? [1] : buffer.AsSpan(150, 50)), 50),
        };
        var job = new SegmentJob(domain, MemberContent.Files, buffer, 200, blobs);
        builder.Append(job, TestContext.Current.CancellationToken);
        job.Release();
        using var pack = builder.Finish()!;
        return (pack.Bytes.ToArray(), pack.Index);
    }
}
