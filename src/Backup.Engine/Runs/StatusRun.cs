using Backup.Engine.Format;
using Backup.Engine.Indexing;
using Backup.Engine.Ledger;
using Backup.Engine.Policies;
using Backup.Engine.Snapshots;

namespace Backup.Engine.Runs;

/// <summary><c>status</c>: what every site holds of every source, what is lacking and how old it is. Looks only: takes no lock, reads no content.</summary>
public static class StatusRun
{
    /// <summary>
    /// The sources of the policy and of the repository, the sites of the policy less the retired ones, and what is worth knowing. With no site that answers it
    /// shows what this machine knows.
    /// </summary>
    /// <exception cref="BackupException">Exit 10: no site holds a repository, and none is known here. Exit 12: the key is wrong.</exception>
    public static async Task<StatusOutcome> RunAsync(RunContext context, CancellationToken cancellation)
    {
        await using var session = await Session.OpenToLookAsync(context, cancellation);
        await Task.WhenAll(session.Serving.ToList().Select(site => session.SurveyAsync(site, cancellation)));
        var sites = session.Sites.Where(static site => site.Record is not { State: SiteState.Retired }).ToList();
        return new StatusOutcome(
            [.. SourceNames(session).Select(source => SourceOf(session, source, sites))],
            [.. sites.Select(site => SiteOf(session, site))],
            [.. StatusWarnings.Of(session)]);
    }

    private static IEnumerable<string> SourceNames(Session session)
    {
        var named = session.Context.Policy.Sources.Select(static source => source.Id).ToList();
        return session.IsOpen ? named.Concat(session.Snapshots.Sources.Except(named, StringComparer.Ordinal)) : named;
    }

    private static SourceStatus SourceOf(Session session, string source, IReadOnlyList<SessionSite> sites)
    {
        var snapshots = session.IsOpen ? session.Snapshots.All : [];
        var newest = snapshots.LastOrDefault(snapshot => snapshot.Record.Source == source && sites.Any(site => Holds(session, site, snapshot)));
        if (newest is null)
        {
            return new SourceStatus(source, null, null, [], Met: false);
        }

        var cities = Cities.Of(sites.Where(site => Holds(session, site, newest)).Select(static site => site.Config));
        return new SourceStatus(
            source,
            newest.Id,
            SnapshotsRun.TimeOf(newest.Record.Started),
            cities,
            cities.Count >= session.Context.Policy.Placement.Cities);
    }

    /// <summary>By the listing of a site that answers; of one that does not by the ledger, unless what was there is known to be gone.</summary>
    private static bool Holds(Session session, SessionSite site, KnownSnapshot snapshot) =>
        site.Serves ? session.HoldsNow(site, snapshot) : site.Ledger.Standing is SiteStanding.Unreachable && snapshot.CompleteAt.Contains(site.Id);

    private static SiteStatus SiteOf(Session session, SessionSite site)
    {
        var survey = session.SurveyOf(site);
        var lacking = survey is null ? 0 : survey.MissingKeys + survey.Missing.Count(static item => item.Fault == CopyFault.Missing);
        return new SiteStatus(
            site.Id,
            site.Config.Kind,
            site.Config.City,
            site.Config.Country,
            site.Serves && survey is not null,
            site.Ledger.Standing is SiteStanding.Behind,
            survey?.Objects ?? 0,
            survey?.Bytes ?? 0,
            lacking,
            Damaged(session, site, survey),
            MessageOf(site))
        {
            Capabilities = session.IsOpen ? session.CapabilitiesOf(site.Id) : null,
        };
    }

    /// <summary>Objects whose length is wrong now, and those that were read and found damaged and not healed since.</summary>
    private static long Damaged(Session session, SessionSite site, SiteSurvey? survey)
    {
        var names = (survey?.Missing ?? []).Where(static item => item.Fault != CopyFault.Missing).Select(static item => item.Name).ToHashSet(StringComparer.Ordinal);
        if (session.IsOpen)
        {
            var found = session.Catalog.Faults(site.Id).Where(fault => fault.Fault == CopyFault.Damaged && session.IsRequired(fault));

            // Of what no inventory lists only inventories are in the survey too, and must not count twice.
            names.UnionWith(found.Select(static fault => fault.Class == default ? ObjectNames.Inventory(fault.Id) : ObjectNames.Of(fault.Class, fault.Id)));
        }

        return names.Count;
    }

    private static string? MessageOf(SessionSite site) => site.Site.Failure?.Reason ?? site.Ledger.Standing switch
    {
        SiteStanding.Behind => "its ledger is older than the newest that is known",
        SiteStanding.Forked => "its ledger is a branch that the owner has not joined yet",
        _ => site.Ledger.Message,
    };
}
