using Backup.Engine.Format;
using Backup.Engine.Indexing;
using Backup.Engine.Ledger;
using Backup.Engine.Posix;
using Backup.Engine.Sites;
using Backup.Engine.Stores;

namespace Backup.Engine.Runs;

/// <summary>
/// The second phase of removing, at one site: what was condemned and whose grace is over by the site's own clock, and what runs left that did not finish.
/// Nothing goes unless the site was listed twice, both listings say the same, and both show everything that must be there.
/// </summary>
/// <param name="session">Open for writing.</param>
/// <param name="reach">All that lives.</param>
/// <param name="condemned">Which entry condemned an object; what is in here counts only.</param>
/// <param name="options">Grace and bounds.</param>
internal sealed class SiteDeletion(Session session, GcReach reach, IReadOnlyDictionary<Hash, LedgerNode> condemned, SiteDeletionOptions options)
{
    /// <summary>Before so many deletions the head of the ledger is read again.</summary>
    private const int Batch = 500;

    private ObjectSum _deleted;
    private ObjectSum _leftovers;
    private DateTimeOffset? _retained;

    /// <summary>The condemned objects that are seen to be gone here; null if the site was not looked at.</summary>
    public HashSet<Hash>? Gone { get; private set; }

    /// <summary>Does it.</summary>
    public async Task<GcSite> RunAsync(SessionSite site, CancellationToken cancellation)
    {
        if (!site.Serves)
        {
            return Outcome(site, default, site.Site.Failure?.Reason ?? site.Ledger.Message ?? "nothing stands there yet");
        }

        // 1. Two listings. Between them it is asked whether a backup runs: what the first shows and no entry names is of none that is alive.
        session.Context.Progress.Phase($"listing {site.Id}");
        var first = await SiteListing.MakeAsync(site.Site, cancellation);
        var expected = Expected();
        var idle = IsNoBackupRunning();
        await session.TakeUpAsync(cancellation);
        var second = await SiteListing.MakeAsync(site.Site, cancellation);
        var now = site.Site.IsUp && !options.DryRun ? await NowAsync(site, cancellation) : session.Context.Clock.GetUtcNow();
        if (first is null || second is null || now is not { } time)
        {
            return Outcome(site, default, site.Site.Failure?.Reason ?? "it does not say what time it is");
        }

        // 2. What is due.
        var waiting = Waiting(second);
        if ((first.Doubt(expected, null) ?? second.Doubt(expected, first)) is { } doubt)
        {
            return Outcome(site, waiting, doubt);
        }

        var due = condemned.Where(item => IsDue(item.Key, item.Value, first, second, time)).Select(static item => item.Key).ToList();
        var left = idle ? Leftovers(first, second, time) : [];

        reach.RequireWholeCatalog();

        // 3. Delete, and read the head again before each batch.
        Gone = [.. condemned.Keys.Where(id => !second.Objects.ContainsKey(id))];
        if (!options.DryRun)
        {
            await DeleteAsync(site, due, second, leftovers: false, cancellation);
            await DeleteAsync(site, left, second, leftovers: true, cancellation);
            TestStop.Reach(TestStop.GcSiteDeleted);
        }

        return Outcome(site, new ObjectSum(waiting.Objects - _deleted.Objects, waiting.Bytes - _deleted.Bytes), site.Site.Failure?.Reason);
    }

    private GcSite Outcome(SessionSite site, ObjectSum waiting, string? message) =>
        new(site.Id, site.Config.City, _deleted, _leftovers, waiting, _retained, message);

    /// <summary>Everything live, every inventory and every entry, as the catalog and the ledger know it before the listing.</summary>
    private Dictionary<Hash, long?> Expected()
    {
        var expected = new Dictionary<Hash, long?>();
        foreach (var item in new[] { ObjectClass.Pack, ObjectClass.Index, ObjectClass.Snapshot }.SelectMany(kind => session.Catalog.Objects(kind, ObjectState.Live)))
        {
            expected[item.Id] = item.Length;
        }

        foreach (var node in session.EntriesBelow)
        {
            expected[node.Hash] = null;
            foreach (var reference in new[] { node.Body.Inventory, node.Body.Checkpoint }.OfType<ObjectReference>())
            {
                expected[reference.Id] = reference.Length;
            }
        }

        return expected;
    }

    /// <summary>Whether at this moment no backup of this machine runs. One that begins later gives its objects names that no listing made before can show.</summary>
    private bool IsNoBackupRunning()
    {
        using var free = session.State.TryLockRun("backup", out _);
        return free is not null;
    }

    private async Task<DateTimeOffset?> NowAsync(SessionSite site, CancellationToken cancellation)
    {
        using var keys = await session.LockKeysAsync(cancellation);
        var time = await StoreTime.AskAsync(site, cancellation);
        var latest = session.Context.Clock.GetUtcNow() + StoreTime.Tolerance;
        return time > latest ? latest : time;
    }

