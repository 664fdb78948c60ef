using Backup.Engine.Format;
using Backup.Engine.Indexing;
using Backup.Engine.Policies;
using Backup.Engine.Ledger;
using Backup.Engine.Posix;

namespace Backup.Engine.Runs;

/// <summary>
/// Carries open requests through, as far as sites, approvals and duties allow: keys out of a new epoch, old epochs destroyed, objects gone, listed, certified.
/// Every step stands in the ledger or the keyring before the next begins, so that whoever comes next, on whatever machine, goes on. FORMAT.md, section 12.
/// </summary>
/// <param name="session">Open for writing.</param>
internal sealed partial class Erasure(Session session)
{
    /// <summary>Runs that put objects: what one that goes on has under way might still come to stand.</summary>
    private static readonly string[] Writers = ["backup", "sync", "gc", "verify", "site"];

    private readonly RunContext _context = session.Context;

    private long Now => _context.Clock.GetUtcNow().ToUnixTimeSeconds();

    /// <summary>Whether something is open at all: a run that finds nothing to do pays nothing for it.</summary>
    public static bool IsDue(Session session) =>
        session.Keyring.Duties.Requests.Any(static request => request.State >= RequestState.Blocked) || Expired(session).Any() || ReturnedAfterwards(session).Any();

    /// <summary>Identifiers are watched for so long as the policy says, and not longer.</summary>
    private static IEnumerable<WatchRecord> Expired(Session session)
    {
        var now = session.Context.Clock.GetUtcNow().ToUnixTimeSeconds();
        return session.Keyring.Duties.Watch.Where(watch => watch.Until <= now);
    }

    /// <summary>
    /// Takes up what is due at the end of a run that does something else. What stands in the way of it is said, and never fails that run: the next one tries again.
    /// </summary>
    public static async Task ResumeAsync(Session session, CancellationToken cancellation)
    {
        if (!IsDue(session))
        {
            return;
        }

        using var alone = session.State.TryLockRun("erase", out _);
        if (alone is null)
        {
            return;
        }

        try
        {
            session.RequireWholeLedger("An erasure");
            await new Erasure(session).AdvanceAsync(cancellation);
        }
        catch (BackupException failure)
        {
            session.Context.Progress.Message(new RunFinding("erasure", failure.Message, failure.Remedy ?? "The next run goes on."));
        }
    }

    /// <summary>Does what is due. Call it only when <see cref="Session.RequireWholeLedger"/> holds.</summary>
    public async Task AdvanceAsync(CancellationToken cancellation)
    {
        // 0. Duties stand in data maps too.
        if (_context.Policy.Sources.OfType<DatabaseSourceConfig>().FirstOrDefault(static source => source is { Map: not null, DataMap: null }) is { } source)
        {
            throw new BackupException(
                FailureKind.Usage, $"The data map {source.Map} of the source {source.Id} is not there: what must be kept is not known.", "Bring it back, or take it out of the policy. Nothing was erased.");
        }

        // 1. Requests that wait for nothing any more: what older snapshots hold of the person outside the person's domains, then the keys, with one new epoch.
        await RewriteOlderAsync(cancellation);
        await TakeKeysAsync(cancellation);
        if (session.Keyring.Duties.Requests.Any(request => request is { State: RequestState.Erasing, Domains.Count: 0 }))
        {
            // No epoch was opened for these: that no older one is anywhere is looked at all the same.
            await session.DestroyStaleKeysAsync(cancellation);
        }

        // 2. What holds the data, and what this machine keeps of it.
        var open = session.Keyring.Duties.Requests.Where(static request => request.State == RequestState.Erasing).ToList();
        if (open.Count > 0)
        {
            await CondemnAsync(open, cancellation);
        }

        if (ReturnedAfterwards(session).ToList() is { Count: > 0 } returned)
        {
            await CondemnReturnedAsync(returned, cancellation);
        }

        // 3. Site by site: deleted and listed; also where an old epoch was found again.
        await VerifyAsync([.. open.Select(static request => request.Id), .. ReturnedAfterwards(session)], cancellation);

        // 4. What is done everywhere.
        foreach (var request in open)
        {
            await CertifyAsync(request, cancellation);
        }

        // 5. Identifiers that were watched long enough.
        if (Expired(session).Any())
        {
            await session.ChangeKeyringAsync(
                keyring => keyring.Duties = keyring.Duties with { Watch = [.. keyring.Duties.Watch.Where(watch => watch.Until > Now)] }, new LedgerPayload(), cancellation);
        }
    }

    /// <summary>Looks again at what is done, whatever was found before.</summary>
    public async Task VerifyAgainAsync(IReadOnlyList<ErasureFacts> requests, CancellationToken cancellation)
    {
        var asked = session.Serving.Select(static site => site.Id).ToHashSet(StringComparer.Ordinal);
        List<LedgerFact> reset = [.. requests.SelectMany(facts => facts.Sites.Where(site => asked.Contains(site.Key)).Select(site => facts.ToFact(site.Key, site.Value with { Verified = 0 })))];
        if (reset.Count > 0)
        {
            await session.WriteEntryAsync(state => LedgerDraft.After(state, LedgerKind.Erased) with { Payload = new LedgerPayload { Facts = reset } }, cancellation);
            await VerifyAsync([.. requests.Select(static facts => facts.Id)], cancellation);
        }
    }

