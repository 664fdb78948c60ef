using System.Collections.Concurrent;
using Backup.Engine.Format;
using Backup.Engine.Indexing;
using Backup.Engine.Ledger;
using Backup.Engine.Posix;
using Backup.Engine.Sites;
using Backup.Engine.Stores;

namespace Backup.Engine.Runs;

/// <content>What only the owner may do: bring sites up to the head, and write the ledger.</content>
internal sealed partial class Session
{
    /// <summary>Sites that hold keys and ledger since this session brought them there. Nothing is put where these are missing.</summary>
    private readonly ConcurrentBag<string> _caughtUp = [];

    /// <summary>What sites were before they answered again.</summary>
    private readonly List<Site> _formerSites = [];

    /// <summary>Brings each site that answers up to the head: keys first, then the whole ledger. What it lacks of data is its backlog.</summary>
    private async Task CatchUpAsync(CancellationToken cancellation)
    {
        foreach (var site in Sites.Where(static site => site.IsAwaited && site.Site.IsUp).ToList())
        {
            await CreateAsync(site, cancellation);
        }

        var entries = Reading.Graph.Below(_heads.Select(static head => head.Hash));
        await Task.WhenAll(Sites.Where(site => site.Site.IsUp && (!site.Ledger.Holds || entries.Any(entry => !site.Ledger.Names.Contains(entry.Name)))).Select(site => CatchUpAsync(site, cancellation)));
    }

    /// <summary>Begins a site that the ledger names and that holds nothing: its folder, keys, ledger, and last <c>repository</c>.</summary>
    /// <param name="id">In the policy; the session opened without it.</param>
    /// <param name="record">As the ledger names it.</param>
    /// <param name="cancellation">Ends the run.</param>
    public async Task BeginAsync(string id, SiteRecord record, CancellationToken cancellation)
    {
        var former = Sites.Single(site => site.Id == id);
        var site = former with { Ledger = former.Ledger with { Site = MakeSite(former.Config) }, Record = record };
        await former.Site.Store.DisposeAsync();
        Sites = [.. Sites.Select(other => other.Id == id ? site : other)];
        await CreateAsync(site, cancellation);
        await CatchUpAsync(site, cancellation);
        await SurveyAsync(site, cancellation);
    }

    /// <summary>
    /// Looks once more at the sites that stopped answering in this run: what answers again is caught up with keys and ledger, and may be filled. A line that was
    /// gone for a moment costs nothing by that.
    /// </summary>
    public async Task ReviveAsync(CancellationToken cancellation)
    {
        foreach (var former in Sites.Where(static site => site.Ledger.Holds && site.Site.Failure is { Fault: StoreFault.Unreachable }).ToList())
        {
            var site = former with { Ledger = former.Ledger with { Site = MakeSite(former.Config) } };
            if ((await site.Site.Store.ProbeAsync(cancellation)).Presence != StorePresence.Repository)
            {
                await site.Site.Store.DisposeAsync();
                continue;
            }

            // Calls that never ended may still use the former store.
            _formerSites.Add(former.Site);
            Sites = [.. Sites.Select(other => other.Id == site.Id ? site : other)];
            _surveys.TryRemove(site.Id, out _);
            await CatchUpAsync(site, cancellation);
            await SurveyAsync(site, cancellation);
        }
    }

    /// <summary>Fills the place of a site anew, where its repository was and is gone.</summary>
    /// <exception cref="BackupException">Exit 2: it is no site of the repository. Exit 11: something else holds the place.</exception>
    public async Task RebuildAsync(string id, CancellationToken cancellation)
    {
        if (IsToRebuild(id))
        {
            await BeginAsync(id, Sites.Single(site => site.Id == id).Record!, cancellation);
        }
    }

    /// <summary>Whether the repository of a site is gone; false where it still stands and is only filled.</summary>
    /// <exception cref="BackupException">As <see cref="RebuildAsync"/>.</exception>
    public bool IsToRebuild(string id) => Sites.FirstOrDefault(site => site.Id == id) switch
    {
        null or { Record: null } =>
            throw new BackupException(FailureKind.Usage, $"The site {id} is none of the repository's.", $"`backupctl site add {id}` brings it in."),
        { Ledger: { Standing: SiteStanding.Foreign, Message: var message } } =>
            throw new BackupException(FailureKind.NotOwner, $"The place of site {id} is not empty: {message}", "Choose an empty place for it, or clear this one."),
        var site => site.Ledger.Standing == SiteStanding.Lost,
    };

