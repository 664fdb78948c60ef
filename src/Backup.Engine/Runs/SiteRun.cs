using Backup.Engine.Format;
using Backup.Engine.Ledger;
using Backup.Engine.Policies;
using Backup.Engine.Stores;

namespace Backup.Engine.Runs;

/// <summary>The sites of a repository: listed, one more, one less. The ledger names a site before its first object stands there.</summary>
public static class SiteRun
{
    /// <summary>The sites of the policy and of the repository. With no site that answers it shows what this machine knows.</summary>
    /// <exception cref="BackupException">Exit 10: no site holds a repository, and none is known here. Exit 12: the key is wrong.</exception>
    public static async Task<IReadOnlyList<SiteItem>> ListAsync(RunContext context, CancellationToken cancellation)
    {
        await using var session = await Session.OpenToLookAsync(context, cancellation);
        var named = session.Sites.Select(static site => new SiteItem(site.Id, site.Config.Kind, site.Config.City, site.Config.Country, StandingOf(site), site.Site.Failure?.Reason));
        var records = session.Reading.Graph.Head?.Body.Sites ?? [];
        var unnamed = records.Where(record => session.Sites.All(site => site.Id != record.Id)).Select(static record =>
            new SiteItem(record.Id, record.Kind, record.City, record.Country, StandingOf(record.State), record.State == SiteState.Retired ? null : "the policy does not name it"));
        return [.. named, .. unnamed];
    }

    /// <summary>Brings a site of the policy into the repository: named in the ledger, then its folder, keys and ledger. <c>sync</c> fills it.</summary>
    /// <exception cref="BackupException">Exit 1: it belongs to the repository. Exit 2: the policy has no such site. Exit 11: its place is taken.</exception>
    public static async Task<SiteChangeOutcome> AddAsync(RunContext context, SiteChangeRequest request, CancellationToken cancellation)
    {
        var config = context.Policy.Sites.FirstOrDefault(site => site.Id == request.Id)
            ?? throw new BackupException(FailureKind.Usage, $"The policy has no site '{request.Id}'.", "Describe it under `sites:` first, then add it.");
        await using var session = await Session.OpenForWritingAsync(context, "site", new ReadOptions { DryRun = request.DryRun }, cancellation);
        switch (session.Ledger.Sites.FirstOrDefault(record => record.Id == request.Id))
        {
            case { State: SiteState.Retired }:
                throw new BackupException(FailureKind.Failed, $"The site {request.Id} was retired: later certificates say of it what was left there.", "Give the new site another id in the policy.");
            case not null:
                throw new BackupException(FailureKind.Failed, $"The site {request.Id} belongs to the repository already.", "`backupctl sync` brings it what it lacks.");
        }

        await RequireFreeAsync(context, config, cancellation);
        if (!request.DryRun)
        {
            var record = new SiteRecord(config.Id, config.Kind, config.City, config.Country, SiteState.Awaited, context.Clock.GetUtcNow().ToUnixTimeSeconds());
            await session.WriteEntryAsync(state => LedgerDraft.After(state, LedgerKind.Sites) with { Sites = [.. state.Sites, record] }, cancellation);
            await session.BeginAsync(config.Id, record, cancellation);
            await session.WriteEntryAsync(state => LedgerDraft.After(state, LedgerKind.Sites) with { Sites = session.SitesNow(state.Sites) }, cancellation);
        }

        return new SiteChangeOutcome(session.Outcomes(took: true).Single(site => site.Id == request.Id), session.Placement());
    }

    /// <summary>Ends a site: it counts nowhere any more. What stands there is not touched.</summary>
    /// <exception cref="BackupException">Exit 1: the repository has no such site, or it is the last.</exception>
    public static async Task<SiteChangeOutcome> RetireAsync(RunContext context, SiteChangeRequest request, CancellationToken cancellation)
    {
        await using var session = await Session.OpenForWritingAsync(context, "site", new ReadOptions { DryRun = request.DryRun }, cancellation);
        var sites = session.Ledger.Sites.Where(static site => site.State != SiteState.Retired).ToList();
        var record = sites.Find(site => site.Id == request.Id)
            ?? throw new BackupException(FailureKind.Failed, $"The repository has no site '{request.Id}' that could be retired.", $"Its sites are {string.Join(", ", sites.Select(static site => site.Id))}.");
        if (!session.CompleteSites.Any(site => site.Id != request.Id))
        {
            throw new BackupException(FailureKind.Failed, $"No other site than {request.Id} holds everything now: retiring it would leave no whole copy.", "Run `backupctl sync` until another site is complete, then retire it.");
        }

        if (!request.DryRun)
        {
            var now = context.Clock.GetUtcNow().ToUnixTimeSeconds();
            await session.WriteEntryAsync(
                state => LedgerDraft.After(state, LedgerKind.Sites) with
                {
                    Sites = [.. state.Sites.Select(site => site.Id == request.Id ? site with { State = SiteState.Retired, Since = now } : site)],
                },
                cancellation);
        }

        await session.LeaveOutAsync(request.Id);
        return new SiteChangeOutcome(new SiteOutcome(record.Id, record.City, record.Country, SiteRunState.Complete, null), session.Placement());
    }

    private static async Task RequireFreeAsync(RunContext context, SiteConfig config, CancellationToken cancellation)
    {
        await using var store = context.Stores(config);
        var presence = (await store.ProbeAsync(cancellation)).Presence;
        if (presence is StorePresence.Foreign or StorePresence.Repository or StorePresence.Unfinished)
        {
            throw new BackupException(FailureKind.NotOwner, $"The place of site {config.Id} is not empty: another repository or other files are there.", "Choose an empty place for the new site.");
        }

        await Session.RequireSafeAsync(config, store, presence, cancellation);
    }

    private static SiteMembership StandingOf(SessionSite site) => site switch
    {
        { Record: null } => SiteMembership.NotAdded,
        { Ledger.Standing: SiteStanding.Lost } => SiteMembership.Lost,
        { Record: var record } => StandingOf(record.State),
    };

    private static SiteMembership StandingOf(SiteState state) => state switch
    {
        SiteState.Awaited => SiteMembership.Awaited,
        SiteState.Retired => SiteMembership.Retired,
        _ => SiteMembership.Active,
    };
}