    /// <summary>Requests that were done, and at whose sites an older epoch was seen since.</summary>
    private static IEnumerable<Id128> ReturnedAfterwards(Session session) =>
        ErasureFacts.All(session.Ledger).Where(facts => facts.Certified > 0 && ErasureProgress.Of(session, facts).Level < ErasureProgress.Gone).Select(static facts => facts.Id);

    /// <summary>Whether a request is approved, and its cooling-off is over.</summary>
    public bool MayBegin(RequestRecord request) =>
        request.State == RequestState.Blocked && _context.Policy.Erasure.CoolingOff.After(DateTimeOffset.FromUnixTimeSeconds(request.Approved)) <= _context.Clock.GetUtcNow();

    private bool IsReady(RequestRecord request) => request.State switch
    {
        RequestState.Blocked => MayBegin(request) && (!request.Partial || request.Domains.Count > 0),
        RequestState.Held => Divide(session.Keyring, request).Going.Count > 0,
        _ => false,
    };

    /// <summary>Older snapshots, made under other rules, may hold the person in a domain that is not the person's: these are written anew.</summary>
    private async Task RewriteOlderAsync(CancellationToken cancellation)
    {
        foreach (var request in session.Keyring.Duties.Requests.Where(request => !request.Partial && MayBegin(request)).ToList())
        {
            var subjects = session.Keyring.OfHashes(request.Subjects.ToHashSet()).Select(static domain => domain.Subject!).ToHashSet(StringComparer.Ordinal);
            var rules = new OutsideRules(session, subjects);
            if (rules.Find(cancellation).Count > 0)
            {
                await new ErasureRewrite(session, request, rules).RunAsync(cancellation);
            }
        }
    }

    private ErasureFacts Known(Id128 id) => ErasureFacts.All(session.Ledger).FirstOrDefault(facts => facts.Id == id) ?? new ErasureFacts { Id = id };

    /// <summary>Local copies of what was sealed under the keys: pages in the tree cache. The keyring's copies went with the older epoch.</summary>
    private void ForgetLocally(IReadOnlySet<DomainId> domains)
    {
        foreach (var place in domains.SelectMany(session.Catalog.MembersOf))
        {
            session.State.Trees.Delete(place.Member);
            if (place.State >= ObjectState.Condemned)
            {
                session.State.Spool.Delete(ObjectNames.Pack(place.Pack));
            }
        }
    }

    private async Task CondemnAsync(IReadOnlyList<RequestRecord> open, CancellationToken cancellation)
    {
        var domains = open.SelectMany(static request => request.Domains).Where(domain => session.ErasedAt(domain) is not null).ToHashSet();
        await new ErasureObjects(session).CondemnAsync(domains, gone => Note(open, gone), cancellation);
        ForgetLocally(domains);
    }

    /// <summary>
    /// Whoever owned the repository by an old copy of a site may have saved under keys that were erased long before: no request names these domains any more,
    /// so everything erased is looked for, and what is found counts for all that are undone there.
    /// </summary>
    private async Task CondemnReturnedAsync(IReadOnlyList<Id128> requests, CancellationToken cancellation)
    {
        var erased = session.Ledger.Erased.Keys.ToHashSet();
        await new ErasureObjects(session).CondemnAsync(
            erased, gone => [.. requests.SelectMany(id => Found(Known(id), gone.Inventory, gone.Members))], cancellation);
        ForgetLocally(erased);
    }

    /// <summary>What was condemned is recorded with a request. A site that was looked at may have got it since: what joins from a branch is copied there first.</summary>
    private static IEnumerable<LedgerFact> Found(ErasureFacts known, Hash inventory, IReadOnlyList<MemberPlace> members) =>
    [
        (known with
        {
            Objects = known.Objects + members.Select(static place => place.Pack).Distinct().Count(),
            Bytes = known.Bytes + members.Sum(static place => (long)place.Length),
            Inventories = [.. known.Inventories, inventory],
        }).ToFact(),
        .. known.Sites.Where(static site => site.Value.Verified > 0).Select(site => known.ToFact(site.Key, site.Value with { Verified = 0 })),
    ];

    private List<LedgerFact> Note(IReadOnlyList<RequestRecord> open, CondemnedMembers gone)
    {
        var facts = new List<LedgerFact>();
        foreach (var request in open)
        {
            var own = gone.Members.Where(place => request.Domains.Contains(place.Domain)).ToList();
            if (own.Count > 0)
            {
                facts.AddRange(Found(Known(request.Id), gone.Inventory, own));
            }
        }

        return facts;
    }

