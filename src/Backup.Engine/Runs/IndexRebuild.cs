using Backup.Engine.Blobs;
using Backup.Engine.Format;
using Backup.Engine.Sites;

namespace Backup.Engine.Runs;

/// <summary>
/// Where an index can be had from no site, the packs themselves say what stands in them: FORMAT.md, section 8.1. Slow, for every such pack is read whole;
/// what is found stays in the catalog.
/// </summary>
internal sealed class IndexRebuild(Session session)
{
    private const int PacksPerRecord = 64;

    /// <summary>Takes up the packs of which the catalog knows only that they are there. What no site has is left out: it may be a site's backlog.</summary>
    /// <returns>How many packs nobody can say the content of.</returns>
    public async Task<int> RunAsync(CancellationToken cancellation)
    {
        // A reader of its own: that a site lacks a pack which it never got is no finding.
        var reader = new SiteReader([.. session.Serving.Select(static site => site.Site)], Patience.Default, session.Context.Clock);
        using var check = new PackCheck(session.Sealer, session.Keyring, domain => session.ErasedAt(domain) is not null);
        var unknown = 0;
        foreach (var batch in session.Catalog.PacksWithoutMembers().Chunk(PacksPerRecord))
        {
            var packs = new List<IndexedPack>();
            foreach (var pack in batch)
            {
                try
                {
                    var (content, _) = await reader.GetAsync(ObjectNames.Pack(pack.Id), pack.Id, Limits.Pack, pack.Length, cancellation);
                    packs.Add(check.Describe(pack.Id, content));
                }
                catch (Exception failure) when (failure is ObjectLostException or DamagedException)
                {
                    unknown++;
                }
            }

            var record = new IndexRecord(packs);
            session.Catalog.AddIndexes([(Hash.Of(record.Encode()), record)]);
        }

        return unknown;
    }
}
