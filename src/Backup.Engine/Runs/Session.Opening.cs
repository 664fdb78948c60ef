using Backup.Engine.Blobs;
using Backup.Engine.Format;
using Backup.Engine.Indexing;
using Backup.Engine.Keys;
using Backup.Engine.Ledger;
using Backup.Engine.Policies;
using Backup.Engine.Posix;
using Backup.Engine.Sealing;
using Backup.Engine.Sites;
using Backup.Engine.Snapshots;

namespace Backup.Engine.Runs;

/// <content>The steps of opening.</content>
internal sealed partial class Session
{
    private readonly System.Collections.Concurrent.ConcurrentDictionary<(string Site, string Name), bool> _unreadable = new();
    private readonly System.Collections.Concurrent.ConcurrentDictionary<string, SiteSurvey> _surveys = new(StringComparer.Ordinal);

    /// <summary>Small objects that are asked for at once: from far away each takes as long as a turn there and back.</summary>
    private const int ReadsAtOnce = 8;

    /// <summary>False with <c>--site</c>: then nothing but the site itself and the pin counts.</summary>
    private bool UseState => _options.Site is null;

    /// <summary>The heads this session builds on: all that are known, or what the serving sites show where nobody shows the newest.</summary>
    private IReadOnlyList<LedgerNode> _heads = [];

    private async Task OpenLedgerAsync(CancellationToken cancellation)
    {
        var configs = Context.Policy.Sites.Where(site => _options.Site is null || site.Id == _options.Site).ToList();
        if (configs.Count == 0)
        {
            throw new BackupException(FailureKind.Usage, $"The policy has no site '{_options.Site}'.", $"Its sites are {string.Join(", ", Context.Policy.Sites.Select(static site => site.Id))}.");
        }

        if (UseState)
        {
            _early.Begin();
        }

        var sites = configs.ConvertAll(MakeSite);
        Reading = await new LedgerReader(State, Patience.Default, Context.Clock).ReadAsync(sites, expected: null, cancellation);
        var records = Reading.Graph.Head?.Body.Sites ?? [];
        Sites = [.. configs.Zip(Reading.Sites, (config, ledger) => new SessionSite(config, ledger, records.FirstOrDefault(record => record.Id == config.Id)))];

        // A retired site counts nowhere; what stands there can still be read.
        foreach (var retired in Sites.Where(site => _options.Writes && site.Record is { State: SiteState.Retired }).ToList())
        {
            await LeaveOutAsync(retired.Id);
        }

        foreach (var site in Sites)
        {
            site.TakeOut();
        }

        if (!Serving.Any())
        {
            throw NoneHolds();
        }

        if (!_options.Writes)
        {
            Context.Absent = [.. Sites.Where(static site => site is { Serves: false, Record: not { State: SiteState.Retired } }).Select(static site =>
                new SiteOutcome(site.Id, site.Config.City, site.Config.Country, SiteRunState.Failed, site.Site.Failure?.Reason ?? "the ledger awaits it"))];
            HoldInReserve();
        }

        foreach (var finding in Reading.Damage)
        {
            Context.Report(new DamageFinding(finding.Site.Id, finding.Name, finding.Damage == Damage.Missing ? "missing" : "damaged", Healed: false));
        }

        Reader = new SiteReader([.. Serving.Select(static site => site.Site)], Patience.Default, Context.Clock, _choice);
        Sealer = new Sealer(Repository);
        ChooseHeads();
    }

    /// <summary>What was away, or came back from an old copy, serves again when a run has caught it up.</summary>
    private void HoldInReserve()
    {
        var newest = Reading.Graph.Heads.Select(static head => head.Hash).ToHashSet();
        var outdated = Serving.Where(site => site.Head is null || !newest.Contains(site.Head.Hash)).ToList();
        if (outdated.Count == Serving.Count())
        {
            return;
        }

        foreach (var site in outdated)
        {
            site.Site.IsReserve = true;
            Context.Miss(new SiteOutcome(
                site.Id, site.Config.City, site.Config.Country, SiteRunState.Pending,
                "it shows an older state than the others; the next backup, or `backupctl sync`, brings it up to date"));
        }
    }

