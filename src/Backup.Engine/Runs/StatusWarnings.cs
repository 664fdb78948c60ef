using System.Text;
using Backup.Engine.Format;
using Backup.Engine.Ledger;
using Backup.Engine.Policies;
using Backup.Engine.Posix;
using Backup.Engine.Sites;

namespace Backup.Engine.Runs;

/// <summary>What <c>status</c> says beside the figures: nothing is wrong yet, and something could be.</summary>
internal static class StatusWarnings
{
    private static readonly TimeSpan SheetAge = TimeSpan.FromDays(366);

    public static IEnumerable<RunFinding> Of(Session session) =>
        Blind(session).Concat(OfSites(session)).Concat(OfStores(session)).Concat(Erasures(session)).Concat(Forgotten(session)).Concat(Devices(session.Context.Policy)).Concat(RecoverySheet(session));

    private static IEnumerable<RunFinding> Blind(Session session)
    {
        if (!session.IsOpen && session.Reading.Graph.Head is { } head)
        {
            yield return new RunFinding(
                "ledger",
                $"no site answers, so nothing can be opened: of the snapshots this machine only knows that its newest ledger entry is of {DateTimeOffset.FromUnixTimeSeconds(head.Body.Time):yyyy-MM-dd HH:mm} UTC",
                "Bring a site back.");
        }
        else if (session.Context.StaleSince is { } newer)
        {
            yield return new RunFinding("ledger", $"every site that answers shows an old state: a newer one of {newer:yyyy-MM-dd HH:mm} UTC is known", "Bring the other sites back, then run `backupctl sync`.");
        }
    }

    private static IEnumerable<RunFinding> Erasures(Session session)
    {
        foreach (var request in session.IsOpen ? session.Keyring.Duties.Requests : [])
        {
            var status = EraseRun.Status(session, request.Id);
            var waits = request.State switch
            {
                RequestState.Requested => "it waits for more people to agree",
                RequestState.Held => "what may go is gone; the rest waits for a duty to keep to end",
                _ when status.NotReached.Count > 0 => "not reached: " + string.Join(", ", status.NotReached.Select(static gap => gap.Site)),
                _ => "it is under way",
            };
            yield return new RunFinding($"erasure {request.Id.ToString()[..8]}", $"at level {status.Level} of 3: {waits}", "`backupctl erase status` shows all of it; every backup, sync and gc goes on with it.");
        }
    }

    private static IEnumerable<RunFinding> OfSites(Session session)
    {
        foreach (var site in session.Sites)
        {
            switch (site)
            {
                case { Ledger.Standing: SiteStanding.Lost }:
                    yield return new RunFinding(site.Id, "lost: the repository that was there is gone", $"Find out why. If it is only not mounted, mount it; if it is gone for good, `backupctl sync --to {site.Id} --rebuild` fills it from another site.");
                    break;
                case { Ledger.Standing: SiteStanding.Foreign }:
                    yield return new RunFinding(site.Id, "something else stands in its place", "Correct the site in the policy, or clear the place.");
                    break;
                case { IsAwaited: true } or { Record.State: SiteState.Awaited }:
                    yield return new RunFinding(site.Id, "awaited: it has not been complete since it was added", "Make it reachable; the next backup or `backupctl sync` fills it.");
                    break;
                case { Record: null } when session.Reading.Graph.Head is not null:
                    yield return new RunFinding(site.Id, "in the policy, but not a site of the repository", $"`backupctl site add {site.Id}` adds it.");
                    break;
            }
        }
    }

    /// <summary>What the stores were found to do, where it matters.</summary>
    private static IEnumerable<RunFinding> OfStores(Session session)
    {
        if (!session.IsOpen)
        {
            yield break;
        }

        var sites = session.Sites.Where(static site => site.Record is { State: not SiteState.Retired }).Select(site => (site.Config, Found: session.CapabilitiesOf(site.Id))).ToList();
        foreach (var (config, found) in sites.Where(static site => site.Found is not null))
        {
            foreach (var risk in SiteSafety.Of(config, found!))
            {
                yield return new RunFinding(config.Id, risk.What, risk.Remedy);
            }
        }

        // A folder of this machine cannot be kept from whoever runs on it: said only where another kind of site could do better.
        if (sites.Exists(static site => site.Config is not LocalSiteConfig && site.Found is not null) &&
            sites.TrueForAll(static site => SiteSafety.CouldBeDestroyed(site.Config, site.Found)))
        {
            yield return new RunFinding(
                "credentials",
                "whoever takes over this machine could destroy the keys at every site, and with them all backups",
                "Give one site at least credentials that may not delete and name others in `delete_credentials_file:`, or a bucket with object lock and `lock:`.");
        }
    }

    private static IEnumerable<RunFinding> Forgotten(Session session)
    {
        var named = session.Sites.Select(static site => site.Id).ToHashSet(StringComparer.Ordinal);
        var records = session.Reading.Graph.Head?.Body.Sites ?? [];
        return records.Where(record => record.State != SiteState.Retired && !named.Contains(record.Id)).Select(static record =>
            new RunFinding(record.Id, $"a site of the repository in {record.City} that the policy does not name: nothing is brought there", $"Name it again, or end it with `backupctl site retire {record.Id}`."));
    }

    /// <summary>One disk that fails takes everything on it: two copies on it count as one, and one beside the source as none.</summary>
    private static IEnumerable<RunFinding> Devices(Tenant policy)
    {
        var places = policy.Sites.OfType<LocalSiteConfig>().Select(static site => new Place($"the site {site.Id}", IsSite: true, DeviceOf(site.Path)))
            .Append(new Place("the state", IsSite: false, DeviceOf(policy.State)))
            .Concat(policy.Sources.OfType<FilesSourceConfig>().SelectMany(static source => source.Roots.Select(root => new Place($"the source {source.Id}", IsSite: false, DeviceOf(root)))))
            .Distinct();
        foreach (var disk in places.Where(static place => place.Device is not null).GroupBy(static place => place.Device))
        {
            if (disk.Any(static place => place.IsSite) && disk.Skip(1).Any())
            {
                var (sites, others) = (Names(disk.Where(static place => place.IsSite)), Names(disk.Where(static place => !place.IsSite)));
                yield return new RunFinding(sites, "on one device" + (others.Length > 0 ? $" with {others}" : ""), "Move a site to a disk of its own, in the city that the policy names: one failure would take them all.");
            }
        }
    }

    private static string Names(IEnumerable<Place> places) => string.Join(", ", places.Select(static place => place.What));

    private static ulong? DeviceOf(string path) =>
        FileSystemCalls.StatusFollowed(Encoding.UTF8.GetBytes(path), out var status) >= 0 ? status.Device : null;

    private static IEnumerable<RunFinding> RecoverySheet(Session session)
    {
        if (!session.IsOpen)
        {
            yield break;
        }

        var sheets = session.Keyring.Slots.Where(static slot => slot.Kind == SlotKind.Recovery).ToList();
        if (sheets.Count == 0)
        {
            yield return new RunFinding("recovery sheet", "there is none: if this machine and its passphrase are lost, nothing can be restored", "`backupctl key recovery` makes one.");
        }
        else if (DateTimeOffset.FromUnixTimeSeconds(sheets.Max(static slot => slot.Created)) is var made && session.Context.Clock.GetUtcNow() - made > SheetAge)
        {
            yield return new RunFinding("recovery sheet", $"made on {made:yyyy-MM-dd}, more than a year ago", "Take it out of its place and try it: `backupctl key recovery --check` changes nothing.");
        }
    }

    private sealed record Place(string What, bool IsSite, ulong? Device);
}
