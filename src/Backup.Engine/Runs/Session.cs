using Backup.Engine.Blobs;
using Backup.Engine.Format;
using Backup.Engine.Indexing;
using Backup.Engine.Keys;
using Backup.Engine.Ledger;
using Backup.Engine.Packing;
using Backup.Engine.Posix;
using Backup.Engine.Sealing;
using Backup.Engine.Sites;
using Backup.Engine.Snapshots;

namespace Backup.Engine.Runs;

/// <summary>
/// A repository that is open for the length of one run: its sites, ledger, keys and catalog. Opened in one order, whatever the run does:
/// sites and ledgers, keys, fold, catalog. FORMAT.md, section 13.
/// </summary>
internal sealed partial class Session : IAsyncDisposable
{
    private readonly ReadOptions _options;
    private readonly Dictionary<Hash, SnapshotRecord> _records = [];
    private readonly List<BlobReader> _readers = [];
    private readonly Dictionary<Hash, IReadOnlySet<Hash>> _reach = [];
    private readonly TreeMembers _cache = new();
    private readonly EarlyUnlock _early;
    private readonly SiteChoice _choice;
    private readonly PackReads _reads;
    private readonly Lock _again = new();
    private SnapshotList? _snapshots;
    private bool _spoolFull;
    private TemporaryFolder? _scratch;

    private Session(RunContext context, ReadOptions options, StateDirectory state)
    {
        Context = context;
        _options = options;
        State = state;
        _early = new EarlyUnlock(context, state);
        _choice = new SiteChoice(context.Clock);
        _reads = new PackReads(_choice, ReadFailed, context.Clock);
    }

    public RunContext Context { get; }

    public StateDirectory State { get; }

    public LedgerReading Reading { get; private set; } = null!;

    public Hash Repository => Reading.Repository!.RepositoryId;

    public IReadOnlyList<SessionSite> Sites { get; private set; } = [];

    /// <summary>Everything the ledger says, as far as this session may use it.</summary>
    public LedgerState Ledger { get; private set; } = null!;

    public Sealer Sealer { get; private set; } = null!;

    public Catalog Catalog { get; private set; } = null!;

    /// <summary>Reads objects from whichever site has them whole.</summary>
    public SiteReader Reader { get; private set; } = null!;

    public IEnumerable<SessionSite> Serving => Sites.Where(static site => site.Serves);

    /// <summary>Opens the repository for a run that only reads.</summary>
    /// <exception cref="BackupException">Exit 10, 11, 12, or what stands in the way.</exception>
    public static Task<Session> OpenAsync(RunContext context, ReadOptions options, CancellationToken cancellation) =>
        TwiceAsync(() => OpenOnceAsync(context, options, cancellation));

    /// <summary>
    /// Another run of the owner may name new keys and destroy the old ones between the head that was read and what it names: the head is read again before
    /// damage is spoken of.
    /// </summary>
    private static async Task<Session> TwiceAsync(Func<Task<Session>> open)
    {
        try
        {
            return await open();
        }
        catch (BackupException damage) when (damage.Kind == FailureKind.Damage)
        {
            return await open();
        }
    }

    private static async Task<Session> OpenOnceAsync(RunContext context, ReadOptions options, CancellationToken cancellation)
    {
        var session = new Session(context, options, StateDirectory.Open(context.StatePath));
        try
        {
            await session.OpenLedgerAsync(cancellation);
            await session.OpenKeysAsync(cancellation);
            session.FoldLedger();
            session.Reading.Keep(session.State);
            await session.OpenCatalogAsync(cancellation);
            session.ReportDamage();
            return session;
        }
        catch
        {
            await session.DisposeAsync();
            throw;
        }
    }

    /// <summary>A snapshot that can be read from the sites of this session.</summary>
    public KnownSnapshot Find(string name) => Snapshots.Find(name, snapshot => Sites.Any(site => site.Serves && snapshot.CompleteAt.Contains(site.Id)));

    /// <summary>All live snapshots in ledger order.</summary>
    public SnapshotList Snapshots => _snapshots ??= new SnapshotList([.. Ledger.Snapshots.Select(Known).OfType<KnownSnapshot>()]);

    /// <summary>The trees of a snapshot.</summary>
    public SnapshotView View(SnapshotRecord snapshot) => new(snapshot, new TreeReader(NewBlobReader().Read), Keyring.Find, ErasedAt);

    /// <summary>
    /// The trees of a snapshot of a database: also what only a duty to keep has restricted. Whoever must keep a row must be able to show it; what a person had
    /// restricted is not given out here either.
    /// </summary>
    public SnapshotView RowsView(SnapshotRecord snapshot)
    {
        var held = Keyring.Duties.Requests.SelectMany(static request => request.Held).ToHashSet();
        return View(snapshot) with
        {
            Gives = domain => domain.State == DomainState.Live || (held.Contains(domain.Id) && Keyring.StateOfNew(domain.Subject, domain.Class) == DomainState.Live),
        };
    }

    /// <summary>Reads single blobs. Ends with the session; for one thread.</summary>
    public BlobReader NewBlobReader()
    {
        var reader = new BlobReader(Repository, Catalog, CachedMember, PackPlaces, PlaceFailed);
        _readers.Add(reader);
        return reader;
    }

    public DateTimeOffset? ErasedAt(DomainId domain) =>
        Ledger.Erased.TryGetValue(domain, out var time) ? DateTimeOffset.FromUnixTimeSeconds(time) : null;