    /// <summary>Takes a site out of the session altogether.</summary>
    public async Task LeaveOutAsync(string id)
    {
        foreach (var site in Sites.Where(site => site.Id == id).ToList())
        {
            Sites = [.. Sites.Where(other => other != site)];
            await site.Site.Store.DisposeAsync();
        }
    }

    private Site MakeSite(SiteConfig config) => new()
    {
        Id = config.Id,
        City = config.City,
        Country = config.Country,
        Location = config.Location is { } place ? (place.Latitude, place.Longitude) : null,
        Store = Context.Stores(config),
        Connections = config.Connections,
    };

    private BackupException NoneHolds()
    {
        var reasons = string.Join("; ", Sites.Select(static site => $"{site.Id}: {site.Site.Failure?.Reason ?? site.Ledger.Message ?? "it holds no repository"}"));
        if (Sites.All(static site => site.Ledger.Standing is SiteStanding.Foreign))
        {
            return new BackupException(FailureKind.NoRepository, $"Something else holds the places of the policy ({reasons}).", "Correct the places, or use the state directory that belongs to them.");
        }

        return Reading.Pin is null
            ? new BackupException(FailureKind.NoRepository, $"No site that was asked holds a repository ({reasons}).", "`backupctl init` makes one; if there is one already, correct the sites of the policy.")
            : new BackupException(FailureKind.NoRepository, $"No site that was asked holds this repository ({reasons}).", "Bring a site back; an empty one is filled from another by `backupctl sync --to ID --rebuild`.");
    }

    private void ChooseHeads()
    {
        var graph = Reading.Graph;
        if (graph.Head is null)
        {
            throw new BackupException(FailureKind.Damage, "No site that was asked shows a valid ledger entry of this repository.", "Ask more sites; if none has one, the repository was not finished: run `backupctl init` again.");
        }

        if (_options.ExpectedHead is { } expected && graph.Find(expected) is null)
        {
            throw new BackupException(FailureKind.Degraded, $"The ledger of the sites that were asked does not contain the entry {expected}.", "The sites show an older or another state: ask other sites, or the owner of the repository.");
        }

        var shown = LedgerGraph.HeadsAmong(Serving.Select(static site => site.Head).OfType<LedgerNode>());
        if (Serving.Any(static site => site.Ledger.Standing is SiteStanding.Forked) && !_options.AcceptFork && _options.Writes is false)
        {
            throw new BackupException(
                FailureKind.Refused, "A site shows a ledger that neither continues the one this machine knows nor is continued by it.",
                "If you know why (a takeover elsewhere), read it with --accept-fork; the owner's next run joins the branches.");
        }

        var current = UseState && graph.Heads.All(head => shown.Any(site => site.Hash == head.Hash || graph.IsAncestor(head.Hash, site.Hash)));
        _heads = current || _options.Writes ? graph.Heads : shown;
        if (shown.Count == 0)
        {
            throw new BackupException(FailureKind.Damage, "The ledger of the sites that were asked cannot be read.", "Ask other sites.");
        }

        var known = graph.Head;
        if (_heads.All(head => head.Hash != known.Hash && !graph.IsAncestor(known.Hash, head.Hash)) || IsBehindPin(graph))
        {
            Context.StaleSince = DateTimeOffset.FromUnixTimeSeconds(known.Body.Time);
        }
    }

    private bool IsBehindPin(LedgerGraph graph) => Reading.Pin is { } pin && graph.Find(pin.Head) is null && graph.Head!.Body.Sequence < pin.Sequence;

    private void FoldLedger()
    {
        var folded = LedgerState.Fold(Reading.Graph, _heads, OpenPayload);
        var everything = LedgerState.Fold(Reading.Graph, Reading.Graph.Heads, open: null);
        Ledger = folded with { Erased = everything.Erased };
        _snapshots = null;
        foreach (var alarm in Reading.Graph.Alarms)
        {
            Context.Progress.Message(new RunFinding(alarm.Name, $"not a valid ledger entry, ignored: {alarm.Reason}", "If a newer version of the program writes this repository, use that one; else somebody put it there: keep it and find out who."));
        }
    }

