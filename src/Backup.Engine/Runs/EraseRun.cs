using Backup.Engine.Format;
using Backup.Engine.Indexing;
using Backup.Engine.Policies;
using Backup.Engine.Posix;

namespace Backup.Engine.Runs;

/// <summary>
/// <c>erase</c>: takes one person out of every archive in every city. The keys go first, with one new epoch; then the objects; then it is looked at what is
/// left. Design and order: FORMAT.md, sections 5.2 and 12.
/// </summary>
public static class EraseRun
{
    /// <summary>Why data is erased.</summary>
    public static IReadOnlyList<string> Reasons { get; } = ["request", "objection", "unlawful", "expired", "contract-end"];

    /// <summary>Says what an erasure would touch, and changes nothing.</summary>
    /// <exception cref="BackupException">Exit 1: nobody has such an identifier. Exit 2, 10, 11, 12, 20.</exception>
    public static async Task<ErasePlan> PlanAsync(RunContext context, EraseRequest request, CancellationToken cancellation)
    {
        var subjects = Subjects(request);
        await using var session = await Session.OpenForWritingAsync(context, "erase", new ReadOptions { DryRun = true }, cancellation);
        var person = PersonOf(session, subjects, request);
        var plan = Plan(session, request.IsOfPaths ? person with { Domains = [] } : person, cancellation);
        return plan with { Files = IsPartly(request) ? new PartRules(session, person.Subjects, request.Paths, request.Redactions).Look(cancellation) : 0 };
    }

    /// <summary>Erases: records the request, and carries it as far as approvals, duties and sites allow. Run again, it goes on with it.</summary>
    /// <exception cref="BackupException">
    /// Exit 1: nobody has such an identifier. Exit 2. Exit 25: duties keep all of it, or as many as the policy allows were erased today. Exit 20: a part of the
    /// ledger is not known, or too few sites answer. Exit 10, 11, 12. In each case nothing was destroyed.
    /// </exception>
    public static async Task<EraseStatus> RunAsync(RunContext context, EraseRequest request, CancellationToken cancellation)
    {
        // 1. Only who knows all that was written destroys anything.
        var subjects = Subjects(request);
        await using var session = await Session.OpenForWritingAsync(context, "erase", cancellation);
        session.RequireWholeLedger("An erasure");

        // 2. Who it is, and what may go. Somebody whose keys are gone and whose objects are not everywhere is gone on with.
        if (FindBegun(session, subjects) is { } begun && !IsPartly(request))
        {
            await new Erasure(session).AdvanceAsync(cancellation);
            return Status(session, begun);
        }

        var person = PersonOf(session, subjects, request);
        var isPartial = request.IsOfPaths || person.Domains.Count == 0;
        var hashes = person.Subjects.Select(session.Keyring.Keys.HashSubject).ToHashSet();
        var open = session.Keyring.Duties.Requests.FirstOrDefault(each => each.State < RequestState.Erasing && each.Partial == isPartial && each.Subjects.Any(hashes.Contains));
        var rules = new PartRules(session, person.Subjects, request.Paths, request.Redactions);
        if (IsPartly(request))
        {
            RequireMatch(session, rules, cancellation);
        }

        if (!isPartial)
        {
            RequireSomething(person);
        }

        RequireAllowed(session, open);

        // 3. The request stands in the keyring before anything is touched; with enough approvals the person's domains are blocked.
        var id = open?.Id ?? Id128.Draw();
        await RecordAsync(session, open ?? new RequestRecord { Id = id, Subjects = [.. hashes.Order()], Reason = request.Reason, Received = Now(context), Partial = isPartial }, cancellation);
        if (IsPartly(request) && session.Keyring.Duties.Requests.Single(each => each.Id == id) is var recorded && new Erasure(session).MayBegin(recorded))
        {
            await new ErasureRewrite(session, recorded, rules).RunAsync(cancellation);
        }

        // 4. The rest goes by itself, now or with any later run.
        await new Erasure(session).AdvanceAsync(cancellation);
        return Status(session, id);
    }

    /// <summary>Goes on with everything that is due.</summary>
    public static async Task<IReadOnlyList<EraseStatus>> ResumeAsync(RunContext context, bool dryRun, CancellationToken cancellation)
    {
        await using var session = await Session.OpenForWritingAsync(context, "erase", new ReadOptions { DryRun = dryRun }, cancellation);
        session.RequireWholeLedger("An erasure");
        var open = session.Keyring.Duties.Requests.Select(static request => request.Id).ToHashSet();
        if (!dryRun)
        {
            await new Erasure(session).AdvanceAsync(cancellation);
        }

        return [.. All(session).Where(status => open.Contains(status.Request) || status.State is not null || !status.IsComplete)];
    }

