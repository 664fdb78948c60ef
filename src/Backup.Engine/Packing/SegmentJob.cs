using System.Buffers;
using Backup.Engine.Format;

namespace Backup.Engine.Packing;

/// <summary>A full segment on its way into a member. Whoever seals it returns the buffer.</summary>
/// <param name="Domain">Whose it is.</param>
/// <param name="Content">What kinds of blobs it holds.</param>
/// <param name="Buffer">Rented from the shared pool.</param>
/// <param name="Length">How much of the buffer is the segment.</param>
/// <param name="Blobs">In the order of the bytes.</param>
internal sealed record SegmentJob(DomainRecord Domain, MemberContent Content, byte[] Buffer, int Length, List<BlobEntry> Blobs)
{
    /// <summary>A segment is closed when it holds this much; one larger blob alone may exceed it.</summary>
    public const int Target = 1 << 20;

    public ReadOnlySpan<byte> Plain => Buffer.AsSpan(0, Length);

    public void Release() => ArrayPool<byte>.Shared.Return(Buffer);
}