    private static async Task CreateAsync(SessionSite site, CancellationToken cancellation)
    {
        try
        {
            await site.Site.Store.CreateAsync(cancellation);
        }
        catch (StoreException failure)
        {
            site.Site.GoDown(new SiteFailure(failure.Fault, failure.Message));
        }
    }

    /// <summary>Puts what is current of slots, epoch and keyring, then the ledger, then, where it is missing, <c>repository</c>.</summary>
    private async Task CatchUpAsync(SessionSite site, CancellationToken cancellation)
    {
        if (!site.Site.IsUp)
        {
            return;
        }

        try
        {
            var keys = new List<(string Name, ReadOnlyMemory<byte> Content)>();
            foreach (var batch in CurrentKeyObjects().Chunk(ReadsAtOnce))
            {
                var found = await Task.WhenAll(batch.Select(item => site.Site.Store.StatAsync(item.Name, cancellation)));
                foreach (var (name, hash) in batch.Zip(found).Where(static item => item.Second is null).Select(static item => item.First))
                {
                    keys.Add((name, await KeyObjectAsync(name, hash, cancellation)));
                }
            }

            await site.Site.Store.PutManyAsync(keys, cancellation);
            TestStop.Reach(TestStop.CaughtUpKeys);
            var entries = new List<(string Name, ReadOnlyMemory<byte> Content)>();
            foreach (var node in Reading.Graph.Below(_heads.Select(static head => head.Hash)).Where(node => !site.Ledger.Names.Contains(node.Name)))
            {
                entries.Add((node.Name, State.ReadEntry(node.Name) ?? throw new DamagedException($"The state has no copy of {node.Name}.")));
            }

            await site.Site.Store.PutManyAsync(entries, cancellation);
            TestStop.Reach(TestStop.CaughtUpLedger);
            await site.Site.Store.PutAsync(ObjectNames.Repository, Reading.RepositoryObject!, cancellation);
            _caughtUp.Add(site.Id);
        }
        catch (BackupException failure) when (failure is StoreException or ObjectLostException)
        {
            site.Site.GoDown(new SiteFailure((failure as StoreException)?.Fault ?? StoreFault.Unreachable, failure.Message));
        }
    }

    /// <summary>Name and hash of every object of slots, epoch and keyring that the head names as current.</summary>
    public IEnumerable<NamedObject> CurrentKeyObjects() =>
        Ledger.Slots.Select(static slot => new NamedObject(ObjectNames.Slot(slot), slot)).Concat(Ledger.Epoch.Objects);

    /// <summary>Puts the next entry of the ledger: durable here first, then at every site that is up. It names the keyring that was put last.</summary>
    /// <param name="draft">Made from the state as it is when the lock is held.</param>
    /// <param name="cancellation">Ends the puts, not the entry: once written it stands.</param>
    public async Task<LedgerNode> WriteEntryAsync(Func<LedgerState, LedgerDraft> draft, CancellationToken cancellation)
    {
        WrittenEntry written;
        using (await State.LockStepAsync("ledger", Context.Clock, cancellation))
        {
            var writer = new LedgerWriter(State, Reading.Graph, Owner!, payload => Sealer.Seal(Sealing.ObjectType.LedgerPayload, Keyring.Keys.For(Sealing.ObjectType.LedgerPayload), payload), Context.Clock);
            Refresh(writer);
            var next = draft(Ledger);
            next = next with { Epoch = _toName ?? Ledger.Epoch, Payload = WithFacts(WithSitesRead(next.Payload)) };
            if (LedgerWriter.NeedsCheckpoint(_heads))
            {
                next = next with { Checkpoint = await PutCheckpointAsync(next, cancellation) };
            }

            written = writer.Write(next, _heads);
            (_opened, _toName) = (_toName ?? _opened, null);
            _heads = [written.Node];
            FoldLedger();
        }

        TestStop.Reach(TestStop.EntryWritten);
        if (written.ClockBehind > TimeSpan.FromMinutes(5))
        {
            Context.Progress.Message(new RunFinding("clock", $"this machine's clock is {written.ClockBehind.TotalMinutes:F0} minutes behind the newest ledger entry", "Correct the clock."));
        }

        await PutEverywhereAsync([(written.Node.Name, written.Bytes)], cancellation);
        LedgerReading.Advance(State, Repository, Reading.Graph);
        TestStop.Reach(TestStop.EntryPut);
        return written.Node;
    }

