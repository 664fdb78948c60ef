using Backup.Engine.Format;
using Backup.Engine.Indexing;
using Backup.Engine.Snapshots;

namespace Backup.Engine.Runs;

/// <summary>All that lives, as of the last look; and what must stay though no snapshot reaches it yet.</summary>
internal sealed class GcReach
{
    /// <summary>So long the packs of a backup that was not finished wait for one that goes on with them.</summary>
    private static readonly TimeSpan Unfinished = TimeSpan.FromDays(7);

    private readonly Session _session;
    private readonly int _losses;
    private readonly HashSet<Hash> _snapshots = [];
    private readonly ReachWalk _walk;

    public GcReach(Session session)
    {
        _session = session;
        _losses = session.Catalog.Losses;
        Blobs = new ReachSet(session.Catalog.BlobCount());
        _walk = new ReachWalk(Blobs, session.NewBlobReader().Read, session.Keyring.Find, domain => session.ErasedAt(domain) is not null);
    }

    /// <summary>Every page and blob that a live snapshot reaches.</summary>
    public ReachSet Blobs { get; }

    /// <summary><see cref="Session.Changes"/> at the last look.</summary>
    public int Changes { get; private set; }

    /// <summary>Takes up what other runs have written meanwhile, and walks the snapshots that are new.</summary>
    /// <exception cref="BackupException">Exit 21: something of a snapshot cannot be read. Then nobody knows all that lives, and nothing may be removed.</exception>
    public async Task LookAsync(CancellationToken cancellation)
    {
        await _session.TakeUpAsync(cancellation);
        Changes = _session.Changes;
        foreach (var snapshot in _session.Ledger.Snapshots.Where(snapshot => !_snapshots.Contains(snapshot.Id)).ToList())
        {
            Add(snapshot.Id, cancellation);
            _snapshots.Add(snapshot.Id);
        }
    }

    /// <summary>
    /// A catalog that was damaged is replaced by an empty one in the middle of a call, and whatever it does not know would pass for something that nobody
    /// needs. So after the catalog was asked and before anything is condemned or deleted by its answer, this is asked.
    /// </summary>
    /// <exception cref="BackupException">Exit 1: it was replaced since the run began, or lacks something that is known to live.</exception>
    public void RequireWholeCatalog()
    {
        if (_session.Catalog.Losses != _losses || !_snapshots.All(snapshot => _session.Catalog.Find(snapshot) is (_, ObjectState.Live)))
        {
            throw new BackupException(FailureKind.Failed, "The catalog was damaged and is built anew; nothing more was removed.", "Run it again.");
        }
    }

    /// <summary>Whether a snapshot lives.</summary>
    public bool Lives(Hash snapshot) => _snapshots.Contains(snapshot);

    /// <summary>
    /// The packs that a backup has committed on its way: of one that goes on now, or was killed and will be taken up by the next.
    /// </summary>
    public async Task<IReadOnlySet<Hash>> UnfinishedAsync(DateTimeOffset now, CancellationToken cancellation)
    {
        var packs = new HashSet<Hash>();
        var finished = false;
        foreach (var node in _session.EntriesBelow.Reverse())
        {
            finished |= node.Body.Kind == LedgerKind.Backup;
            var young = DateTimeOffset.FromUnixTimeSeconds(node.Body.Time) + Unfinished > now;
            if (node.Body is { Kind: LedgerKind.Progress, Inventory: { } inventory } && (!finished || young))
            {
                var record = await _session.ReadInventoryAsync(inventory.Id, cancellation) ?? throw Unreadable($"{ObjectNames.Inventory(inventory.Id)} cannot be read", null);
                packs.UnionWith(record.Added.Select(static item => item.Id));
            }
            else if (finished && !young)
            {
                break;
            }
        }

        return packs;
    }

    private void Add(Hash snapshot, CancellationToken cancellation)
    {
        try
        {
            _walk.Add(_session.RecordOf(snapshot) ?? throw new DamagedException("Its object cannot be had from any site."), cancellation);
        }
        catch (BackupException failure) when (failure.Kind == FailureKind.Damage)
        {
            throw Unreadable($"the snapshot {snapshot} cannot be read whole ({failure.Message})", failure);
        }
    }

    private static BackupException Unreadable(string what, Exception? inner) => new(
        FailureKind.Damage,
        $"Nothing was removed, for {what}: what it needs is not known.",
        "`backupctl verify --heal` puts back what another site has. If it is lost everywhere, forget that snapshot.",
        inner);
}
