using System.Security.Cryptography;
using Backup.Engine.Chunking;
using Backup.Engine.Format;

namespace Backup.Engine.Blobs;

/// <summary>
/// A domain while a run writes into it: its blob ids, its cut points and the segments it fills. Used by one thread.
/// A domain with a subject keeps pages and content in one segment, so that a person with little data costs one member;
/// elsewhere pages have segments of their own, so that a tree is read without its content.
/// </summary>
internal sealed class OpenDomain : IDisposable
{
    private readonly IncrementalHash _ids;
    private Chunker? _chunker;

    public OpenDomain(DomainRecord record)
    {
        Record = record;
        _ids = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, record.IdKey.Span);
        Content = new OpenSegment(this);
        Pages = record.Subject is null ? new OpenSegment(this) : Content;
    }

    public DomainRecord Record { get; }

    /// <summary>The cut points of this domain; derived when the first large file comes. While a file is cut only the thread that cuts asks for it.</summary>
    /// <param name="sizes">Of the source that is read: the same as long as the domain is open.</param>
    public Chunker Chunker(ChunkSizes sizes) => _chunker ??= new Chunker(Record.ChunkKey.Span, sizes);

    public OpenSegment Content { get; }

    public OpenSegment Pages { get; }

    public BlobId IdOf(BlobKind kind, ReadOnlySpan<byte> bytes)
    {
        Span<byte> digest = stackalloc byte[Hash.Size];
        _ids.AppendData([(byte)kind]);
        _ids.AppendData(bytes);
        _ids.GetHashAndReset(digest);
        return BlobId.Read(digest);
    }

    public OpenSegment SegmentFor(BlobKind kind) => kind == BlobKind.Content ? Content : Pages;

    public void Dispose()
    {
        _ids.Dispose();
        _chunker?.Dispose();
    }
}
