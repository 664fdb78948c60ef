using System.Buffers.Binary;

namespace Backup.Engine.Format;

/// <summary>What a blob is. The values are stored and are part of a blob's id.</summary>
public enum BlobKind : byte
{
    /// <summary>A chunk of file content.</summary>
    Content = 0,

    /// <summary>A page of a tree.</summary>
    Page = 1,

    /// <summary>A list of blobs.</summary>
    List = 2,
}

/// <summary>How a segment is stored. The values are stored.</summary>
public enum CompressionMethod : byte
{
    Stored = 0,
    Zstd = 1,
}

/// <summary>A blob in a segment.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Id">Its keyed id.</param>
/// <param name="Length">Bytes.</param>
public readonly record struct BlobEntry(BlobKind Kind, BlobId Id, int Length);

/// <summary>A segment of a member. Its blobs stand in it without a gap.</summary>
/// <param name="FrameLength">Bytes of the frame, tag included.</param>
/// <param name="Method">How it is stored.</param>
/// <param name="PlainLength">Bytes after decompression.</param>
/// <param name="Blobs">In order.</param>
public sealed record SegmentEntry(int FrameLength, CompressionMethod Method, int PlainLength, IReadOnlyList<BlobEntry> Blobs);

/// <summary>Where the blobs of a member lie. FORMAT.md, section 7.</summary>
/// <param name="Segments">In order; the first begins behind the member's header.</param>
public sealed record MemberFooter(IReadOnlyList<SegmentEntry> Segments)
{
    /// <summary>Bytes of the tag that ends every frame.</summary>
    public const int TagSize = 16;

    private const string Thing = "the footer of a member";
    private const int BlobSize = 1 + BlobId.Size + sizeof(uint);
    private const int LeastSegmentBytes = 5 + BlobSize;

    private static readonly ulong Required = CborMap.Keys(0);

    public byte[] Encode()
    {
        var writer = new CborSpanWriter(32 + Segments.Sum(static segment => 24 + (BlobSize * segment.Blobs.Count)));
        var map = writer.BeginMap();
        writer.Key(0);
        writer.BeginArray(Segments.Count);
        foreach (var segment in Segments)
        {
            writer.BeginArray(4);
            writer.Count(segment.FrameLength);
            writer.Unsigned((ulong)segment.Method);
            writer.Count(segment.PlainLength);
            WriteBlobs(writer.BytesOf(BlobSize * segment.Blobs.Count), segment.Blobs);
        }

        writer.EndMap(map);
        return writer.ToArray();
    }

    public static MemberFooter Decode(ReadOnlySpan<byte> text)
    {
        var reader = new CborSpanReader(text, Thing);
        SegmentEntry[] segments = [];
        var map = reader.BeginMap();
        while (reader.NextKey(ref map, out var key))
        {
            switch (key)
            {
                case 0: segments = reader.Array(LeastSegmentBytes, ReadSegment); break;
                default: reader.SkipUnknown(key); break;
            }
        }

        reader.EndMap(map, Required);
        reader.End();
        return new MemberFooter(segments);
    }

    private static void WriteBlobs(Span<byte> destination, IReadOnlyList<BlobEntry> blobs)
    {
        for (var i = 0; i < blobs.Count; i++, destination = destination[BlobSize..])
        {
            destination[0] = (byte)blobs[i].Kind;
            blobs[i].Id.Write(destination[1..]);
            BinaryPrimitives.WriteInt32BigEndian(destination[(1 + BlobId.Size)..], blobs[i].Length);
        }
    }

    private static SegmentEntry ReadSegment(ref CborSpanReader reader)
    {
        reader.BeginTuple(4);
        var frameLength = reader.Count(Limits.Segment + TagSize);
        var method = (CompressionMethod)reader.Kind(0, 1);
        var plainLength = reader.Count(Limits.Segment);
        var blobs = ReadBlobs(ref reader, plainLength);
        var possible = method is CompressionMethod.Stored ? frameLength == plainLength + TagSize : frameLength > TagSize;
        return possible
            ? new SegmentEntry(frameLength, method, plainLength, blobs)
            : throw reader.Damaged("the length of a frame is impossible");
    }

    private static BlobEntry[] ReadBlobs(ref CborSpanReader reader, int plainLength)
    {
        var records = reader.Records(BlobSize);
        var blobs = new BlobEntry[records.Length / BlobSize];
        var left = (uint)plainLength;
        for (var i = 0; i < blobs.Length; i++, records = records[BlobSize..])
        {
            var length = BinaryPrimitives.ReadUInt32BigEndian(records[(1 + BlobId.Size)..]);
            if (records[0] > (byte)BlobKind.List || length > left)
            {
                throw reader.Damaged("a blob is of an unknown kind or longer than its segment");
            }

            left -= length;
            blobs[i] = new BlobEntry((BlobKind)records[0], BlobId.Read(records[1..]), (int)length);
        }

        return left == 0 ? blobs : throw reader.Damaged("its blobs do not fill their segment");
    }
}
