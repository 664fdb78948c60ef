using Backup.Engine.Format;
using Backup.Engine.Snapshots;

namespace Backup.Engine.Runs;

/// <summary>A stretch of what <c>dump</c> writes: given bytes, a part of a blob, or zeros.</summary>
internal readonly record struct DumpPiece
{
    private DumpPiece(long length) => Length = length;

    public long Length { get; }

    /// <summary>Set for given bytes.</summary>
    public ReadOnlyMemory<byte> Given { get; private init; }

    /// <summary>Set for a part of a blob.</summary>
    public DomainRecord? Domain { get; private init; }

    public BlobReference Blob { get; private init; }

    /// <summary>Where the part begins in the blob.</summary>
    public int Offset { get; private init; }

    public static DumpPiece Of(ReadOnlyMemory<byte> bytes) => new(bytes.Length) { Given = bytes };

    public static DumpPiece Zeros(long length) => new(length);

    /// <summary>The content of a file from its first byte to its last, holes as zeros.</summary>
    /// <param name="trees">Reads lists of blobs.</param>
    /// <param name="file">The file.</param>
    /// <param name="whole">True: zeros for what the backup could not read; false: the content ends there.</param>
    public static IEnumerable<DumpPiece> OfFile(TreeReader trees, ViewEntry file, bool whole)
    {
        var entry = file.Entry;
        using var blobs = (entry.Content is { } content ? trees.Content(file.Domain, content) : []).GetEnumerator();
        var (blob, used, at) = (default(BlobReference), 0L, 0L);
        foreach (var extent in entry.Extents ?? [new Extent(0, entry.Size)])
        {
            if (extent.Offset > at)
            {
                yield return Zeros(extent.Offset - at);
                at = extent.Offset;
            }

            while (at < extent.Offset + extent.Length)
            {
                if (used == blob.Length)
                {
                    (blob, used) = blobs.MoveNext() ? (blobs.Current, 0L) : (default, 0L);
                }

                if (blob.Length == 0)
                {
                    if (whole)
                    {
                        yield return Zeros(entry.Size - at);
                    }

                    yield break;
                }

                var length = Math.Min(extent.Offset + extent.Length - at, blob.Length - used);
                yield return new DumpPiece(length) { Domain = file.Domain, Blob = blob, Offset = (int)used };
                used += length;
                at += length;
            }
        }

        if (at < entry.Size)
        {
            yield return Zeros(entry.Size - at);
        }
    }
}