    private ObjectSum Waiting(SiteListing listing) => condemned.Keys.Where(listing.Objects.ContainsKey)
        .Aggregate(default(ObjectSum), (sum, id) => sum + new ObjectSum(1, listing.Objects[id].Length));

    /// <summary>The grace counts from when the entry that condemned it came to this very site.</summary>
    private bool IsDue(Hash id, LedgerNode by, SiteListing first, SiteListing second, DateTimeOffset now) =>
        !options.Needed.Contains(id) && first.Objects.ContainsKey(id) && second.Objects.ContainsKey(id)
        && second.Objects.TryGetValue(by.Hash, out var entry) && entry.Modified + options.Grace <= now;

    /// <summary>What no entry names, and is older than the grace.</summary>
    private List<Hash> Leftovers(SiteListing first, SiteListing second, DateTimeOffset now)
    {
        var named = session.EntriesBelow.SelectMany(static node => new[] { node.Body.Inventory, node.Body.Checkpoint }).OfType<ObjectReference>().Select(static reference => reference.Id).ToHashSet();
        return [.. second.Objects
            .Where(item => first.Objects.ContainsKey(item.Key) && item.Value.Modified + options.Grace <= now && item.Value.Kind is not ObjectKind.Ledger)
            .Where(item => !named.Contains(item.Key) && !IsNamed(item.Key))
            .Select(static item => item.Key)];
    }

    private bool IsNamed(Hash id) => session.Catalog.Find(id) is (_, ObjectState.Live or ObjectState.Condemned);

    private async Task DeleteAsync(SessionSite site, List<Hash> objects, SiteListing listing, bool leftovers, CancellationToken cancellation)
    {
        foreach (var batch in objects.Chunk(Batch))
        {
            if (options.IsOver() || !site.Site.IsUp)
            {
                return;
            }

            var needed = await NeededNowAsync(cancellation);
            List<Hash> going = [.. batch.Where(id => !needed.Contains(id) && (!leftovers || !IsNamed(id)))];
            reach.RequireWholeCatalog();
            foreach (var id in going)
            {
                await DeleteAsync(site, id, listing.Objects[id], leftovers, cancellation);
                if (!site.Site.IsUp)
                {
                    return;
                }
            }
        }
    }

    /// <summary>Reads the head again; what a snapshot needs that came to live since stays.</summary>
    private async Task<IReadOnlySet<Hash>> NeededNowAsync(CancellationToken cancellation)
    {
        await session.RequireStillOwnerAsync("Deleting", cancellation);
        if (session.Changes == reach.Changes)
        {
            return options.Needed;
        }

        await reach.LookAsync(cancellation);
        var packs = condemned.Keys.Where(id => session.Catalog.Find(id) is ({ Class: ObjectClass.Pack }, _)).ToHashSet();
        options.Needed.UnionWith(session.Catalog.Needed(packs, new HashSet<Hash>(), reach.Blobs) ?? packs);
        options.Needed.UnionWith(condemned.Keys.Where(reach.Lives));
        return options.Needed;
    }

    private async Task DeleteAsync(SessionSite site, Hash id, ListedObject item, bool leftover, CancellationToken cancellation)
    {
        var outcome = DeleteOutcome.Gone;
        var name = NameOf(item.Kind, id);
        if (await site.Site.AskAsync(async () => outcome = await site.Site.Store.DeleteAsync(name, cancellation), Patience.Default, session.Context.Clock, cancellation) is not null)
        {
            return;
        }

        _retained = outcome.RetainedUntil is { } until && !(until <= _retained) ? until : _retained;
        if (!outcome.Final)
        {
            return;
        }

        if (leftover)
        {
            _leftovers += new ObjectSum(1, item.Length);
        }
        else
        {
            _deleted += new ObjectSum(1, item.Length);
        }

        Gone!.Add(id);
        TestStop.Reach(TestStop.GcObjectDeleted);
    }

    private static string NameOf(ObjectKind kind, Hash id) => kind switch
    {
        ObjectKind.Pack => ObjectNames.Pack(id),
        ObjectKind.Index => ObjectNames.Index(id),
        ObjectKind.Inventory => ObjectNames.Inventory(id),
        ObjectKind.Snapshot => ObjectNames.Snapshot(id),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "It is never deleted."),
    };
}

/// <summary>How a gc deletes.</summary>
/// <param name="Grace">Between condemning and deleting, by the clock of the site.</param>
/// <param name="Needed">Condemned objects that are needed all the same.</param>
/// <param name="IsOver">Whether the time of the run is over.</param>
/// <param name="DryRun">Only look.</param>
internal sealed record SiteDeletionOptions(TimeSpan Grace, HashSet<Hash> Needed, Func<bool> IsOver, bool DryRun);
