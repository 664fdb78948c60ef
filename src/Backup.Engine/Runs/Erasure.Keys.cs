using System.Globalization;
using System.Security.Cryptography;
using Backup.Engine.Format;
using Backup.Engine.Keys;

namespace Backup.Engine.Runs;

/// <content>The keys: what goes with the next epoch, what a duty holds back, and what the ledger says of it.</content>
internal sealed partial class Erasure
{
    private async Task TakeKeysAsync(CancellationToken cancellation)
    {
        await session.TakeUpAsync(cancellation);
        var ready = session.Keyring.Duties.Requests.Where(IsReady).Select(static request => request.Id).ToHashSet();
        if (ready.Count == 0)
        {
            return;
        }

        _context.Progress.Phase("opening a new epoch without the keys");
        IReadOnlyList<DomainRecord> before = [];
        var taken = new Dictionary<Id128, List<DomainRecord>>();
        var former = session.Ledger.Epoch.Id.Number;
        var snapshots = SnapshotsOf(ready);
        await session.OpenEpochAsync(
            new EpochChange
            {
                Keyring = keyring =>
                {
                    before = [.. keyring.Domains];
                    Take(keyring, ready, taken);
                },
                Prove = epoch => new ErasureProof(session, before, Ids(taken)).RunAsync(epoch, cancellation),
                Entry = draft => draft with
                {
                    Erased = [.. Ids(taken).Order().Select(id => new ErasedDomain(id, Now))],
                    Payload = new LedgerPayload { Facts = [.. taken.SelectMany(item => FactsOfKeys(item.Key, item.Value, former, snapshots.GetValueOrDefault(item.Key)))] },
                },
            },
            cancellation);
        ForgetLocally(Ids(taken));
    }

    private Dictionary<Id128, int> SnapshotsOf(HashSet<Id128> ready)
    {
        session.LookForDomains(CancellationToken.None);
        return session.Keyring.Duties.Requests.Where(request => ready.Contains(request.Id)).ToDictionary(
            static request => request.Id,
            request => session.Keyring.OfHashes(request.Subjects.ToHashSet()).SelectMany(domain => session.Catalog.Presence(domain.Id)).Distinct().Count());
    }

    private static HashSet<DomainId> Ids(Dictionary<Id128, List<DomainRecord>> taken) => [.. taken.Values.SelectMany(static domains => domains).Select(static domain => domain.Id)];

    /// <summary>Takes the domains out of the keyring, restricts what is held, and says so in the requests.</summary>
    private void Take(Keyring keyring, HashSet<Id128> ready, Dictionary<Id128, List<DomainRecord>> taken)
    {
        foreach (var request in keyring.Duties.Requests.Where(request => ready.Contains(request.Id)).ToList())
        {
            var (going, held) = Divide(keyring, request);
            taken[request.Id] = going;
            Replace(keyring, request with
            {
                State = RequestState.Erasing,
                Domains = [.. request.Domains.Union(going.Select(static domain => domain.Id)).Except(held.Select(static domain => domain.Id))],
                Held = [.. held.Select(static domain => domain.Id)],
            });
            held.ForEach(domain => keyring.SetState(domain.Id, DomainState.Restricted));
            var watched = DateTimeOffset.FromUnixTimeSeconds(Now);
            keyring.Duties = keyring.Duties with
            {
                Watch = [.. keyring.Duties.Watch.Where(watch => watch.Until > Now && !request.Subjects.Contains(watch.SubjectHash)),
                    .. request.Subjects.Select(subject => new WatchRecord(subject, _context.Policy.Erasure.Watch.After(watched).ToUnixTimeSeconds()))],
            };
        }

        // The proof compares with what was there: removing wipes nothing before the session ends.
        keyring.Remove(Ids(taken));
        ForgetTies(keyring, taken);
    }

