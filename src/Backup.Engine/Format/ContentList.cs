namespace Backup.Engine.Format;

/// <summary>A list of blobs, stored as a blob of kind 2: where a file has too many for its entry. FORMAT.md, section 9.2.</summary>
public static class ContentList
{
    /// <summary>Blobs that a list can hold.</summary>
    public const int Capacity = Limits.Blob / EntryCodec.ReferenceSize;

    public static byte[] Encode(IReadOnlyList<BlobReference> blobs)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(blobs.Count, Capacity, nameof(blobs));
        var list = new byte[EntryCodec.ReferenceSize * blobs.Count];
        EntryCodec.WriteReferences(list, blobs);
        return list;
    }

    public static IReadOnlyList<BlobReference> Decode(ReadOnlySpan<byte> list) =>
        list.Length is > 0 and <= Limits.Blob && list.Length % EntryCodec.ReferenceSize == 0 && EntryCodec.ReadReferences(list) is { } blobs
            ? blobs
            : throw new DamagedException("A list of blobs is damaged: its length, or that of a blob in it, is impossible.");
}