    private LedgerPayload OpenPayload(LedgerNode node) =>
        LedgerPayload.Decode(Sealer.Open(ObjectType.LedgerPayload, Keyring.Keys.For(ObjectType.LedgerPayload), node.Payload));

    private async Task OpenCatalogAsync(CancellationToken cancellation)
    {
        await UpdateCatalogAsync(cancellation);
        foreach (var site in Serving.Where(site => !_options.ListsItself && Ledger.Snapshots.Any(snapshot => !snapshot.CompleteAt.Contains(site.Id))).ToList())
        {
            await SurveyAsync(site, cancellation);
        }
    }

    /// <summary>Takes up what the ledger names and the catalog does not know yet.</summary>
    private async Task UpdateCatalogAsync(CancellationToken cancellation)
    {
        if (!UseState)
        {
            _scratch ??= new TemporaryFolder(Path.Join(State.Path, $"scratch-{Environment.ProcessId}-{_options.Site}"));
        }

        Catalog ??= Catalog.Open(_scratch is null ? State.CatalogPath : Path.Join(_scratch.Path, "catalog.db"), Repository);

        // The checkpoint stands for every inventory below it. A site that is being filled gets these first: until it has the checkpoint they stand for it.
        var inventories = Ledger.Checkpoint is not { } checkpoint || await ApplyAsync([checkpoint], cancellation)
            ? Ledger.Inventories : EntriesBelow.Select(static node => node.Body.Inventory).OfType<ObjectReference>();
        await ApplyAsync(inventories, cancellation);

        var lost = new List<Hash>();
        foreach (var batch in Catalog.MissingIndexes().Chunk(ReadsAtOnce))
        {
            var read = await Task.WhenAll(batch.Select(async index => (index.Id, Content: await TryReadAsync(ObjectNames.Index(index.Id), index.Id, cancellation))));
            Catalog.AddIndexes([.. read.Where(static item => item.Content is not null).Select(item => (item.Id, OpenIndex(item.Content!)))]);
            lost.AddRange(read.Where(static item => item.Content is null).Select(static item => item.Id));
        }

        if (lost.Count > 0)
        {
            var unknown = await new IndexRebuild(this).RunAsync(cancellation);
            lost.ForEach(id => Tell(ObjectNames.Index(id), unknown == 0 ? "what it named was read from the packs" : $"what stands in {unknown} packs is not found"));
        }

        Catalog.Mark(Ledger.Condemned, ObjectState.Condemned);
        Catalog.Mark(Ledger.Deleted, ObjectState.Deleted);
    }

    /// <returns>False if one cannot be had.</returns>
    private async Task<bool> ApplyAsync(IEnumerable<ObjectReference> inventories, CancellationToken cancellation)
    {
        var all = true;
        foreach (var batch in inventories.Select(static reference => reference.Id).Distinct().Where(id => !Catalog.HasInventory(id)).Chunk(ReadsAtOnce))
        {
            var read = await Task.WhenAll(batch.Select(async id => (Id: id, Content: await TryReadAsync(ObjectNames.Inventory(id), id, cancellation))));
            foreach (var (id, content) in read)
            {
                if (content is null)
                {
                    Tell(ObjectNames.Inventory(id), "what only it names is not found");
                    all = false;
                }
                else
                {
                    Catalog.Apply(id, InventoryRecord.Decode(content));
                }
            }
        }

        return all;
    }

    /// <summary>
    /// Reads an object of the catalog. A run that only reads goes on without one that cannot be had: what it names is not found, and every snapshot that
    /// does not need it restores, also from a site that has the ledger and not yet its backlog.
    /// </summary>
    private async Task<byte[]?> TryReadAsync(string name, Hash id, CancellationToken cancellation)
    {
        try
        {
            return (await Reader.GetAsync(name, id, Limits.Object, cancellation)).Content;
        }
        catch (ObjectLostException) when (!_options.Writes)
        {
            return null;
        }
    }