    /// <summary>How far every request is that the repository knows, done ones too; the oldest first.</summary>
    public static async Task<IReadOnlyList<EraseStatus>> StatusAsync(RunContext context, ReadOptions read, CancellationToken cancellation)
    {
        await using var session = await Session.OpenAsync(context, read, cancellation);
        return [.. All(session)];
    }

    /// <summary>Agrees to a request, as the holder of the key that opens the repository now.</summary>
    /// <exception cref="BackupException">Exit 1: there is no such request, or it needs no agreement any more. Exit 25: this key has agreed already.</exception>
    public static async Task<EraseStatus> ApproveAsync(RunContext context, string idPrefix, bool dryRun, CancellationToken cancellation)
    {
        await using var session = await Session.OpenForWritingAsync(context, "erase", new ReadOptions { DryRun = dryRun }, cancellation);
        session.RequireWholeLedger("An erasure");
        var request = FindOpen(session, idPrefix);
        if (request.State != RequestState.Requested)
        {
            throw new BackupException(FailureKind.Failed, $"The request {request.Id} has all the agreement it needs.", "`backupctl erase status` shows how far it is.");
        }

        if (request.Approvals.Any(approval => approval.Slot == session.Opener.Id))
        {
            throw new BackupException(
                FailureKind.Refused, "This key has agreed already: two people agree, each with a key of their own.",
                "Give the other person a passphrase of their own with `backupctl key add`, and have them run this with it.");
        }

        if (!dryRun)
        {
            await RecordAsync(session, request, cancellation);
            await new Erasure(session).AdvanceAsync(cancellation);
        }

        return Status(session, request.Id);
    }

    /// <summary>Takes a request back, as long as no key was destroyed.</summary>
    /// <exception cref="BackupException">Exit 1: there is no such request. Exit 25: its keys are gone.</exception>
    public static async Task<Id128> CancelAsync(RunContext context, string idPrefix, bool dryRun, CancellationToken cancellation)
    {
        await using var session = await Session.OpenForWritingAsync(context, "erase", new ReadOptions { DryRun = dryRun }, cancellation);
        var request = FindOpen(session, idPrefix);
        if (dryRun)
        {
            return request.Id;
        }

        await session.ChangeKeyringAsync(
            keyring =>
            {
                var now = keyring.Duties.Requests.FirstOrDefault(each => each.Id == request.Id);
                if (now is not { State: < RequestState.Erasing })
                {
                    throw new BackupException(FailureKind.Refused, $"The request {request.Id} cannot be taken back: its keys are destroyed.", "`backupctl erase status` shows how far it is.");
                }

                keyring.Duties = keyring.Duties with { Requests = [.. keyring.Duties.Requests.Where(each => each.Id != request.Id)] };
                foreach (var domain in keyring.OfHashes(request.Subjects.ToHashSet()).Where(static domain => domain.State != DomainState.Live))
                {
                    keyring.SetState(domain.Id, keyring.StateOfNew(domain.Subject, domain.Class));
                }
            },
            new LedgerPayload(),
            cancellation);
        return request.Id;
    }

    /// <summary>Looks again at every site for what was erased: for older epochs, and for each object. Needs nothing but the ledger.</summary>
    /// <param name="context">The tenant.</param>
    /// <param name="idPrefix">One request; null: every one.</param>
    /// <param name="cancellation">Ends the run.</param>
    public static async Task<IReadOnlyList<EraseStatus>> VerifyAsync(RunContext context, string? idPrefix, CancellationToken cancellation)
    {
        await using var session = await Session.OpenForWritingAsync(context, "erase", cancellation);
        session.RequireWholeLedger("An erasure");
        IReadOnlyList<ErasureFacts> all = [.. ErasureFacts.All(session.Ledger).Where(static facts => facts.Epoch > 0)];
        IReadOnlyList<ErasureFacts> chosen = idPrefix is null ? all
            : [IdPrefix.Find(all, static facts => facts.Id.ToString(), idPrefix, "erasure", "`backupctl erase status` shows them.")];
        await new Erasure(session).VerifyAgainAsync(chosen, cancellation);
        return [.. chosen.Select(facts => Status(session, facts.Id))];
    }

