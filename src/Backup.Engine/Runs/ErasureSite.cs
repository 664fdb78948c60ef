using System.Text;
using Backup.Engine.Blobs;
using Backup.Engine.Format;
using Backup.Engine.Indexing;
using Backup.Engine.Posix;
using Backup.Engine.Sites;
using Backup.Engine.Stores;

namespace Backup.Engine.Runs;

/// <summary>What is to go at a site, and what must stand there before.</summary>
/// <param name="Packs">Condemned for the erasure.</param>
/// <param name="Replacements">Packs and indexes that were written in their place, and the inventories that name these.</param>
/// <param name="Domains">Everything that is erased: what killed runs left of it goes too.</param>
internal sealed record ErasureTarget(IReadOnlySet<Hash> Packs, IReadOnlyList<(string Name, long Length)> Replacements, IReadOnlySet<DomainId> Domains);

/// <summary>The last part of an erasure at one site: the objects go there as soon as what was written in their place stands there, and a listing shows that they are gone.</summary>
internal sealed class ErasureSite(Session session, SessionSite site, ErasureTarget target)
{
    /// <summary>What the store keeps by a lock: it goes when that ends.</summary>
    private readonly HashSet<Hash> _kept = [];
    private long _deleted;
    private DateTimeOffset? _retained;

    /// <summary>Does it.</summary>
    /// <returns>What is to be recorded; null if the site could not be brought so far: it is tried again.</returns>
    public async Task<ErasureSiteFacts?> RunAsync(CancellationToken cancellation)
    {
        if (!site.Serves || !await StandsAsync(cancellation))
        {
            return null;
        }

        foreach (var pack in target.Packs)
        {
            if (!await DeleteAsync(pack, cancellation))
            {
                return null;
            }

            TestStop.Reach(TestStop.ErasureObjectDeleted);
        }

        return await ListAsync(cancellation) is { } listing
            ? new ErasureSiteFacts(_deleted, _retained is null ? Now() : 0, _retained is null ? listing : default, _retained?.ToUnixTimeSeconds() ?? 0)
            : null;
    }

    private long Now() => session.Context.Clock.GetUtcNow().ToUnixTimeSeconds();

    /// <summary>Brings the site what was written in the place of the packs.</summary>
    private async Task<bool> StandsAsync(CancellationToken cancellation)
    {
        foreach (var (name, length) in target.Replacements)
        {
            ObjectInfo? found = null;
            if (await AskAsync(async () => found = await site.Site.Store.StatAsync(name, cancellation), cancellation) is not null)
            {
                return false;
            }

            if (found?.Length != length &&
                !await session.CopyAsync(site, new FaultyObject(name, length, found is null ? CopyFault.Missing : CopyFault.WrongLength), cancellation))
            {
                return false;
            }
        }

        return true;
    }

    private async Task<bool> DeleteAsync(Hash pack, CancellationToken cancellation)
    {
        var outcome = DeleteOutcome.Gone;
        if (await AskAsync(async () => outcome = await site.Site.Store.DeleteAsync(ObjectNames.Pack(pack), cancellation), cancellation) is not null)
        {
            return false;
        }

        _deleted++;
        if (!outcome.Final)
        {
            // A store that does not say until when keeps it until it is asked again.
            var until = outcome.RetainedUntil ?? session.Context.Clock.GetUtcNow();
            _retained = until > _retained || _retained is null ? until : _retained;
            _kept.Add(pack);
        }

        return true;
    }

    /// <summary>Lists all packs: none of those that went may show, nor one of a killed run that holds something of the person.</summary>
    /// <returns>SHA-256 over the names; null if something still shows.</returns>
    private async Task<Hash?> ListAsync(CancellationToken cancellation)
    {
        for (var round = 0; round < 2; round++)
        {
            var names = new List<string>();
            var answered = await AskAsync(
                async () =>
                {
                    names.Clear();
                    await foreach (var found in site.Site.Store.ListAsync(ObjectNames.PackPrefix, cancellation))
                    {
                        names.Add(found.Name);
                    }
                },
                cancellation);
            if (answered is not null)
            {
                return null;
            }

            var left = await LeftAsync(names, cancellation);
            if (left.Count == 0)
            {
                names.Sort(StringComparer.Ordinal);
                return Hash.Of(Encoding.ASCII.GetBytes(string.Join((char)10, names)));
            }

            foreach (var pack in left)
            {
                await DeleteAsync(pack, cancellation);
            }
        }

        return null;
    }

    /// <summary>What of a listing is to go: condemned packs, and packs that no entry names and whose table names an erased domain.</summary>
    private async Task<List<Hash>> LeftAsync(List<string> names, CancellationToken cancellation)
    {
        var left = new List<Hash>();
        using var check = new PackCheck(session.Sealer, session.Keyring, target.Domains.Contains);
        foreach (var name in names)
        {
            if (!ObjectNames.TryParse(name, out var parsed) || _kept.Contains(parsed.Hash))
            {
                continue;
            }

            if (target.Packs.Contains(parsed.Hash) || (IsUnnamed(parsed.Hash) && await HoldsErasedAsync(name, check, cancellation)))
            {
                left.Add(parsed.Hash);
            }
        }

        return left;
    }

    private bool IsUnnamed(Hash pack) => session.Catalog.Find(pack) is null or (_, ObjectState.Unlisted);

    private async Task<bool> HoldsErasedAsync(string name, PackCheck check, CancellationToken cancellation)
    {
        try
        {
            byte[]? content = null;
            await AskAsync(async () => content = await site.Site.Store.GetAsync(name, Limits.Pack, cancellation), cancellation);
            return content is not null && check.DomainsIn(content).Any(target.Domains.Contains);
        }
        catch (DamagedException)
        {
            // It is no pack of this repository: gc removes it when its time comes.
            return false;
        }
    }

    private Task<StoreFault?> AskAsync(Func<Task> call, CancellationToken cancellation) => site.Site.AskAsync(call, Patience.Default, session.Context.Clock, cancellation);
}
