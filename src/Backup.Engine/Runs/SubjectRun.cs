using Backup.Engine.Format;
using Backup.Engine.Keys;
using Backup.Engine.Snapshots;

namespace Backup.Engine.Runs;

/// <summary><c>subject</c>: where a person's data lies, who is one person, and what of it is kept without being given out.</summary>
public static class SubjectRun
{
    /// <summary>Says in which sources, classes, snapshots and sites the data of a person lies, from keyring and catalog alone.</summary>
    /// <param name="context">The tenant.</param>
    /// <param name="typed">Identifiers of one person, as typed.</param>
    /// <param name="read">Which sites to ask.</param>
    /// <param name="cancellation">Ends the run.</param>
    /// <exception cref="BackupException">Exit 1: nobody has such an identifier. Exit 2: one is none. Exit 10, 12.</exception>
    public static async Task<IReadOnlyList<SubjectItem>> FindAsync(RunContext context, IReadOnlyList<string> typed, ReadOptions read, CancellationToken cancellation)
    {
        var subjects = PersonIds.Parse(typed);
        await using var session = await Session.OpenAsync(context, read, cancellation);
        var person = Person.Find(session, subjects);
        session.LookForDomains(cancellation);
        return [.. person.Domains.OrderBy(static domain => domain.Subject, StringComparer.Ordinal).ThenBy(static domain => domain.Class, StringComparer.Ordinal)
            .ThenBy(static domain => domain.Period, StringComparer.Ordinal).ThenBy(static domain => domain.Id).SelectMany(domain => Items(session, person, domain))];
    }

    /// <summary>Says that identifiers belong to one person.</summary>
    /// <exception cref="BackupException">Exit 2: fewer than two, or one that is none. Exit 10, 11, 12.</exception>
    public static async Task<IReadOnlyList<string>> TieAsync(RunContext context, IReadOnlyList<string> typed, bool dryRun, CancellationToken cancellation)
    {
        var subjects = PersonIds.Parse(typed);
        if (subjects.Count < 2)
        {
            throw new BackupException(FailureKind.Usage, "One identifier alone ties nothing.", "Name at least two of the same person.");
        }

        await using var session = await Session.OpenForWritingAsync(context, "subject", new ReadOptions { DryRun = dryRun }, cancellation);
        var person = PersonIds.WithTies(subjects, session.Keyring.Duties, context.Policy).Order(StringComparer.Ordinal).ToList();
        if (!dryRun)
        {
            await session.ChangeKeyringAsync(
                keyring => keyring.Duties = keyring.Duties with { Ties = [.. keyring.Duties.Ties.Where(tie => !tie.Any(person.Contains)), person] }, new LedgerPayload(), cancellation);
        }

        return person;
    }

    /// <summary>Keeps the data of a person, of one class or of all, from being restored, exported or searched; it goes on being saved. Art. 18 GDPR.</summary>
    /// <exception cref="BackupException">Exit 1: nobody has such an identifier. Exit 2, 10, 11, 12.</exception>
    public static async Task<RestrictionOutcome> RestrictAsync(RunContext context, RestrictionRequest request, CancellationToken cancellation)
    {
        var subjects = PersonIds.Parse(request.Subjects);
        await using var session = await Session.OpenForWritingAsync(context, "subject", new ReadOptions { DryRun = request.DryRun }, cancellation);
        var person = Person.Find(session, subjects);
        var now = context.Clock.GetUtcNow().ToUnixTimeSeconds();
        var changed = Covered(person, request.Class).Where(static domain => domain.State == DomainState.Live).Select(static domain => domain.Id).ToList();
        if (!request.DryRun)
        {
            await session.ChangeKeyringAsync(
                keyring =>
                {
                    var known = keyring.Duties.Restrictions;
                    var added = person.Subjects.Where(subject => !known.Any(each => each.Subject == subject && each.Class == request.Class));
                    keyring.Duties = keyring.Duties with { Restrictions = [.. known, .. added.Select(subject => new RestrictionRecord(Id128.Draw(), subject, request.Class, now))] };
                    changed.ForEach(id => keyring.SetState(id, DomainState.Restricted));
                },
                new LedgerPayload(),
                cancellation);
        }

        return new RestrictionOutcome(changed.Count, session.Standing());
    }

    /// <summary>Ends a restriction. What an erasure holds back for a duty to keep stays restricted.</summary>
    /// <exception cref="BackupException">Exit 1: nothing of that person is restricted. Exit 2, 10, 11, 12.</exception>
    public static async Task<RestrictionOutcome> ReleaseAsync(RunContext context, RestrictionRequest request, CancellationToken cancellation)
    {
        var subjects = PersonIds.Parse(request.Subjects);
        await using var session = await Session.OpenForWritingAsync(context, "subject", new ReadOptions { DryRun = request.DryRun }, cancellation);
        var person = PersonIds.WithTies(subjects, session.Keyring.Duties, context.Policy);
        bool Ends(RestrictionRecord each) => person.Contains(each.Subject) && (request.Class is null || each.Class == request.Class);
        if (!session.Keyring.Duties.Restrictions.Any(Ends))
        {
            throw new BackupException(FailureKind.Failed, "Nothing of this person is restricted so.", "`backupctl subject find` shows what is.");
        }

        var released = 0;
        void Change(Keyring keyring)
        {
            var left = keyring.Duties.Restrictions.Where(each => !Ends(each)).ToList();
            var held = keyring.Duties.Requests.SelectMany(static open => open.Held).ToHashSet();
            foreach (var domain in keyring.OfSubjects(person).Where(static domain => domain.State == DomainState.Restricted))
            {
                if (!held.Contains(domain.Id) && !left.Any(each => each.Subject == domain.Subject && (each.Class is null || each.Class == domain.Class)))
                {
                    keyring.SetState(domain.Id, DomainState.Live);
                    released++;
                }
            }

            keyring.Duties = keyring.Duties with { Restrictions = left };
        }

        if (request.DryRun)
        {
            Change(session.Keyring);
        }
        else
        {
            await session.ChangeKeyringAsync(Change, new LedgerPayload(), cancellation);
        }

        return new RestrictionOutcome(released, session.Standing());
    }

    private static IEnumerable<DomainRecord> Covered(Person person, string? retentionClass) =>
        person.Domains.Where(domain => retentionClass is null || domain.Class == retentionClass);

    private static IEnumerable<SubjectItem> Items(Session session, Person person, DomainRecord domain)
    {
        var duty = person.DutyOf(domain);
        var snapshots = session.SnapshotsWith(domain.Id);
        foreach (var source in snapshots.GroupBy(static snapshot => snapshot.Record.Source, StringComparer.Ordinal))
        {
            yield return Item(source.Key, [.. source]);
        }

        if (snapshots.Count == 0)
        {
            yield return Item(null, []);
        }

        SubjectItem Item(string? source, IReadOnlyList<KnownSnapshot> of) => new()
        {
            Subject = domain.Subject!,
            Domain = domain.Id,
            Source = source,
            Class = domain.Class,
            Period = domain.Period,
            State = domain.State,
            Snapshots = of.Count,
            Sites = [.. of.SelectMany(static snapshot => snapshot.CompleteAt).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)],
            KeepUntil = duty.Until,
            Held = duty.IsHeld,
        };
    }
}