    /// <summary>Takes up what other runs of this machine have written meanwhile.</summary>
    private async Task RefreshLedgerAsync(CancellationToken cancellation)
    {
        using (await State.LockStepAsync("ledger", Context.Clock, cancellation))
        {
            Refresh(new LedgerWriter(State, Reading.Graph, Owner!, static payload => payload, Context.Clock));
        }
    }

    private void Refresh(LedgerWriter writer)
    {
        writer.Refresh();
        _heads = [.. Reading.Graph.Heads.Where(head => !_apart.Contains(head.Hash))];
        FoldLedger();
    }

    /// <summary>After a takeover each site is marked when it has been read: see <see cref="UnreadSites"/>.</summary>
    private LedgerPayload WithSitesRead(LedgerPayload payload) => IsFirstTerm ? payload : payload with
    {
        Facts = [.. payload.Facts, .. ReadNow.Except(MarkedAsRead, StringComparer.Ordinal).Select(site => new LedgerFact(site, ReadInTerm, TermText))],
    };

    /// <summary>Puts keys or an entry of the ledger to every site that is up, durable together; a site that fails goes down.</summary>
    public Task PutEverywhereAsync(IReadOnlyList<(string Name, ReadOnlyMemory<byte> Content)> objects, CancellationToken cancellation) =>
        PutAsync(Sites, objects, cancellation);

    /// <summary>Puts an object that rests on data to every site that has all that was put before; to the others it is copied after that.</summary>
    public Task PutDataAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellation)
    {
        var lagging = Sites.Where(static site => site.Site is { IsUp: true, Backlog.Count: > 0 }).ToList();
        lagging.ForEach(site => site.Site.Lacks(name));
        return PutAsync(Sites.Except(lagging), [(name, content)], cancellation);
    }

    private async Task PutAsync(IEnumerable<SessionSite> sites, IReadOnlyList<(string Name, ReadOnlyMemory<byte> Content)> objects, CancellationToken cancellation)
    {
        if (objects.Count == 0)
        {
            return;
        }

        await Task.WhenAll(sites.Where(site => site.Site.IsUp && (site.Ledger.Holds || _caughtUp.Contains(site.Id, StringComparer.Ordinal))).Select(async site =>
        {
            try
            {
                await site.Site.Store.PutManyAsync(objects, cancellation).WaitAsync(FanoutLimits.Hang, Context.Clock, cancellation);
            }
            catch (StoreException failure)
            {
                site.Site.GoDown(new SiteFailure(failure.Fault, failure.Message));
            }
            catch (TimeoutException)
            {
                site.Site.GoDown(new SiteFailure(StoreFault.Unreachable, $"A put has not ended within {FanoutLimits.Hang.TotalMinutes:0.#} minutes."));
            }
        }));
    }

    private async Task<ObjectReference> PutCheckpointAsync(LedgerDraft next, CancellationToken cancellation)
    {
        // Another run may have written entries since this one began: what the checkpoint leaves out would be lost to whoever reads no further back.
        await UpdateCatalogAsync(cancellation);
        var live = new[] { ObjectClass.Pack, ObjectClass.Index, ObjectClass.Snapshot }.SelectMany(kind => Catalog.Objects(kind, ObjectState.Live)).ToList();
        var condemned = new[] { ObjectClass.Pack, ObjectClass.Index, ObjectClass.Snapshot }.SelectMany(kind => Catalog.Objects(kind, ObjectState.Condemned));
        var erased = Ledger.Erased.Select(static item => new ErasedDomain(item.Key, item.Value)).Concat(next.Erased).OrderBy(static item => item.Domain);
        var inventory = new InventoryRecord(Repository, live, [.. condemned.Select(static item => new CondemnedObject(item.Class, item.Id))], [.. erased]).Encode();
        var id = Hash.Of(inventory);
        await PutEverywhereAsync([(ObjectNames.Inventory(id), inventory)], cancellation);
        return new ObjectReference(id, inventory.Length);
    }
}