    /// <summary>The certificate of a request: what was done, and what was not reached. Canonical JSON, signed.</summary>
    /// <exception cref="BackupException">Exit 1: there is no such request, or no key of it is destroyed yet.</exception>
    public static async Task<ErasureCertificate> CertificateAsync(RunContext context, string idPrefix, ReadOptions read, CancellationToken cancellation)
    {
        await using var session = await Session.OpenAsync(context, read, cancellation);
        var known = All(session).ToList();
        var status = IdPrefix.Find(known, static status => status.Request.ToString(), idPrefix, "erasure", "`backupctl erase status` shows them.");
        var facts = ErasureFacts.All(session.Ledger).FirstOrDefault(facts => facts.Id == status.Request && facts.Epoch > 0)
            ?? throw new BackupException(FailureKind.Failed, $"Of the request {status.Request} nothing is erased yet.", "`backupctl erase status` shows what it waits for.");
        return ErasureCertificate.Make(session, facts, status);
    }

    internal static ErasePlan Plan(Session session, Person person, CancellationToken cancellation)
    {
        session.LookForDomains(cancellation);
        var held = person.Domains.Select(domain => (Domain: domain, Duty: person.DutyOf(domain))).ToList();
        var going = held.Where(static item => !item.Duty.IsHeld).Select(static item => item.Domain).ToList();
        var members = going.SelectMany(domain => session.Catalog.MembersOf(domain.Id)).Where(static place => place.State < ObjectState.Condemned).ToList();
        return new ErasePlan
        {
            Domains = going.Count,
            Objects = members.Select(static place => place.Pack).Distinct().Count(),
            Bytes = members.Sum(static place => (long)place.Length),
            Snapshots = going.SelectMany(domain => session.SnapshotsWith(domain.Id)).DistinctBy(static snapshot => snapshot.Id).Count(),
            Classes = [.. going.GroupBy(static domain => domain.Class, StringComparer.Ordinal).Select(static same => (same.Key, same.Count())).OrderBy(static item => item.Key, StringComparer.Ordinal)],
            Holds = HoldsOf(held.Select(static item => (item.Domain.Class, item.Duty))),
            Sites = session.Standing(),
            Outside = new OutsideRules(session, person.Subjects).Find(cancellation),
            Approvers = session.Context.Policy.Erasure.Approvers,
        };
    }

    private static IReadOnlyList<string> Subjects(EraseRequest request)
    {
        var subjects = PersonIds.Parse(request.Subjects);
        return subjects.All(static subject => !subject.StartsWith(SubjectIdentifier.MixedType + ":", StringComparison.Ordinal))
            ? subjects
            : throw new BackupException(
                FailureKind.Usage, "Files that mix people are nobody's to be erased whole: everybody in them would be lost.",
                "Name the person, and with --redact which records in which files go.");
    }

    /// <summary>The request of a person of whom nothing but that is known any more; null if there is none.</summary>
    private static Id128? FindBegun(Session session, IReadOnlyList<string> subjects)
    {
        var person = Person.TryFind(session, subjects);
        var hashes = person.Subjects.Select(session.Keyring.Keys.HashSubject).ToHashSet();
        return person.Domains.Count > 0 ? null
            : session.Keyring.Duties.Requests.FirstOrDefault(request => request is { State: >= RequestState.Erasing, Partial: false } && request.Subjects.Any(hashes.Contains))?.Id;
    }

    private static bool IsPartly(EraseRequest request) => request.IsOfPaths || request.Redactions.Count > 0;

    /// <summary>With records to be redacted it may be somebody of whom no domain is known.</summary>
    private static Person PersonOf(Session session, IReadOnlyList<string> subjects, EraseRequest request) =>
        request.Redactions.Count > 0 ? Person.TryFind(session, subjects) : Person.Find(session, subjects);

    /// <exception cref="BackupException">Exit 1: nothing matches. Exit 25: a duty keeps what would have to move.</exception>
    private static void RequireMatch(Session session, PartRules rules, CancellationToken cancellation)
    {
        if (rules.Look(cancellation) == 0)
        {
            throw new BackupException(FailureKind.Failed, "No file in any snapshot matches.", "`backupctl find` and `backupctl subject find --content` show what is where.");
        }

        var none = new HashSet<string>(StringComparer.Ordinal);
        var (classes, now) = (session.Context.Policy.Classes, session.Context.Clock.GetUtcNow());
        var held = rules.Touched.Select(session.Keyring.Find).OfType<DomainRecord>()
            .SelectMany(domain => DomainDuty.Of(domain, classes, session.Keyring.Duties.Holds, none, now).By).Select(static duty => duty.Reason).Distinct(StringComparer.Ordinal).ToList();
        if (held.Count > 0)
        {
            throw new BackupException(
                FailureKind.Refused, $"A duty to keep ({string.Join(", ", held)}) covers what would have to be written anew; nothing was changed.",
                "`backupctl hold list` and `classes:` in the policy say which; leave those files out.");
        }
    }

