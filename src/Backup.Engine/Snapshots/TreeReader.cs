using Backup.Engine.Format;

namespace Backup.Engine.Snapshots;

/// <summary>Reads directories from their pages.</summary>
/// <param name="read">Gives the bytes of a blob of a domain, or throws <see cref="BackupException"/>.</param>
internal sealed class TreeReader(Func<DomainRecord, BlobId, ReadOnlyMemory<byte>> read)
{
    /// <summary>The entries of a tree, ascending by name.</summary>
    public IReadOnlyList<Entry> Entries(DomainRecord domain, BlobId first)
    {
        var page = Page(domain, first);
        if (page is EntryPage { Entries: var entries })
        {
            return entries;
        }

        var all = new List<Entry>();
        Collect(domain, page, 0, all);
        return all;
    }

    /// <summary>The directory's own metadata, which a root and a graft carry.</summary>
    public Entry? Self(DomainRecord domain, BlobId first) => Page(domain, first) switch
    {
        EntryPage { Self: var self } => self,
        InnerPage { Self: var self } => self,
        _ => null,
    };

    /// <summary>The grafts of a directory, ascending.</summary>
    public IReadOnlyList<Graft> Grafts(DomainRecord domain, BlobId first)
    {
        var all = new List<Graft>();
        Collect(domain, first, 0, all);
        return all;
    }

    /// <summary>The blobs of a file's content in order, lists resolved.</summary>
    public IEnumerable<BlobReference> Content(DomainRecord domain, ContentReference content)
    {
        if (content.Level > Limits.Levels)
        {
            throw new DamagedException("a list of blobs is nested deeper than the format allows");
        }

        if (content.Level == 0)
        {
            return content.Blobs;
        }

        return content.Blobs.SelectMany(list => Content(domain, new ContentReference(content.Level - 1, ContentList.Decode(read(domain, list.Id).Span))));
    }

    private void Collect(DomainRecord domain, TreePage page, int depth, List<Entry> all)
    {
        switch (page)
        {
            case EntryPage entries:
                all.AddRange(entries.Entries);
                break;
            case InnerPage inner when depth < Limits.Levels:
                foreach (var below in inner.Pages)
                {
                    Collect(domain, Page(domain, below.Page), depth + 1, all);
                }

                break;
            default:
                throw new DamagedException("a page of a directory is not one, or is nested deeper than the format allows");
        }
    }

    private void Collect(DomainRecord domain, BlobId first, int depth, List<Graft> all)
    {
        switch (Page(domain, first))
        {
            case GraftPage grafts:
                all.AddRange(grafts.Grafts);
                break;
            case InnerGraftPage inner when depth < Limits.Levels:
                foreach (var below in inner.Pages)
                {
                    Collect(domain, below.Tree, depth + 1, all);
                }

                break;
            default:
                throw new DamagedException("a page of grafts is not one, or is nested deeper than the format allows");
        }
    }

    private TreePage Page(DomainRecord domain, BlobId id) => TreePage.Decode(read(domain, id).Span);
}
