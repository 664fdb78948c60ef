using Backup.Engine.Format;
using Backup.Engine.Indexing;
using Backup.Engine.Keys;
using Backup.Engine.Ledger;
using Backup.Engine.Posix;
using Backup.Engine.Sites;
using Backup.Engine.Stores;

namespace Backup.Engine.Runs;

/// <content>What only the owner may do: bring sites up to the head, and write the ledger.</content>
internal sealed partial class Session
{
    private FileLock? _lock;
    private int _domainsPut;

    /// <summary>This machine's term; null in a session that only reads.</summary>
    public Owner? Owner { get; private set; }

    /// <summary>The epoch that seals the keyring; open in a session that writes.</summary>
    public Epoch? Epoch { get; private set; }

    /// <summary>Opens the repository for a run of its owner, and brings every site that answers up to the head.</summary>
    /// <param name="context">Of the run.</param>
    /// <param name="verb">Names the lock: two runs of one kind never go at once.</param>
    /// <param name="cancellation">Ends the run.</param>
    /// <exception cref="BackupException">Exit 11: another run or machine; 10, 12, or what stands in the way.</exception>
    public static async Task<Session> OpenForWritingAsync(RunContext context, string verb, CancellationToken cancellation)
    {
        var session = new Session(context, new ReadOptions { Writes = true }, StateDirectory.Open(context.StatePath));
        try
        {
            session._lock = session.State.LockRun(verb);
            await session.OpenLedgerAsync(cancellation);
            await session.OpenKeysAsync(cancellation);
            session.OpenOwner();
            session.FoldLedger();
            session.Reading.Keep(session.State);
            await session.JoinBranchesAsync(cancellation);
            await session.CatchUpAsync(cancellation);
            await session.OpenCatalogAsync(cancellation);
            await Task.WhenAll(session.Sites.Select(site => session.SurveyAsync(site, cancellation)));
            return session;
        }
        catch
        {
            await session.DisposeAsync();
            throw;
        }
    }

    /// <summary>Whether every site that is not retired was read since this term began: only then may anything be destroyed.</summary>
    public bool AllSitesRead => Sites.All(site => site.Serves || site.Record is null or { State: SiteState.Retired });

    private void OpenOwner()
    {
        Owner = State.ReadOwner() is { } content ? Owner.Open(Sealer, Keyring.Keys, content) : null;
        var ownership = Owner.Of(Owner, Reading.Graph);
        if (ownership == Ownership.Current)
        {
            return;
        }

        throw ownership == Ownership.Never
            ? new BackupException(FailureKind.NotOwner, "This machine does not own the repository: its state directory holds no term.", "If the machine that wrote it is gone or shall write no more, run `backupctl takeover` here. Reading needs no ownership.")
            : new BackupException(FailureKind.NotOwner, "Another machine has taken over this repository.", "Run `backupctl takeover` here if this machine shall write it again.");
    }

    /// <summary>Brings each site that answers up to the head: keys first, then the whole ledger. What it lacks of data is its backlog.</summary>
    private async Task CatchUpAsync(CancellationToken cancellation)
    {
        foreach (var site in Sites.Where(static site => site.IsAwaited && site.Site.IsUp).ToList())
        {
            await BeginSiteAsync(site, cancellation);
        }

        var head = Ledger.Head;
        await Task.WhenAll(Sites.Where(site => site.Site.IsUp && site.Head?.Hash != head.Hash).Select(site => CatchUpAsync(site, cancellation)));
    }