    /// <exception cref="BackupException">Exit 25: duties keep all of it.</exception>
    private static void RequireSomething(Person person)
    {
        var duties = person.Domains.Select(person.DutyOf).ToList();
        if (duties.TrueForAll(static duty => duty.IsHeld))
        {
            var until = duties.Max(static duty => duty.Until);
            var reasons = string.Join(", ", duties.SelectMany(static duty => duty.By).Select(static item => item.Reason).Distinct(StringComparer.Ordinal));
            throw new BackupException(
                FailureKind.Refused, $"Nothing of it may be erased now: a duty to keep ({reasons}) holds all {duties.Count} domains, until {until:yyyy-MM-dd} at the latest.",
                "`backupctl hold list` and `classes:` in the policy say which; `backupctl subject restrict` keeps the data from being given out until then.");
        }
    }

    /// <exception cref="BackupException">Exit 25: as many as the policy allows were erased within a day.</exception>
    private static void RequireAllowed(Session session, RequestRecord? open)
    {
        if (open is { State: RequestState.Blocked })
        {
            return;
        }

        var since = session.Context.Clock.GetUtcNow().AddDays(-1).ToUnixTimeSeconds();
        var erased = ErasureFacts.All(session.Ledger).Count(facts => facts.Erased > since)
            + session.Keyring.Duties.Requests.Count(request => request.State == RequestState.Blocked && request.Approved > since);
        var allowed = session.Context.Policy.Erasure.PerDay;
        if (erased >= allowed)
        {
            throw new BackupException(
                FailureKind.Refused, $"{erased} persons were erased within a day, and the policy allows {allowed}.",
                "If all is right, wait until tomorrow, or raise `erasure: { per_day: … }`. If nobody of you asked for them, somebody else has your key: `backupctl key rotate`.");
        }
    }

    /// <summary>Records the agreement of the key at hand; with the last one the domains are blocked, and what a duty keeps is restricted.</summary>
    private static Task RecordAsync(Session session, RequestRecord request, CancellationToken cancellation) =>
        request.State != RequestState.Requested ? Task.CompletedTask : RecordNewAsync(session, request, cancellation);

    private static async Task RecordNewAsync(Session session, RequestRecord request, CancellationToken cancellation)
    {
        var now = Now(session.Context);
        await session.ChangeKeyringAsync(
            keyring =>
            {
                var known = keyring.Duties.Requests.FirstOrDefault(each => each.Id == request.Id) ?? request;
                var approvals = known.Approvals.Append(new ApprovalRecord(session.Opener.Id, now)).DistinctBy(static approval => approval.Slot).ToList();
                var live = approvals.Count(approval => keyring.Slots.Any(slot => slot.Id == approval.Slot));
                var isApproved = live >= session.Context.Policy.Erasure.Approvers;
                var domains = keyring.OfHashes(request.Subjects.ToHashSet());
                var next = known with
                {
                    Approvals = approvals,
                    State = isApproved ? RequestState.Blocked : RequestState.Requested,
                    Approved = isApproved ? now : 0,
                    Domains = known.Partial ? [] : [.. domains.Select(static domain => domain.Id).Order()],
                };
                keyring.Duties = keyring.Duties with { Requests = [.. keyring.Duties.Requests.Where(each => each.Id != request.Id), next] };
                foreach (var domain in isApproved && !known.Partial ? domains : [])
                {
                    keyring.SetState(domain.Id, DomainState.Blocked);
                }
            },
            new LedgerPayload(),
            cancellation);
        TestStop.Reach(TestStop.ErasureRequested);
    }

    private static RequestRecord FindOpen(Session session, string idPrefix) =>
        IdPrefix.Find(session.Keyring.Duties.Requests, static request => request.Id.ToString(), idPrefix, "request", "`backupctl erase status` shows them.");

