namespace Backup.Engine.Format;

/// <summary>
/// What holds for every entry that is stored, beyond the types of its fields. FORMAT.md, section 9.2. One place for both directions: what a
/// writer may write a reader must not refuse.
/// </summary>
internal static class EntryRules
{
    /// <summary>True for what may stand as a name in a directory: nothing that would lead out of it.</summary>
    public static bool IsName(ReadOnlySpan<byte> name) =>
        name.Length is > 0 and <= Limits.Name && !name.ContainsAny((byte)'/', (byte)0)
        && !name.SequenceEqual("."u8) && !name.SequenceEqual(".."u8);

    /// <summary>What is wrong with an entry; null if nothing is.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="self">True for the directory that the page belongs to.</param>
    public static string? FaultOf(Entry entry, bool self)
    {
        if (self ? entry.Kind is not EntryKind.Directory : !IsName(entry.Name))
        {
            return self ? "the directory itself is none" : "an entry's name is missing or impossible";
        }

        if (entry.Kind is EntryKind.SymbolicLink && entry.LinkTarget is null)
        {
            return "a symbolic link has no target";
        }

        for (var i = 1; i < entry.Attributes.Count; i++)
        {
            if (entry.Attributes[i - 1].Name.AsSpan().SequenceCompareTo(entry.Attributes[i].Name) >= 0)
            {
                return "an entry's attributes are not in order";
            }
        }

        return entry.Kind is EntryKind.File ? FaultOfFile(entry) : null;
    }

    private static string? FaultOfFile(Entry entry)
    {
        var wanted = entry.Extents is null ? entry.Size : 0;
        var end = 0L;
        foreach (var extent in entry.Extents ?? [])
        {
            if (extent.Offset < end || extent.Length <= 0 || extent.Length > entry.Size - extent.Offset)
            {
                return "an entry's extents are empty, overlap, are not in order or exceed its size";
            }

            end = extent.Offset + extent.Length;
            wanted += extent.Length;
        }

        if (entry.Content is { Level: < 0 or > Limits.Levels })
        {
            return "an entry's content is nested too deeply";
        }

        foreach (var blob in entry.Content?.Blobs ?? [])
        {
            if (blob.Length <= 0 || blob.Length > wanted)
            {
                return "an entry has more content than its extents";
            }

            wanted -= blob.Length;
        }

        return wanted == 0 || entry.Incomplete ? null : "an entry has less content than its extents and is not marked as incomplete";
    }
}
