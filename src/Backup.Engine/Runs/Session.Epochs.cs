using Backup.Engine.Format;
using Backup.Engine.Keys;
using Backup.Engine.Ledger;
using Backup.Engine.Posix;
using Backup.Engine.Sealing;
using Backup.Engine.Sites;
using Backup.Engine.Stores;

namespace Backup.Engine.Runs;

/// <content>Epochs: opened, merged where branches meet, and destroyed when a newer one is proven. FORMAT.md, sections 5.2, 10 and 12.</content>
internal sealed partial class Session
{
    /// <summary>At so many sites the current keys are read back before older ones are destroyed anywhere; at fewer only where there are fewer.</summary>
    private const int ProofSites = 2;

    /// <summary>Heads whose keyring cannot be opened now: they stay branches until it can.</summary>
    private readonly HashSet<Hash> _apart = [];

    /// <summary>Domains of a branch that the joining entry names as erased.</summary>
    private readonly HashSet<DomainId> _doomed = [];

    /// <summary>
    /// Opens a new epoch: every unlock slot that is in the keyring then opens it, whoever was taken out does not. Older epochs are destroyed when the new
    /// one has been read back.
    /// </summary>
    /// <param name="change">What is new in it.</param>
    /// <param name="cancellation">Ends the run; before the entry stands nothing has happened.</param>
    public async Task OpenEpochAsync(EpochChange change, CancellationToken cancellation)
    {
        using (await LockKeysAsync(cancellation))
        {
            await RefreshKeyringAsync(cancellation);
            change.Keyring(Keyring);
            await PutEpochAsync(change.Slots, cancellation);
            await change.Prove(_toName!);
            await WriteEntryAsync(state => change.Entry(LedgerDraft.After(state, LedgerKind.EpochOpened) with { Slots = LiveSlots }), cancellation);
            TestStop.Reach(TestStop.EpochOpened);
        }

        await DestroyStaleKeysAsync(cancellation);
    }

    private Hash[] LiveSlots => [.. Keyring.Slots.Select(static slot => slot.Id).Order()];

    private async Task PutEpochAsync(IReadOnlyList<byte[]> slots, CancellationToken cancellation)
    {
        var next = Epoch.Draw(Repository, Ledger.Epochs.Max(static epoch => epoch.Id.Number) + 1);
        TestStop.Reach(TestStop.EpochDrawn);
        var (secret, share, keyring) = (next.EncodeSecret(), next.EncodeShare(Keyring.Slots), Keyring.Seal(Sealer, next));
        State.SaveObjects(slots.Select(static slot => (ReadOnlyMemory<byte>)slot));
        await PutEverywhereAsync([.. slots.Select(static slot => (ObjectNames.Slot(Hash.Of(slot)), (ReadOnlyMemory<byte>)slot))], cancellation);
        await PutSealedAsync(keyring, cancellation);
        await PutEverywhereAsync([(ObjectNames.EpochSecret(next.Id), secret), (ObjectNames.EpochShare(next.Id), share)], cancellation);
        NamedObject[] objects = [new(ObjectNames.EpochSecret(next.Id), Hash.Of(secret)), new(ObjectNames.EpochShare(next.Id), Hash.Of(share)), .. keyring.Current];
        System.Security.Cryptography.CryptographicOperations.ZeroMemory(secret);
        RequireSomeSite();
        TestStop.Reach(TestStop.EpochPut);
        Epoch?.Dispose();
        Epoch = next;
        _domainsPut = Keyring.Added.Count;
        _toName = new LedgerEpoch(next.Id, keyring.RootHash, [.. objects.OrderBy(static item => item.Name, StringComparer.Ordinal)]);
    }

    private void RequireSomeSite()
    {
        if (!Sites.Any(static site => site.Site.IsUp))
        {
            throw new BackupException(
                FailureKind.NoRepository,
                $"No site took the new keys ({string.Join("; ", Sites.Select(static site => $"{site.Id}: {site.Site.Failure?.Reason}"))}).",
                "Nothing has changed: mend the sites and run it again.");
        }
    }