    private static async Task BeginSiteAsync(SessionSite site, CancellationToken cancellation)
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
    public async Task CatchUpAsync(SessionSite site, CancellationToken cancellation)
    {
        try
        {
            var keys = new List<(string Name, ReadOnlyMemory<byte> Content)>();
            foreach (var (name, hash) in CurrentKeyObjects())
            {
                if (await site.Site.Store.StatAsync(name, cancellation) is null)
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
        }
        catch (BackupException failure) when (failure is StoreException or ObjectLostException)
        {
            site.Site.GoDown(new SiteFailure((failure as StoreException)?.Fault ?? StoreFault.Unreachable, failure.Message));
        }
    }

    /// <summary>Name and hash of every object of slots, epoch and keyring that the head names as current.</summary>
    public IEnumerable<NamedObject> CurrentKeyObjects() =>
        Ledger.Slots.Select(static slot => new NamedObject(ObjectNames.Slot(slot), slot)).Concat(Ledger.Epoch.Objects);

    private async Task<byte[]> KeyObjectAsync(string name, Hash hash, CancellationToken cancellation) =>
        State.ReadObject(hash) ?? (await Reader.GetAsync(name, hash, Limits.Object, cancellation)).Content;

    /// <summary>Puts the next entry of the ledger: durable here first, then at every site that is up.</summary>
    /// <param name="draft">Made from the state as it is when the lock is held.</param>
    /// <param name="cancellation">Ends the puts, not the entry: once written it stands.</param>
    public async Task<LedgerNode> WriteEntryAsync(Func<LedgerState, LedgerDraft> draft, CancellationToken cancellation)
    {
        WrittenEntry written;
        using (await State.LockStepAsync("ledger", Context.Clock, cancellation))
        {
            var writer = new LedgerWriter(State, Reading.Graph, Owner!, payload => Sealer.Seal(Sealing.ObjectType.LedgerPayload, Keyring.Keys.For(Sealing.ObjectType.LedgerPayload), payload), Context.Clock);
            writer.Refresh();
            _heads = Reading.Graph.Heads;
            FoldLedger();
            var next = draft(Ledger);
            if (LedgerWriter.NeedsCheckpoint(_heads))
            {
                next = next with { Checkpoint = await PutCheckpointAsync(next, cancellation) };
            }

            written = writer.Write(next, _heads);
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

    /// <summary>Puts objects to every site that is up, durable together; a site that fails goes down.</summary>
    public async Task PutEverywhereAsync(IReadOnlyList<(string Name, ReadOnlyMemory<byte> Content)> objects, CancellationToken cancellation)
    {
        if (objects.Count == 0)
        {
            return;
        }

        await Task.WhenAll(Sites.Where(static site => site.Site.IsUp).Select(async site =>
        {
            try
            {
                await site.Site.Store.PutManyAsync(objects, cancellation);
            }
            catch (StoreException failure)
            {
                site.Site.GoDown(new SiteFailure(failure.Fault, failure.Message));
            }
        }));
    }

    /// <summary>The keyring as the sites must have it, if it was changed: shards before the root.</summary>
    /// <returns>The epoch as the next entry names it.</returns>
    public async Task<LedgerEpoch> PutKeyringAsync(CancellationToken cancellation)
    {
        if (Keyring.Added.Count == _domainsPut)
        {
            return Ledger.Epoch;
        }

        var keyring = Keyring.Seal(Sealer, Epoch!);
        State.SaveObjects([keyring.Root, .. keyring.Shards.Select(static shard => (ReadOnlyMemory<byte>)shard.Object)]);
        await PutEverywhereAsync([.. keyring.Shards.Select(static shard => (ObjectNames.Keyring(shard.Hash), (ReadOnlyMemory<byte>)shard.Object))], cancellation);
        await PutEverywhereAsync([(ObjectNames.Keyring(keyring.RootHash), keyring.Root)], cancellation);
        TestStop.Reach(TestStop.KeyringPut);
        _domainsPut = Keyring.Added.Count;
        return new LedgerEpoch(Epoch!.Id, keyring.RootHash, NamesOf(keyring));
    }

    /// <summary>What an entry names as current: the objects of the epoch and of its keyring.</summary>
    private IReadOnlyList<NamedObject> NamesOf(SealedKeyring keyring) =>
        [.. Ledger.Epoch.Objects.Where(static item => item.Name.StartsWith(ObjectNames.EpochPrefix, StringComparison.Ordinal)).Concat(keyring.Current).OrderBy(static item => item.Name, StringComparer.Ordinal)];

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

    private async Task JoinBranchesAsync(CancellationToken cancellation)
    {
        if (Reading.Graph.Heads.Count == 1)
        {
            return;
        }

        if (Ledger.Epochs.Count > 1)
        {
            throw new BackupException(FailureKind.Failed, "Two branches of the ledger have opened different epochs.", "Run `backupctl takeover`: it merges them.");
        }

        await WriteEntryAsync(state => LedgerDraft.After(state, LedgerKind.Join), cancellation);
        Context.Progress.Message(new RunFinding("ledger", "a branch of the ledger was found and joined; snapshots of both stay"));
    }
}