    private async Task VerifyAsync(IReadOnlyList<Id128> requests, CancellationToken cancellation)
    {
        if (requests.Count == 0)
        {
            return;
        }

        await session.TakeUpAsync(cancellation);
        if (!IsQuiet())
        {
            _context.Progress.Message(new RunFinding("erasure", "another run is writing: what it has under way is looked at when it has ended", "The next run, or `backupctl erase resume`, goes on."));
            return;
        }

        foreach (var id in requests.Distinct())
        {
            var facts = Known(id);
            var domains = session.Keyring.Duties.Requests.FirstOrDefault(request => request.Id == id)?.Domains ?? [];
            if (domains.SelectMany(session.Catalog.MembersOf).Any(static place => place.State < ObjectState.Condemned))
            {
                // Something could not be moved yet.
                continue;
            }

            var target = await TargetAsync(facts, cancellation);
            var found = await Task.WhenAll(session.Sites.Where(site => NeedsWork(facts, site)).ToList().Select(async site =>
                (site.Id, Facts: target is null ? null : await new ErasureSite(session, site, target).RunAsync(cancellation))));
            List<LedgerFact> notes = [.. found.Where(static item => item.Facts is not null).Select(item => facts.ToFact(item.Id, item.Facts!))];
            if (notes.Count > 0)
            {
                await session.WriteEntryAsync(state => LedgerDraft.After(state, LedgerKind.Erased) with { Payload = new LedgerPayload { Facts = notes } }, cancellation);
                TestStop.Reach(TestStop.ErasureSiteVerified);
            }
        }
    }

    private bool NeedsWork(ErasureFacts facts, SessionSite site) =>
        site.Serves && ErasureProgress.Of(session, facts).Sites.FirstOrDefault(known => known.Id == site.Id) is { KeysDestroyed: true, Verified: false };

    /// <summary>Whether at this moment no other run of this machine puts objects. One that begins later knows what is erased.</summary>
    private bool IsQuiet()
    {
        foreach (var kind in Writers.Where(kind => kind != session.Verb))
        {
            using var free = session.State.TryLockRun(kind, out _);
            if (free is null)
            {
                return false;
            }
        }

        return true;
    }

    private async Task<ErasureTarget?> TargetAsync(ErasureFacts facts, CancellationToken cancellation)
    {
        var (packs, added) = (new HashSet<Hash>(), new List<(string Name, long Length)>());
        var references = session.EntriesBelow.Select(static node => node.Body.Inventory).OfType<ObjectReference>().DistinctBy(static reference => reference.Id).ToDictionary(static reference => reference.Id);
        foreach (var id in facts.Inventories)
        {
            if (await session.ReadInventoryAsync(id, cancellation) is not { } inventory)
            {
                _context.Progress.Message(new RunFinding(ObjectNames.Inventory(id), "cannot be read from any site: it names what is to be deleted", "Bring the sites back, or run `backupctl verify --heal`."));
                return null;
            }

            packs.UnionWith(inventory.Condemned.Where(static item => item.Class == ObjectClass.Pack).Select(static item => item.Id));

            // What is condemned meanwhile needs nobody.
            added.AddRange(inventory.Added.Where(item => session.Catalog.Find(item.Id) is (_, ObjectState.Live)).Select(static item => (ObjectNames.Of(item.Class, item.Id), item.Length)));
            added.Add((ObjectNames.Inventory(id), references[id].Length));
        }

        // A request that is done keeps no list of its domains, and what no entry names of any erased person is to go.
        return new ErasureTarget(packs, added, session.Ledger.Erased.Keys.ToHashSet());
    }

    private async Task CertifyAsync(RequestRecord request, CancellationToken cancellation)
    {
        var facts = Known(request.Id);
        if (facts.Epoch == 0 || ErasureProgress.Of(session, facts).Level < ErasureProgress.Gone)
        {
            return;
        }

        var packs = (await TargetAsync(facts, cancellation))?.Packs;
        if (packs is null)
        {
            return;
        }

        if (packs.Count > 0)
        {
            await session.WriteEntryAsync(state => LedgerDraft.After(state, LedgerKind.Deleted) with { Deleted = [.. packs.Order()] }, cancellation);
            TestStop.Reach(TestStop.ErasureNamedDeleted);
            session.Catalog.Mark(packs, ObjectState.Deleted);
            session.Catalog.Prune();
        }

        await session.ChangeKeyringAsync(
            keyring =>
            {
                var now = keyring.Duties.Requests.Single(each => each.Id == request.Id);
                if (now.Held.Count > 0)
                {
                    Replace(keyring, now with { State = RequestState.Held, Domains = [] });
                }
                else
                {
                    keyring.Duties = keyring.Duties with { Requests = [.. keyring.Duties.Requests.Where(each => each.Id != request.Id)] };
                }
            },
            new LedgerPayload { Facts = [(facts with { Certified = Now }).ToFact()] },
            cancellation);
        TestStop.Reach(TestStop.ErasureCertified);
    }
}