    /// <summary>Joins branches of the ledger, if there are any.</summary>
    private async Task JoinBranchesAsync(CancellationToken cancellation)
    {
        if (Reading.Graph.Heads.Count > 1)
        {
            await JoinAsync(LedgerKind.Join, cancellation);
        }
    }

    /// <summary>Writes the entry that names every head. Keyrings that differ are merged into one of a new epoch: nothing that a branch made is lost.</summary>
    private async Task JoinAsync(LedgerKind kind, CancellationToken cancellation)
    {
        using var keys = await LockKeysAsync(cancellation);
        await RefreshKeyringAsync(cancellation);
        var others = Ledger.Epochs.Where(epoch => (epoch.Id, epoch.Root) != (_opened!.Id, _opened.Root)).ToList();
        var merged = false;
        foreach (var head in _heads.Where(head => others.Exists(epoch => (epoch.Id, epoch.Root) == (head.Body.Epoch.Id, head.Body.Epoch.Root))).ToList())
        {
            merged |= await MergeAsync(head, cancellation);
        }

        var slots = new List<byte[]>();
        if (merged)
        {
            await RefreshLedgerAsync(cancellation);
            foreach (var slot in Keyring.Slots.Where(slot => !Ledger.Slots.Contains(slot.Id)))
            {
                Keyring.RemoveSlot(slot.Id);
            }

            foreach (var slot in Keyring.Slots)
            {
                slots.Add(await KeyObjectAsync(ObjectNames.Slot(slot.Id), slot.Id, cancellation));
            }

            await PutEpochAsync(slots, cancellation);
        }
        else if (kind == LedgerKind.Join && Reading.Graph.Heads.Count(head => !_apart.Contains(head.Hash)) == 1)
        {
            return;
        }

        var now = Context.Clock.GetUtcNow().ToUnixTimeSeconds();
        await WriteEntryAsync(
            state => LedgerDraft.After(state, kind) with { Slots = LiveSlots, Sites = SitesNow(state.Sites), Erased = [.. _doomed.Select(domain => new ErasedDomain(domain, now))] },
            cancellation);
        _doomed.Clear();
        if (kind == LedgerKind.Join)
        {
            Context.Progress.Message(new RunFinding("ledger", "a branch of the ledger was found and joined; snapshots of both stay"));
        }
    }

    /// <summary>Takes up the keyring of a branch. One that cannot be opened is left a branch, said so, and tried again by the next run.</summary>
    private async Task<bool> MergeAsync(LedgerNode head, CancellationToken cancellation)
    {
        try
        {
            var (epoch, keyring) = await OpenKeyringAsync(head.Body.Epoch, await UnlockAsync(head.Body.Slots, cancellation), cancellation);
            epoch.Dispose();
            _formerKeys.Add(keyring);
            var own = Keyring.Domains.Select(static domain => domain.Id).ToHashSet();
            Keyring.UnionWith(keyring, Ledger.Erased.Keys.ToHashSet());
            LeaveOutErasedPersons(own);
            return true;
        }
        catch (BackupException failure) when (failure is ObjectLostException or DamagedException or WrongKeyException)
        {
            _apart.Add(head.Hash);
            Context.Progress.Message(new RunFinding(
                head.Name, $"a branch of the ledger whose keys cannot be opened now stays a branch: {failure.Message}",
                "Bring the site back that holds it, or run `backupctl takeover` with a key that opens it."));
            return false;
        }
    }

    /// <summary>
    /// A branch may have made domains of a person who is being erased, when nothing of that was known there: they share the fate of the others. What came of the
    /// same person after the erasure stands in the own keyring, and stays.
    /// </summary>
    private void LeaveOutErasedPersons(HashSet<DomainId> own)
    {
        var requests = Keyring.Duties.Requests.Where(static request => request is { State: >= RequestState.Erasing, Partial: false }).ToList();
        foreach (var request in requests)
        {
            var found = Keyring.OfHashes(request.Subjects.ToHashSet()).Select(static domain => domain.Id).Where(id => !own.Contains(id) && !request.Held.Contains(id)).ToHashSet();
            Keyring.Remove(found);
            _doomed.UnionWith(found);
            Keyring.Duties = Keyring.Duties with
            {
                Requests = [.. Keyring.Duties.Requests.Select(each => each.Id == request.Id ? each with { Domains = [.. each.Domains.Union(found)] } : each)],
            };
        }
    }