    private static IEnumerable<EraseStatus> All(Session session) =>
        ErasureFacts.All(session.Ledger).Select(static facts => (facts.Id, facts.Received))
            .Concat(session.Keyring.Duties.Requests.Select(static request => (request.Id, request.Received)))
            .DistinctBy(static item => item.Id).OrderBy(static item => item.Received).ThenBy(static item => item.Id).Select(item => Status(session, item.Id));

    internal static EraseStatus Status(Session session, Id128 id)
    {
        var request = session.Keyring.Duties.Requests.FirstOrDefault(request => request.Id == id);
        var facts = ErasureFacts.All(session.Ledger).FirstOrDefault(facts => facts.Id == id) ?? new ErasureFacts { Id = id };
        var progress = ErasureProgress.Of(session, facts);
        var policy = session.Context.Policy.Erasure;
        return new EraseStatus
        {
            Request = id,
            State = request?.State,
            Level = request is { State: RequestState.Requested } ? 0 : progress.Level,
            Reason = request?.Reason ?? facts.Reason,
            Received = Time(request?.Received ?? facts.Received),
            Due = request is { State: RequestState.Blocked } ? policy.CoolingOff.After(Time(request.Approved)) : null,
            ApprovalsMissing = request is { State: RequestState.Requested }
                ? Math.Max(1, policy.Approvers - request.Approvals.Count(approval => session.Keyring.Slots.Any(slot => slot.Id == approval.Slot))) : 0,
            Domains = facts.Domains > 0 ? facts.Domains : request?.Domains.Count ?? 0,
            Objects = facts.Objects,
            Bytes = facts.Bytes,
            Snapshots = facts.Snapshots,
            Sites = [.. progress.Sites.Select(static site => new EraseSite(
                site.Id, site.City, site.KeysDestroyed, site.Verified || site.Facts is { RetainedUntil: 0, Verified: > 0 }, site.Verified,
                site.Facts is { Verified: > 0 } known ? Time(known.Verified) : null, site.RetainedUntil))],
            Holds = request is null ? [] : HoldsOf(session, request),
            NotReached = Gaps(session, facts, progress),
        };
    }

    private static IReadOnlyList<EraseHold> HoldsOf(Session session, RequestRecord request)
    {
        var domains = (request.State >= RequestState.Erasing ? request.Held : request.Domains).Select(session.Keyring.Find).OfType<DomainRecord>().ToList();
        var subjects = domains.Select(static domain => domain.Subject).OfType<string>().ToHashSet(StringComparer.Ordinal);
        var (classes, now) = (session.Context.Policy.Classes, session.Context.Clock.GetUtcNow());
        return HoldsOf(domains.Select(domain => (domain.Class, DomainDuty.Of(domain, classes, session.Keyring.Duties.Holds, subjects, now))));
    }

    private static IReadOnlyList<EraseHold> HoldsOf(IEnumerable<(string? Class, DomainDuty Duty)> held) =>
        [.. held.SelectMany(static item => item.Duty.By.Select(duty => new EraseHold(item.Class, duty.Until, duty.Reason))).Distinct()
            .OrderBy(static hold => hold.Until).ThenBy(static hold => hold.Class, StringComparer.Ordinal)];

    private static IReadOnlyList<EraseGap> Gaps(Session session, ErasureFacts facts, ErasureProgress progress)
    {
        if (facts.Epoch == 0)
        {
            return [];
        }

        var since = Time(facts.Erased);
        var open = progress.Sites.Where(static site => !site.Verified).Select(site => new EraseGap(site.Id, since, session.Sites.FirstOrDefault(known => known.Id == site.Id) switch
        {
            _ when site.RetainedUntil is { } until => $"its store keeps objects until {until:yyyy-MM-dd HH:mm} UTC; they are deleted then by the next run",
            null => "the policy does not name it any more",
            { Serves: false } away => away.Site.Failure?.Reason ?? "it does not answer",
            _ when site.KeysDestroyed => "its objects are not all deleted yet",
            _ => "its older keys are not destroyed yet",
        }));
        // A site that was retired long before may hold it as well: nobody knows when the data came.
        var retired = session.Ledger.Sites.Where(static site => site.State == SiteState.Retired).Select(site =>
            new EraseGap(site.Id, Time(site.Since), "it was retired: what stands there was never looked at, and what was erased since then opens there with keys that it had"));
        return [.. open, .. retired];
    }

    private static DateTimeOffset Time(long seconds) => DateTimeOffset.FromUnixTimeSeconds(seconds);

    private static long Now(RunContext context) => context.Clock.GetUtcNow().ToUnixTimeSeconds();
}
