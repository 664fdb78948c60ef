using Backup.Engine.Format;
using Backup.Engine.Snapshots;

namespace Backup.Engine.Runs;

/// <summary>Compares two entries of one name and kind, neither a directory, by what is recorded of them; no content is read.</summary>
internal static class EntryComparison
{
    /// <summary>How they differ; null if they do not.</summary>
    public static Difference? Compare(ViewEntry before, ViewEntry after)
    {
        var (older, newer) = (before.Entry, after.Entry);
        if (SameContent(before, after))
        {
            return SameMetadata(older, newer, withTime: true) ? null : Difference.MetadataOnly;
        }

        // Holes that came or went say that somebody wrote the file, whatever its time.
        var unmoved = older.Kind == EntryKind.File && older.Size == newer.Size && older.Modified == newer.Modified && !older.Incomplete && !newer.Incomplete &&
            Sequence(older.Extents, newer.Extents);
        return unmoved ? Difference.ContentOnly : Difference.Modified;
    }

    /// <summary>Whether everything is equal that a restore brings back beside the content; ctime, inode and the number of links are not.</summary>
    /// <param name="older">One.</param>
    /// <param name="newer">The other.</param>
    /// <param name="withTime">Whether mtime counts.</param>
    public static bool SameMetadata(Entry older, Entry newer, bool withTime) =>
        older.Mode == newer.Mode && older.UserId == newer.UserId && older.GroupId == newer.GroupId && older.User == newer.User && older.Group == newer.Group &&
        (!withTime || older.Modified == newer.Modified) && SameAttributes(older.Attributes, newer.Attributes);

    private static bool SameContent(ViewEntry before, ViewEntry after) => before.Entry.Kind switch
    {
        EntryKind.File => SameBytes(before, after),
        EntryKind.SymbolicLink => before.Entry.LinkTarget.AsSpan().SequenceEqual(after.Entry.LinkTarget),
        _ => before.Entry.DeviceNumber == after.Entry.DeviceNumber,
    };

    private static bool SameBytes(ViewEntry before, ViewEntry after)
    {
        var (older, newer) = (before.Entry, after.Entry);
        if (older.Size != newer.Size || older.Incomplete != newer.Incomplete || !Sequence(older.Extents, newer.Extents))
        {
            return false;
        }

        // Blob ids of two domains cannot be compared. A file that came into another domain counts as the same as long as its time is.
        return before.Domain.Id == after.Domain.Id
            ? older.Content?.Level == newer.Content?.Level && Sequence(older.Content?.Blobs, newer.Content?.Blobs)
            : older.Modified == newer.Modified;
    }

    private static bool Sequence<T>(IReadOnlyList<T>? one, IReadOnlyList<T>? other) =>
        one is null || other is null ? one is null && other is null : one.SequenceEqual(other);

    private static bool SameAttributes(IReadOnlyList<ExtendedAttribute> one, IReadOnlyList<ExtendedAttribute> other)
    {
        if (one.Count != other.Count)
        {
            return false;
        }

        for (var i = 0; i < one.Count; i++)
        {
            if (!one[i].Name.AsSpan().SequenceEqual(other[i].Name) || !one[i].Value.AsSpan().SequenceEqual(other[i].Value))
            {
                return false;
            }
        }

        return true;
    }
}
