using System.Security.Cryptography;
using Backup.Engine.Blobs;
using Backup.Engine.Format;
using Backup.Engine.Indexing;
using Backup.Engine.Keys;
using Backup.Engine.Stores;

namespace Backup.Engine.Runs;

/// <summary>
/// Shows, before an epoch counts, that it opens everything that it must: its objects are read back from sites, opened as a stranger with one key would, compared
/// domain by domain, and tried on real objects. Whoever destroys keys without that risks everybody's data for one person's.
/// </summary>
/// <param name="session">Open for writing; its keyring is the one that was put.</param>
/// <param name="before">The domains that the keyring had, with their keys.</param>
/// <param name="erased">What was taken out.</param>
internal sealed class ErasureProof(Session session, IReadOnlyList<DomainRecord> before, IReadOnlySet<DomainId> erased)
{
    /// <summary>So many sites must give the epoch back, or all where there are fewer.</summary>
    public const int Sites = 2;

    private const int Samples = 100;
    private const int AtOnce = 8;

    /// <exception cref="BackupException">Exit 21: the epoch does not open what it must. Exit 20: too few sites gave it back. Nothing was destroyed.</exception>
    public async Task RunAsync(LedgerEpoch epoch, CancellationToken cancellation)
    {
        var needed = Math.Min(Sites, session.Ledger.Sites.Count(static site => site.State != SiteState.Retired));
        var proven = 0;
        string? last = null;
        foreach (var site in session.Sites.Where(static site => site.Site.IsUp).ToList())
        {
            try
            {
                await ProveAsync(site, epoch, cancellation);
                proven++;
            }
            catch (StoreException failure)
            {
                last = $"{site.Id}: {failure.Message}";
            }
        }

        if (proven < needed)
        {
            throw new BackupException(
                FailureKind.Degraded,
                $"The new keys could be read back from {proven} of at least {needed} sites{(last is null ? "" : $" ({last})")}: nothing was destroyed.",
                "Bring the sites back; the next backup, `backupctl sync` or `backupctl erase resume` goes on.");
        }
    }

    private async Task ProveAsync(SessionSite site, LedgerEpoch named, CancellationToken cancellation)
    {
        var store = site.Site.Store;
        var objects = named.Objects.ToDictionary(static item => item.Name, static item => item.Hash, StringComparer.Ordinal);
        async Task<byte[]> ReadAsync(string name)
        {
            var content = await store.GetAsync(name, Limits.Object, cancellation);
            return Hash.Of(content) == objects[name] ? content : throw new StoreException(StoreFault.Damaged, $"{name} is not what was put there.");
        }

        var secret = await ReadAsync(ObjectNames.EpochSecret(named.Id));
        var share = await ReadAsync(ObjectNames.EpochShare(named.Id));
        using var epoch = Epoch.Open(session.Repository, secret, share, session.Opener);
        CryptographicOperations.ZeroMemory(secret);
        var root = await ReadAsync(ObjectNames.Keyring(named.Root));
        using var keyring = await Keyring.OpenAsync(session.Sealer, epoch, root, hash => ReadAsync(ObjectNames.Keyring(hash)));
        Compare(keyring);
        await TryAsync(site, keyring, cancellation);
    }

    /// <summary>Everything that was there before is there, less what is erased, with the same keys.</summary>
    private void Compare(Keyring keyring)
    {
        foreach (var domain in before)
        {
            var found = keyring.Find(domain.Id);
            if (erased.Contains(domain.Id) ? found is not null : found is null || !SameKeys(found, domain))
            {
                throw Wrong(domain.Id);
            }
        }
    }

    private static bool SameKeys(DomainRecord one, DomainRecord other) =>
        one.DataKey.Span.SequenceEqual(other.DataKey.Span) && one.IdKey.Span.SequenceEqual(other.IdKey.Span) && one.ChunkKey.Span.SequenceEqual(other.ChunkKey.Span);

    /// <summary>Opens a real member of each of a hundred domains that were drawn by lot.</summary>
    private async Task TryAsync(SessionSite site, Keyring keyring, CancellationToken cancellation)
    {
        var ids = before.Where(domain => !erased.Contains(domain.Id)).Select(static domain => domain.Id).ToArray();
        var chosen = ids.Length <= Samples ? ids : RandomNumberGenerator.GetItems(ids, Samples);
        await Parallel.ForEachAsync(
            chosen.Distinct().Select(id => (Domain: keyring.Find(id)!, Place: session.Catalog.MembersOf(id).FirstOrDefault(static place => place.State == ObjectState.Live)))
                .Where(static item => item.Place is not null).ToList(),
            new ParallelOptions { MaxDegreeOfParallelism = Math.Min(AtOnce, site.Site.Connections), CancellationToken = cancellation },
            async (item, token) =>
            {
                var name = ObjectNames.Pack(item.Place!.Pack);
                if (await site.Site.Store.StatAsync(name, token) is not null)
                {
                    Try(site, item.Domain, item.Place, token);
                }
            });
    }

    private void Try(SessionSite site, DomainRecord domain, MemberPlace place, CancellationToken cancellation)
    {
        try
        {
            using var member = OpenMember.Open(session.Repository, domain, place.Length, (offset, destination) =>
            {
                var part = new byte[destination.Length];
                site.Site.Store.GetRangeAsync(ObjectNames.Pack(place.Pack), place.Offset + offset, part, cancellation).GetAwaiter().GetResult();
                part.CopyTo(destination);
            });
        }
        catch (Sealing.WrongKeyException)
        {
            throw Wrong(domain.Id);
        }
    }

    private static DamagedException Wrong(DomainId id) => new($"The new keyring does not have domain {id} as it must: nothing was destroyed, and nothing changed.");
}