    /// <summary>What binds identifiers of somebody of whom nothing is left would name the person.</summary>
    private static void ForgetTies(Keyring keyring, Dictionary<Id128, List<DomainRecord>> taken)
    {
        var subjects = taken.Values.SelectMany(static domains => domains).Select(static domain => domain.Subject).OfType<string>().ToHashSet(StringComparer.Ordinal);
        bool IsLeft(string subject) => keyring.OfSubjects(new HashSet<string>(StringComparer.Ordinal) { subject }).Count > 0;
        keyring.Duties = keyring.Duties with
        {
            Ties = [.. keyring.Duties.Ties.Where(tie => !tie.Any(subjects.Contains) || tie.Any(IsLeft))],
            Restrictions = [.. keyring.Duties.Restrictions.Where(each => !subjects.Contains(each.Subject) || IsLeft(each.Subject))],
            Holds = [.. keyring.Duties.Holds.Where(each => each.Subject is null || !subjects.Contains(each.Subject) || IsLeft(each.Subject))],
        };
    }

    /// <summary>What of a person's domains goes now, and what a duty keeps. A request that was held goes on with what it held.</summary>
    private (List<DomainRecord> Going, List<DomainRecord> Held) Divide(Keyring keyring, RequestRecord request)
    {
        IReadOnlyList<DomainRecord> domains = request.State == RequestState.Held
            ? [.. request.Held.Select(keyring.Find).OfType<DomainRecord>()]
            : [.. request.Domains.Select(keyring.Find).OfType<DomainRecord>().Concat(request.Partial ? [] : keyring.OfHashes(request.Subjects.ToHashSet())).DistinctBy(static domain => domain.Id)];
        var subjects = domains.Select(static domain => domain.Subject).OfType<string>().ToHashSet(StringComparer.Ordinal);
        var now = _context.Clock.GetUtcNow();
        var held = domains.Where(domain => DomainDuty.Of(domain, _context.Policy.Classes, keyring.Duties.Holds, subjects, now).IsHeld).ToList();
        return ([.. domains.Except(held)], held);
    }

    private static void Replace(Keyring keyring, RequestRecord request) => keyring.Duties = keyring.Duties with
    {
        Requests = [.. keyring.Duties.Requests.Select(each => each.Id == request.Id ? request : each)],
    };

    private IEnumerable<LedgerFact> FactsOfKeys(Id128 id, List<DomainRecord> gone, int former, int snapshots)
    {
        var request = session.Keyring.Duties.Requests.Single(request => request.Id == id);
        var known = Known(id);
        var facts = known with
        {
            Reason = request.Reason,
            Received = request.Received,
            Approved = request.Approved,
            Erased = Now,
            Certified = 0,
            FormerEpoch = former,
            Epoch = session.Epoch!.Id.Number,
            Domains = known.Domains + gone.Count,
            Keys = HashOf(gone, known.Keys),
            Classes = [.. known.Classes.Union(gone.Select(static domain => domain.Class ?? "-"), StringComparer.Ordinal).Order(StringComparer.Ordinal)],
            Held = [.. request.Held.Select(session.Keyring.Find).OfType<DomainRecord>().Select(HeldText).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)],
            Snapshots = Math.Max(known.Snapshots, snapshots),
        };

        // What was held before is looked for everywhere, as if nothing had been done yet.
        return [facts.ToFact(), .. known.Sites.Select(site => facts.ToFact(site.Key, site.Value with { Verified = 0 }))];
    }

    private string HeldText(DomainRecord domain)
    {
        var subjects = new HashSet<string>(StringComparer.Ordinal) { domain.Subject! };
        var until = DomainDuty.Of(domain, _context.Policy.Classes, session.Keyring.Duties.Holds, subjects, _context.Clock.GetUtcNow()).Until;
        return $"{domain.Class ?? "-"}:{until?.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) ?? "-"}";
    }

    private static Hash HashOf(List<DomainRecord> gone, Hash before)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        if (before != default)
        {
            hash.AppendData(before.ToArray());
        }

        foreach (var domain in gone.OrderBy(static domain => domain.Id))
        {
            hash.AppendData(domain.Id.ToArray());
            hash.AppendData(domain.DataKey.Span);
            hash.AppendData(domain.IdKey.Span);
            hash.AppendData(domain.ChunkKey.Span);
        }

        return Hash.Read(hash.GetHashAndReset());
    }
}