    /// <summary>Where a pack can be read, as often as a place is not yet tried: each time the one that serves best then.</summary>
    public IEnumerable<IPackPlace> PackPlaces(Hash pack)
    {
        var name = ObjectNames.Pack(pack);
        var tried = new HashSet<string>(StringComparer.Ordinal);
        while (_reads.Order(SitesWith(name).Where(site => !tried.Contains(site.Id)), PackBuffers.Target) is { Count: > 0 } sites)
        {
            var place = new SitePackPlace(_reads, name, sites);
            yield return place;
            tried.Add(place.Site!);
        }
    }

    /// <summary>Reads a stretch of a pack ahead, from whichever site gives it first.</summary>
    public Task<(byte[] Bytes, string Site)?> ReadPackAsync(Hash pack, int offset, int length, CancellationToken cancellation)
    {
        var name = ObjectNames.Pack(pack);
        return _reads.ReadAsync([.. SitesWith(name)], preferred: null, (name, offset, length), cancellation);
    }

    /// <summary>Gives back what was read ahead.</summary>
    public void ReturnPack(byte[] bytes) => _reads.Return(bytes);

    /// <summary>Remembers that a site did not give what it must, and says so once.</summary>
    public void PlaceFailed(IPackPlace place, Hash pack, BackupException failure)
    {
        if (place.Site is { } site && Sites.Any(known => known.Id == site && known.Site.IsUp))
        {
            SiteFailed(site, ObjectNames.Pack(pack), failure.Message);
        }
    }

    private IEnumerable<Site> SitesWith(string name) => Serving.Where(site => !_unreadable.ContainsKey((site.Id, name))).Select(static site => site.Site);

    private void SiteFailed(string site, string name, string reason)
    {
        if (_unreadable.TryAdd((site, name), true) && !IsReplaced(name))
        {
            Context.Report(new DamageFinding(site, name, reason, Healed: false));
        }
    }

    /// <summary>
    /// An erasure beside this run may have moved what others have in a pack into another one: the ledger is read again before damage is spoken of, and what is
    /// looked for is found where it stands now.
    /// </summary>
    private bool IsReplaced(string name)
    {
        if (_options.Writes || !ObjectNames.TryParse(name, out var parsed) || parsed.Kind != ObjectKind.Pack)
        {
            return false;
        }

        lock (_again)
        {
            try
            {
                if (Catalog.Find(parsed.Hash) is (_, ObjectState.Live))
                {
                    ReadAgainAsync(CancellationToken.None).GetAwaiter().GetResult();
                }

                return Catalog.Find(parsed.Hash) is (_, >= ObjectState.Condemned);
            }
            catch (BackupException)
            {
                return false;
            }
        }
    }

    /// <summary>That a site is away is no damage of what stands there.</summary>
    private void ReadFailed(Site site, string name, string reason)
    {
        if (site is { IsUp: true, IsReserve: true })
        {
            _unreadable.TryAdd((site.Id, name), true);
        }
        else if (site.IsUp)
        {
            SiteFailed(site.Id, name, reason);
        }
        else if (!_options.Writes)
        {
            Context.Miss(new SiteOutcome(site.Id, site.City, site.Country, SiteRunState.Failed, reason));
        }
    }

    /// <summary>
    /// Says which small objects a site had otherwise than they were put, also where another site gave them whole. One that is missing may be that site's
    /// backlog: only its listing tells.
    /// </summary>
    private void ReportDamage()
    {
        foreach (var finding in Reader.Findings.Where(static finding => finding.Damage == Damage.Damaged))
        {
            Context.Report(new DamageFinding(finding.Site.Id, finding.Name, "its bytes are not what was put", Healed: false));
        }
    }

    /// <summary>Lets go of what was read for one source.</summary>
    public void Forget()
    {
        _readers.ForEach(static reader => reader.Dispose());
        _readers.Clear();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _readers.ForEach(static reader => reader.Dispose());
        Catalog?.Dispose();
        Owner?.Dispose();
        Epoch?.Dispose();
        Keyring?.Dispose();
        _formerKeys.ForEach(static keys => keys.Dispose());
        _slots.ForEach(static slot => slot.Dispose());
        _early.Dispose();
        _lock?.Dispose();
        foreach (var site in Sites.Select(static site => site.Site).Concat(_formerSites))
        {
            await site.Store.DisposeAsync();
        }

        _scratch?.Dispose();
    }

    private KnownSnapshot? Known(LiveSnapshot live)
    {
        if (Record(live.Id) is not { } record)
        {
            return null;
        }

        var complete = live.CompleteAt.Concat(_surveys.Values.Where(survey => !live.CompleteAt.Contains(survey.Site.Id) && HoldsAll(survey, live, record)).Select(static survey => survey.Site.Id));
        return new KnownSnapshot(live.Id, record, complete.ToHashSet(StringComparer.Ordinal));
    }

    private SnapshotRecord? Record(Hash id)
    {
        if (!_records.TryGetValue(id, out var record))
        {
            var bytes = UseState ? State.ReadObject(id) : null;
            try
            {
                bytes ??= Reader.GetAsync(ObjectNames.Snapshot(id), id, Limits.Object, CancellationToken.None).GetAwaiter().GetResult().Content;
                ReportDamage();
            }
            catch (ObjectLostException lost)
            {
                Context.Progress.Message(new RunFinding(ObjectNames.Snapshot(id), lost.Message, lost.Remedy));
                return null;
            }

            record = SnapshotRecord.Decode(Sealer.Open(ObjectType.Snapshot, Keyring.Keys.For(ObjectType.Snapshot), bytes));
            _records.Add(id, record);
            if (UseState)
            {
                State.SaveObjects([bytes]);
            }
        }

        return record;
    }
}
