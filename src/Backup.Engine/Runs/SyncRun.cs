namespace Backup.Engine.Runs;

/// <summary>Brings every site to the same state: keys and ledger first, then each object that a site lacks, byte for byte from one that has it.</summary>
public static class SyncRun
{
    /// <summary>Copies what is lacking, and names in the ledger what is complete by that. Goes on where an interrupted one stopped.</summary>
    /// <exception cref="BackupException">
    /// Exit 2: a site is not in the policy, or is none of the repository. Exit 11: this machine is not the owner, or something else holds the place that
    /// is to be rebuilt.
    /// </exception>
    public static async Task<SyncOutcome> RunAsync(RunContext context, SyncRequest request, CancellationToken cancellation)
    {
        Require(context, request.From);
        Require(context, request.To);
        await using var session = request.DryRun
            ? await Session.OpenAsync(context, new ReadOptions(), cancellation)
            : await Session.OpenForWritingAsync(context, "sync", cancellation);
        var planned = request is { Rebuild: true, DryRun: true } && session.IsToRebuild(request.To!);
        if (request is { Rebuild: true, DryRun: false })
        {
            await session.RebuildAsync(request.To!, cancellation);
        }

        if (request.From is { } from)
        {
            session.ReadFrom(from);
        }

        await Task.WhenAll(session.Sites.Select(site => session.SurveyAsync(site, cancellation)));
        IReadOnlyList<SyncedSite> filled = request.DryRun ? [] : await session.FillAsync(new FillOptions { Sites = site => request.To is null || site.Id == request.To }, cancellation);
        if (!request.DryRun)
        {
            await Erasure.ResumeAsync(session, cancellation);
        }

        var sites = session.Sites.Where(site => request.To is null || site.Id == request.To)
            .Select(site => filled.FirstOrDefault(done => done.Id == site.Id) ?? (planned ? Planned(session, site) : Untouched(session, site, request.DryRun)));
        return new SyncOutcome([.. sites], session.Placement());
    }

    /// <summary>A site that got nothing: it lacks nothing, it is away, or nothing was to be done.</summary>
    private static SyncedSite Untouched(Session session, SessionSite site, bool dryRun)
    {
        var missing = session.SurveyOf(site)?.Missing ?? [];
        return dryRun
            ? new SyncedSite(site.Id, missing.Count, missing.Sum(static item => item.Length), 0, site.Serves && missing.Count == 0, site.Site.Failure?.Reason)
            : new SyncedSite(site.Id, 0, 0, 0, site.Site.IsUp && missing.Count == 0, site.Site.Failure?.Reason);
    }

    /// <summary>What a site gets that is to be filled anew: everything.</summary>
    private static SyncedSite Planned(Session session, SessionSite site)
    {
        var objects = session.ExpectedObjects();
        return new SyncedSite(site.Id, objects.Count, objects.Values.Sum(), 0, false, "would be filled anew");
    }

    private static void Require(RunContext context, string? site)
    {
        if (site is not null && context.Policy.Sites.All(config => config.Id != site))
        {
            throw new BackupException(FailureKind.Usage, $"The policy has no site '{site}'.", $"Its sites are {string.Join(", ", context.Policy.Sites.Select(static config => config.Id))}.");
        }
    }
}