    /// <summary>
    /// Destroys at every site that answers what stands in the erasable folders and is not what the ledger names as current: older epochs, removed slots,
    /// replaced keyrings, and what an attempt left that did not finish. Puts back what is current and missing. Done only when the current keys have been read back, and not while another run
    /// of this machine is about to name new ones.
    /// </summary>
    public async Task DestroyStaleKeysAsync(CancellationToken cancellation)
    {
        if (UnreadSites.Count > 0 || _apart.Count > 0)
        {
            return;
        }

        using var keys = State.TryLockKeys("keys");
        if (keys is null)
        {
            return;
        }

        await RefreshLedgerAsync(cancellation);
        var current = CurrentKeyObjects().ToList();
        var folders = (await Task.WhenAll(Serving.ToList().Select(site => SiteKeys.ListAsync(site, current, cancellation)))).OfType<SiteKeys>().ToList();
        foreach (var site in folders.Where(static site => site.Lacks))
        {
            Context.Progress.Message(new RunFinding(site.Site.Id, "keys were missing there: they are put back", "Find out who deleted them: without them that city alone could restore nothing."));
            await CatchUpAsync(site.Site, cancellation);
        }

        await RecordReturnedAsync(folders, cancellation);
        if (folders.TrueForAll(static site => site.Stale.Count == 0))
        {
            await RecordOnlyEpochAsync(folders, cancellation);
            return;
        }

        await Task.WhenAll(folders.Select(site => site.ProveAsync(current, cancellation)));
        var needed = Math.Min(ProofSites, Ledger.Sites.Count(static site => site.State != SiteState.Retired));
        if (folders.Count(static site => site.IsProven) < needed)
        {
            Context.Progress.Message(new RunFinding("keys", $"older keys stay where they are: the current ones could be read back at fewer than {needed} sites", "Bring the sites back; the next run destroys what is old."));
            return;
        }

        TestStop.Reach(TestStop.EpochProven);
        await Task.WhenAll(folders.Where(static site => site.IsProven).Select(site => site.DestroyAsync(cancellation)));
        TestStop.Reach(TestStop.EpochDestroyed);
        State.PruneObjects(current.Select(static item => item.Hash).Concat(Ledger.Snapshots.Select(static snapshot => snapshot.Id)).ToHashSet());
        await RecordOnlyEpochAsync(folders, cancellation);
    }

    /// <summary>
    /// An older epoch that stands at a site again, though it was gone there: a copy of the site was brought back. Whatever was erased since that epoch falls
    /// back there, and is verified anew.
    /// </summary>
    private async Task RecordReturnedAsync(IReadOnlyList<SiteKeys> folders, CancellationToken cancellation)
    {
        var facts = new List<LedgerFact>();
        foreach (var site in folders)
        {
            var newest = ErasureProgress.OnlyEpochAt(Ledger, site.Site.Id);
            var returned = site.StaleEpochs.Where(number => number < newest).DefaultIfEmpty(int.MaxValue).Min();
            if (returned == int.MaxValue)
            {
                continue;
            }

            facts.Add(new LedgerFact(site.Site.Id, ErasureProgress.OnlyEpoch, ""));
            facts.AddRange(ErasureFacts.All(Ledger).Where(request => request.Epoch > returned && request.Sites.ContainsKey(site.Site.Id))
                .Select(request => request.ToFact(site.Site.Id, request.Sites[site.Site.Id] with { Verified = 0 })));
            Context.Progress.Message(new RunFinding(
                site.Site.Id, $"keys of an older epoch stand there again: a copy of the site was brought back, with {facts.Count - 1} erasures undone there",
                "They are destroyed now, and what was erased is looked for again. Find out where the copy came from: it may hold what was erased."));
        }

        if (facts.Count > 0)
        {
            await WriteEntryAsync(state => LedgerDraft.After(state, LedgerKind.EpochClosed) with { Payload = new LedgerPayload { Facts = facts } }, cancellation);
        }
    }