    private void Tell(string name, string consequence) =>
        Context.Progress.Message(new RunFinding(name, $"cannot be had from the sites that were asked: {consequence}", "Ask another site, or run `backupctl verify --heal`."));

    private IndexRecord OpenIndex(byte[] content) => IndexRecord.Decode(Sealer.Open(ObjectType.Index, Keyring.Keys.For(ObjectType.Index), content));

    /// <summary>Every object that a complete site holds, but for keys and ledger, with its length.</summary>
    public Dictionary<string, long> ExpectedObjects()
    {
        var expected = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var kind in new[] { ObjectClass.Pack, ObjectClass.Index, ObjectClass.Snapshot })
        {
            foreach (var item in Catalog.Objects(kind, ObjectState.Live))
            {
                expected[ObjectNames.Of(kind, item.Id)] = item.Length;
            }
        }

        foreach (var body in Reading.Graph.Below(_heads.Select(static head => head.Hash)).Select(static node => node.Body))
        {
            foreach (var reference in new[] { body.Inventory, body.Checkpoint }.OfType<ObjectReference>())
            {
                expected[ObjectNames.Inventory(reference.Id)] = reference.Length;
            }
        }

        return expected;
    }

    /// <summary>Lists a site, once a session; null if it does not answer.</summary>
    public async Task<SiteSurvey?> SurveyAsync(SessionSite site, CancellationToken cancellation)
    {
        if (!_surveys.TryGetValue(site.Id, out var survey) && site.Site.IsUp)
        {
            survey = await SiteSurvey.MakeAsync(site.Site, ExpectedObjects(), CurrentKeyObjects().Select(static item => item.Name), cancellation);
            if (survey is not null)
            {
                _surveys[site.Id] = survey;
                _snapshots = null;
            }
        }

        return survey;
    }

    /// <summary>Whether a site that was listed holds everything a snapshot reaches.</summary>
    private bool HoldsAll(SiteSurvey survey, LiveSnapshot live, SnapshotRecord record)
    {
        if (survey.MissingKeys > 0)
        {
            return false;
        }

        if (survey.Missing.Count == 0)
        {
            return true;
        }

        var missing = survey.Missing.Select(static item => item.Name).ToHashSet(StringComparer.Ordinal);
        if (missing.Contains(ObjectNames.Snapshot(live.Id)) || missing.Any(static name => name.StartsWith(ObjectNames.IndexPrefix, StringComparison.Ordinal)))
        {
            return false;
        }

        try
        {
            return !ReachOf(live.Id, record).Any(pack => missing.Contains(ObjectNames.Pack(pack)));
        }
        catch (BackupException failure) when (failure.Kind == FailureKind.Damage)
        {
            // Its trees lie in what the site lacks: it is not complete, and no reason to serve none of the others.
            return false;
        }
    }

    /// <summary>
    /// The snapshot that a new one of a source is compared with. Null also where it needs something that no site has whole: then nothing is taken for granted,
    /// every file is read, and what is gone is stored again.
    /// </summary>
    public KnownSnapshot? ParentOf(string source)
    {
        if (LostPacks.Count > 0 || Snapshots.Newest(source) is not { } newest)
        {
            return null;
        }

        try
        {
            return Catalog.LostPacks() is { Count: > 0 } lost && ReachOf(newest.Id, newest.Record).Overlaps(lost) ? null : newest;
        }
        catch (BackupException failure) when (failure.Kind == FailureKind.Damage)
        {
            return null;
        }
    }

    private IReadOnlySet<Hash> ReachOf(Hash id, SnapshotRecord record)
    {
        if (!_reach.TryGetValue(id, out var packs))
        {
            packs = new SnapshotReach(Catalog, NewBlobReader().Read).Packs(record, Keyring.Find, domain => ErasedAt(domain) is not null);
            _reach.Add(id, packs);
        }

        return packs;
    }

    private ReadMember? CachedMember(MemberPlace place) => UseState && place.Content.HasFlag(MemberContent.Trees) ? _cache.Find(State.Trees, place) : null;
}
