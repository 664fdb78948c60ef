using System.Text;
using Backup.Engine.Format;

namespace Backup.Engine.Snapshots;

/// <summary>One of the copies of a name: each domain in which it stands has one.</summary>
/// <param name="Domain">The domain.</param>
/// <param name="Entry">The entry in that domain.</param>
/// <param name="Own">True if no graft lies between the root of the snapshot and this copy.</param>
internal readonly record struct EntryCopy(DomainRecord Domain, Entry Entry, bool Own) : IComparable<EntryCopy>
{
    /// <summary>Which of two copies of a name counts: positive if it is this one. FORMAT.md, section 9.2.</summary>
    public int CompareTo(EntryCopy other)
    {
        var order = ComparePeriods(Domain.Period, other.Domain.Period);
        order = order != 0 ? order : Own.CompareTo(other.Own);
        return order != 0 ? order : Domain.Id.CompareTo(other.Domain.Id);
    }

    private static int ComparePeriods(string? one, string? other) => (one, other) switch
    {
        (null, null) => 0,
        (null, _) => -1,
        (_, null) => 1,
        _ when one == other => 0,
        _ => Encoding.UTF8.GetBytes(one).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(other)),
    };
}

/// <summary>An entry as a reader sees it: one name, however many domains hold a copy of it.</summary>
/// <param name="Counting">The copy whose metadata counts.</param>
/// <param name="Merged">Every copy of a directory that comes in several domains, to be entered; null for everything else.</param>
internal sealed record ViewEntry(EntryCopy Counting, IReadOnlyList<EntryCopy>? Merged = null)
{
    public Entry Entry => Counting.Entry;

    /// <summary>The domain of <see cref="Entry"/>: where its content lies.</summary>
    public DomainRecord Domain => Counting.Domain;

    /// <summary>What is to be entered of a directory.</summary>
    public IReadOnlyList<EntryCopy> Copies => Merged ?? [Counting];

    /// <summary>
    /// The same for two directories only if everything below them is the same, as long as nothing is erased in between: trees and grafts are named by what
    /// they hold.
    /// </summary>
    public Hash Contents()
    {
        const int Size = DomainId.Size + (2 * BlobId.Size) + 1;
        var copies = Copies;
        Span<byte> bytes = copies.Count == 1 ? stackalloc byte[Size] : new byte[Size * copies.Count];
        bytes.Clear();
        for (var i = 0; i < copies.Count; i++)
        {
            var part = bytes.Slice(i * Size, Size);
            copies[i].Domain.Id.Write(part);
            (copies[i].Entry.Tree ?? default).Write(part[DomainId.Size..]);
            (copies[i].Entry.Grafts ?? default).Write(part[(DomainId.Size + BlobId.Size)..]);
            part[^1] = copies[i].Own ? (byte)1 : (byte)0;
        }

        return Hash.Of(bytes);
    }
}

/// <summary>A part of a directory that is not shown, because its domain was erased or is restricted.</summary>
/// <param name="Domain">The domain.</param>
/// <param name="ErasedAt">When it was erased; null: it is restricted.</param>
internal sealed record HiddenPart(DomainId Domain, DateTimeOffset? ErasedAt);

/// <summary>A directory as a reader sees it.</summary>
/// <param name="Entries">Ascending by name, bytewise, each name once.</param>
/// <param name="Hidden">What is not shown.</param>
internal sealed record ViewDirectory(IReadOnlyList<ViewEntry> Entries, IReadOnlyList<HiddenPart> Hidden);
