using Backup.Engine.Format;

namespace Backup.Engine.Snapshots;

/// <summary>Reads directories from their pages.</summary>
/// <param name="read">Gives the bytes of a blob of a domain, or throws <see cref="BackupException"/>.</param>
internal sealed class TreeReader(Func<DomainRecord, BlobId, ReadOnlyMemory<byte>> read)
{
    /// <summary>The entries of a tree, ascending by name.</summary>
    /// <exception cref="DamagedException">A page cannot be read.</exception>
    public IReadOnlyList<Entry> Entries(DomainRecord domain, BlobId first) => Entries(domain, first, lost: null);

    /// <inheritdoc cref="Entries(DomainRecord, BlobId)"/>
    /// <param name="domain">Its domain.</param>
    /// <param name="first">Its first page.</param>
    /// <param name="lost">Told of each page that cannot be read; the entries of the others are given. Null: the first such page ends the call.</param>
    public IReadOnlyList<Entry> Entries(DomainRecord domain, BlobId first, Action<DamagedException>? lost)
    {
        var all = new List<Entry>();
        return Page(domain, first, lost) switch
        {
            null => all,
            EntryPage page => page.Entries,
            var page => Collect(domain, page, 0, all, lost),
        };
    }

    /// <summary>The directory's own metadata, which a root and a graft carry.</summary>
    public Entry? Self(DomainRecord domain, BlobId first) => Page(domain, first) switch
    {
        EntryPage { Self: var self } => self,
        InnerPage { Self: var self } => self,
        _ => null,
    };

    /// <summary>The grafts of a directory, ascending.</summary>
    /// <exception cref="DamagedException">A page cannot be read.</exception>
    public IReadOnlyList<Graft> Grafts(DomainRecord domain, BlobId first) => Grafts(domain, first, lost: null);

    /// <inheritdoc cref="Grafts(DomainRecord, BlobId)"/>
    /// <inheritdoc cref="Entries(DomainRecord, BlobId, Action{DamagedException}?)"/>
    public IReadOnlyList<Graft> Grafts(DomainRecord domain, BlobId first, Action<DamagedException>? lost)
    {
        var all = new List<Graft>();
        Collect(domain, first, 0, all, lost);
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

    private List<Entry> Collect(DomainRecord domain, TreePage page, int depth, List<Entry> all, Action<DamagedException>? lost)
    {
        switch (page)
        {
            case EntryPage entries:
                all.AddRange(entries.Entries);
                break;
            case InnerPage inner when depth < Limits.Levels:
                foreach (var below in inner.Pages)
                {
                    if (Page(domain, below.Page, lost) is { } next)
                    {
                        Collect(domain, next, depth + 1, all, lost);
                    }
                }

                break;
            default:
                throw new DamagedException("a page of a directory is not one, or is nested deeper than the format allows");
        }

        return all;
    }

    private void Collect(DomainRecord domain, BlobId first, int depth, List<Graft> all, Action<DamagedException>? lost)
    {
        switch (Page(domain, first, lost))
        {
            case null:
                break;
            case GraftPage grafts:
                all.AddRange(grafts.Grafts);
                break;
            case InnerGraftPage inner when depth < Limits.Levels:
                foreach (var below in inner.Pages)
                {
                    Collect(domain, below.Tree, depth + 1, all, lost);
                }

                break;
            default:
                throw new DamagedException("a page of grafts is not one, or is nested deeper than the format allows");
        }
    }

    private TreePage? Page(DomainRecord domain, BlobId id, Action<DamagedException>? lost)
    {
        try
        {
            return Page(domain, id);
        }
        catch (DamagedException damage) when (lost is not null)
        {
            lost(damage);
            return null;
        }
    }

    private TreePage Page(DomainRecord domain, BlobId id) => TreePage.Decode(read(domain, id).Span);
}
