using System.Globalization;
using Backup.Engine.Format;
using Backup.Engine.Sites;
using Backup.Engine.Stores;

namespace Backup.Engine.Runs;

/// <summary>What stands in the erasable folders of one site, against what is current. A store that fails takes the site down.</summary>
internal sealed class SiteKeys
{
    private static readonly string[] Folders = [ObjectNames.EpochPrefix, ObjectNames.SlotPrefix, ObjectNames.KeyringPrefix];

    private readonly List<string> _stale;

    private SiteKeys(SessionSite site, List<string> stale, bool lacks)
    {
        Site = site;
        _stale = stale;
        Lacks = lacks;
    }

    public SessionSite Site { get; }

    /// <summary>Names of what is not current: site secrets first, for nothing of their epoch opens without them.</summary>
    public IReadOnlyList<string> Stale => _stale;

    /// <summary>Whether something that is current is not there: the site alone could open nothing.</summary>
    public bool Lacks { get; }

    /// <summary>Whether every current object was read back whole.</summary>
    public bool IsProven { get; private set; }

    /// <summary>The numbers of the epochs that are here and are not current.</summary>
    public IReadOnlyList<int> StaleEpochs => [.. _stale.Select(EpochOf).OfType<int>().Distinct()];

    /// <summary>Whether no epoch is here but the current one, by the last listing.</summary>
    public bool HasOnlyCurrent { get; private set; }

    /// <summary>Until when the store keeps objects that are not current against everybody; null if it keeps none.</summary>
    public DateTimeOffset? RetainedUntil { get; private set; }

    /// <summary>Lists a site; null if it does not answer.</summary>
    public static async Task<SiteKeys?> ListAsync(SessionSite site, IReadOnlyCollection<NamedObject> current, CancellationToken cancellation)
    {
        var known = current.Select(static item => item.Name).ToHashSet(StringComparer.Ordinal);
        var (stale, found) = (new List<string>(), 0);
        var answered = await TryAsync(site, async () =>
        {
            foreach (var folder in Folders)
            {
                await foreach (var item in site.Site.Store.ListAsync(folder, cancellation))
                {
                    if (known.Contains(item.Name))
                    {
                        found++;
                    }
                    else
                    {
                        stale.Add(item.Name);
                    }
                }
            }
        });
        return answered
            ? new SiteKeys(site, [.. stale.OrderBy(static name => IsSecret(name) ? 0 : 1).ThenBy(static name => name, StringComparer.Ordinal)], found < known.Count)
            {
                HasOnlyCurrent = !stale.Exists(static name => EpochOf(name) is not null),
            }
            : null;
    }

    /// <summary>Reads every current object back from this site and compares it with the ledger.</summary>
    public async Task ProveAsync(IReadOnlyCollection<NamedObject> current, CancellationToken cancellation) =>
        IsProven = await TryAsync(Site, async () =>
        {
            foreach (var (name, hash) in current)
            {
                if (Hash.Of(await Site.Site.Store.GetAsync(name, Limits.Object, cancellation)) != hash)
                {
                    throw new StoreException(StoreFault.Damaged, $"{name} is not what was put there: `backupctl verify --heal` repairs it.");
                }
            }
        });

    /// <summary>Deletes what is not current, and lists again to see that it is gone. What the store still keeps is tried again by every run.</summary>
    public Task DestroyAsync(CancellationToken cancellation) => TryAsync(Site, async () =>
    {
        foreach (var name in _stale)
        {
            var outcome = await Site.Site.Store.DeleteAsync(name, cancellation);
            if (!outcome.Final && outcome.RetainedUntil is { } until && !(until <= RetainedUntil))
            {
                RetainedUntil = until;
            }
        }

        var left = new List<string>();
        await foreach (var item in Site.Site.Store.ListAsync(ObjectNames.EpochPrefix, cancellation))
        {
            if (_stale.Contains(item.Name))
            {
                left.Add(item.Name);
            }
        }

        if (left.Count > 0 && RetainedUntil is null)
        {
            throw new StoreException(StoreFault.ReadOnly, $"{left[0]} was deleted and is still listed: the old epoch is not gone there.");
        }

        HasOnlyCurrent = left.Count == 0 && RetainedUntil is null;
    });

    private static int? EpochOf(string name)
    {
        var number = 0;
        var from = ObjectNames.EpochPrefix.Length;
        var isEpoch = name.StartsWith(ObjectNames.EpochPrefix, StringComparison.Ordinal) && name.IndexOf('-', from) is var end && end > from
            && int.TryParse(name.AsSpan(from, end - from), NumberStyles.None, CultureInfo.InvariantCulture, out number);
        return isEpoch ? number : null;
    }

    private static bool IsSecret(string name) => name.StartsWith(ObjectNames.EpochPrefix, StringComparison.Ordinal) && name.EndsWith("/s", StringComparison.Ordinal);

    private static async Task<bool> TryAsync(SessionSite site, Func<Task> calls)
    {
        try
        {
            await calls();
            return true;
        }
        catch (StoreException failure) when (failure.Fault is StoreFault.Damaged or StoreFault.NotFound)
        {
            // One object is not right: nothing is proven or destroyed here, and the site goes on serving what is right.
            return false;
        }
        catch (StoreException failure)
        {
            site.Site.GoDown(new SiteFailure(failure.Fault, failure.Message));
            return false;
        }
    }
}