    /// <summary>
    /// A site without the entry that says it was looked at for what was erased is an older copy of itself, though its keys may be the current ones: what that may
    /// have brought back is looked for again. Called before the site gets what it lacks, for then nothing shows it any more.
    /// </summary>
    private async Task RecordOlderCopiesAsync(CancellationToken cancellation)
    {
        var facts = new List<LedgerFact>();
        foreach (var site in Serving.ToList())
        {
            foreach (var request in ErasureFacts.All(Ledger).Where(request => request.Sites.GetValueOrDefault(site.Id) is { Verified: > 0 }))
            {
                var fact = request.ToFact(site.Id, request.Sites[site.Id] with { Verified = 0 });
                var entry = Ledger.Facts.Single(item => item.Fact.Site == fact.Site && item.Fact.Name == fact.Name).Entry.Name;

                // Another run of this machine may have put it since the site was listed.
                ObjectInfo? found = null;
                if (!site.Ledger.Names.Contains(entry)
                    && await site.Site.AskAsync(async () => found = await site.Site.Store.StatAsync(entry, cancellation), Patience.Default, Context.Clock, cancellation) is null
                    && found is null)
                {
                    facts.Add(fact);
                }
            }
        }

        if (facts.Count > 0)
        {
            await WriteEntryAsync(state => LedgerDraft.After(state, LedgerKind.Erased) with { Payload = new LedgerPayload { Facts = facts } }, cancellation);
        }
    }

    /// <summary>Says of the sites that show no epoch but the current one that they do, where somebody relies on it; and of the others until when their store keeps an older one.</summary>
    private async Task RecordOnlyEpochAsync(IReadOnlyList<SiteKeys> folders, CancellationToken cancellation)
    {
        var epoch = Ledger.Epoch.Id.ToString();
        var isAwaited = Keyring.Duties.Requests.Any(static request => request.State == RequestState.Erasing);
        var facts = new List<LedgerFact>();
        foreach (var site in folders)
        {
            if (site.HasOnlyCurrent && (isAwaited || site.Stale.Count > 0 || ErasureProgress.HasFact(Ledger, site.Site.Id, ErasureProgress.OnlyEpoch)))
            {
                facts.Add(new LedgerFact(site.Site.Id, ErasureProgress.OnlyEpoch, epoch));
            }

            if (site.RetainedUntil is { } until)
            {
                facts.Add(new LedgerFact(site.Site.Id, ErasureProgress.SecretsRetained, until.ToUnixTimeSeconds().ToString(System.Globalization.CultureInfo.InvariantCulture)));
            }
        }

        facts.RemoveAll(fact => ErasureProgress.HasFact(Ledger, fact.Site!, fact.Name, fact.Value));
        if (facts.Count > 0)
        {
            await WriteEntryAsync(state => LedgerDraft.After(state, LedgerKind.EpochClosed) with { Payload = new LedgerPayload { Facts = facts } }, cancellation);
        }
    }
}

/// <summary>What a new epoch changes.</summary>
internal sealed record EpochChange
{
    /// <summary>Changes the keyring, which is the newest; called once.</summary>
    public required Action<Keyring> Keyring { get; init; }

    /// <summary>Objects of unlock slots that are new in it.</summary>
    public IReadOnlyList<byte[]> Slots { get; init; } = [];

    /// <summary>What the entry says besides.</summary>
    public Func<LedgerDraft, LedgerDraft> Entry { get; init; } = static draft => draft;

    /// <summary>Called when the epoch stands at the sites and no entry names it yet: what it throws ends the call, and the epoch is an attempt.</summary>
    public Func<LedgerEpoch, Task> Prove { get; init; } = static _ => Task.CompletedTask;
}
