using System.Buffers.Binary;
using System.IO.Hashing;
using Backup.Engine.Blobs;
using Backup.Engine.Format;

namespace Backup.Engine.Snapshots;

/// <summary>Writes directories as pages. Cut points depend on names alone, so that a touched entry rewrites one page. FORMAT.md, section 9.1.</summary>
internal sealed class TreeWriter(BlobWriter blobs)
{
    private const int LeastEntries = 32;
    private const int MostEntries = 1024;
    private const int MostBytes = 256 << 10;

    /// <summary>The tree of one domain's entries of a directory; that of the parent snapshot where nothing changed.</summary>
    /// <param name="entries">The entries, in any order.</param>
    /// <param name="self">The directory's own metadata, for a root or a graft.</param>
    /// <param name="isRoot">True for the root of a snapshot, whose own metadata must be today's.</param>
    /// <returns>Its first page; null if there is nothing to write.</returns>
    public BlobId? Write(DomainEntries entries, Entry? self, bool isRoot = false)
    {
        if (entries is { Same: true, Parent: { } parent } && !isRoot && parent.Entries.Count == entries.Entries.Count)
        {
            return parent.Id;
        }

        if (entries.Entries.Count == 0 && self is null)
        {
            return null;
        }

        entries.Entries.Sort(static (a, b) => a.Name.AsSpan().SequenceCompareTo(b.Name));
        var seed = BinaryPrimitives.ReadInt64BigEndian(entries.Domain.ChunkKey.Span);
        var pages = new List<PageReference>();
        foreach (var (start, count) in Cut(entries.Entries, static entry => entry.Name, EntryPage.EstimateLength, seed))
        {
            var page = entries.Entries.GetRange(start, count);
            if (count == entries.Entries.Count)
            {
                return Put(entries.Domain, new EntryPage(page, self));
            }

            pages.Add(new PageReference(page[0].Name, Put(entries.Domain, new EntryPage(page))));
        }

        return pages.Count == 0 ? Put(entries.Domain, new EntryPage([], self)) : WriteInner(entries.Domain, pages, self, seed);
    }

    /// <summary>The grafts of a directory; null if there are none.</summary>
    public BlobId? WriteGrafts(DomainRecord domain, List<Graft> grafts)
    {
        if (grafts.Count == 0)
        {
            return null;
        }

        grafts.Sort();
        var seed = BinaryPrimitives.ReadInt64BigEndian(domain.ChunkKey.Span);
        for (var level = 0; ; level++)
        {
            var above = new List<Graft>();
            foreach (var (start, count) in Cut(grafts, static graft => graft.Domain.ToArray(), static _ => Graft.Size, seed))
            {
                var items = grafts.GetRange(start, count);
                var page = Put(domain, level == 0 ? new GraftPage(items) : new InnerGraftPage(items));
                if (count == grafts.Count)
                {
                    return page;
                }

                above.Add(new Graft(items[0].Domain, page));
            }

            grafts = above;
        }
    }

    private BlobId WriteInner(DomainRecord domain, List<PageReference> pages, Entry? self, long seed)
    {
        while (true)
        {
            var above = new List<PageReference>();
            foreach (var (start, count) in Cut(pages, static page => page.FirstName, static page => 22 + page.FirstName.Length, seed))
            {
                var items = pages.GetRange(start, count);
                if (count == pages.Count)
                {
                    return Put(domain, new InnerPage(items, self));
                }

                above.Add(new PageReference(items[0].FirstName, Put(domain, new InnerPage(items))));
            }

            pages = above;
        }
    }

    private BlobId Put(DomainRecord domain, TreePage page) => blobs.Write(domain, BlobKind.Page, page.Encode());

    private static IEnumerable<(int Start, int Count)> Cut<T>(List<T> items, Func<T, byte[]> name, Func<T, int> length, long seed)
    {
        var (start, bytes) = (0, 0);
        for (var i = 0; i < items.Count; i++)
        {
            bytes += length(items[i]);
            var count = i + 1 - start;
            if (i == items.Count - 1 || count == MostEntries || bytes + length(items[i + 1]) > MostBytes ||
                (count >= LeastEntries && (XxHash3.HashToUInt64(name(items[i]), seed) & 0xff) == 0))
            {
                yield return (start, count);
                (start, bytes) = (i + 1, 0);
            }
        }
    }
}
