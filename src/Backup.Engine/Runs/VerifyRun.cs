using Backup.Engine.Format;
using Backup.Engine.Indexing;
using Backup.Engine.Ledger;
using Backup.Engine.Policies;

namespace Backup.Engine.Runs;

/// <summary>
/// Compares every site with what must be there: names and lengths by its listing, bytes by their hashes, and, where asked, every blob by its id. Damage is
/// located, remembered, and with <c>--heal</c> put right from another site. Nothing is deleted that has no better copy.
/// </summary>
public static class VerifyRun
{
    /// <summary>Runs beside backups and everything else; two of its kind never go at once.</summary>
    /// <exception cref="BackupException">Exit 2, 10, 11 (also: healing is the owner's), 12. What concerns one site only is in its outcome.</exception>
    public static async Task<VerifyOutcome> RunAsync(RunContext context, VerifyRequest request, CancellationToken cancellation)
    {
        // 1. Open all that is known, whichever site is asked: what is healed comes from the others.
        RequireKnown(context, request.Site);
        using var alone = StateDirectory.Open(context.StatePath).LockRun("verify");
        await using var session = await Session.OpenToCheckAsync(context, cancellation);
        var sites = session.Sites.Where(site => request.Site is { } asked ? site.Id == asked : site.Record is not { State: SiteState.Retired }).ToList();
        if (request is { Heal: true, DryRun: false } && session.Owner is null)
        {
            throw new BackupException(
                FailureKind.NotOwner,
                "Healing writes to the sites, and this machine does not own the repository.",
                "Run it on the owner, or `backupctl takeover` here first. Verifying without --heal needs no ownership.");
        }

        // 2. What must be there.
        var required = RequiredObject.All(session);
        var snapshots = session.Ledger.Snapshots.Select(static snapshot => snapshot.Id).ToHashSet();

        // 3. Each site: list, read, compare, heal. Those that are far away are read at the same time.
        var checks = new List<(SiteCheck Check, CheckedSite Result)>();
        var all = sites.ConvertAll(site => new SiteCheck(session, site, request));
        var far = all.FindAll(static check => check.IsFar);
        await Task.WhenAll(far.Select(check => check.ReadAsync(required, far.Count, cancellation)));
        foreach (var check in all)
        {
            await (check.IsFar ? Task.CompletedTask : check.ReadAsync(required, 1, cancellation));
            checks.Add((check, await check.JudgeAsync(required, cancellation)));
        }

        // 4. Remember what was found: here, and in the ledger.
        var results = checks.ConvertAll(static item => item.Result);
        var outcome = await OutcomeAsync(session, request, results, cancellation);
        if (!request.DryRun)
        {
            results.ForEach(result => Remember(session, result));
            var facts = checks.SelectMany(static item => item.Check.Facts(item.Result)).ToList();
            var up = sites.Where(static site => site.Site.IsUp).ToList();
            await new CheckRecord(session, LedgerKind.Verified).WriteAsync(facts, Completed(results, snapshots), cancellation);
            outcome = outcome with { Refusing = [.. up.Where(static site => !site.Site.IsUp).Select(static site =>
                new SiteOutcome(site.Id, site.Config.City, site.Config.Country, SiteRunState.Failed, site.Site.Failure?.Reason))] };
        }

        return outcome;
    }

    private static void RequireKnown(RunContext context, string? site)
    {
        if (site is not null && context.Policy.Sites.All(one => one.Id != site))
        {
            var known = string.Join(", ", context.Policy.Sites.Select(static one => one.Id));
            throw new BackupException(FailureKind.Usage, $"The policy has no site '{site}'.", $"Its sites are {known}.");
        }
    }

    private static async Task<VerifyOutcome> OutcomeAsync(Session session, VerifyRequest request, List<CheckedSite> results, CancellationToken cancellation)
    {
        var damage = new List<DamageFinding>();
        foreach (var result in results)
        {
            foreach (var fault in result.Faults.Where(static fault => !fault.IsPending))
            {
                var plan = request is { Heal: true, DryRun: true } ? await PlanAsync(session, result, fault, cancellation) : "";
                damage.Add(new DamageFinding(result.Site.Id, fault.Object.Name, fault.What + plan, result.Healed.Contains(fault)));
            }
        }

        // A site that was not asked neither helps nor hurts.
        static int CityCount(IEnumerable<CheckedSite> results) => Cities.Of(results.Select(static result => result.Site.Config)).Count;
        var demanded = session.Context.Policy.Placement.Cities;
        var placement = new PlacementOutcome(
            request.Site is null ? demanded : Math.Min(demanded, CityCount(results)),
            CityCount(results.Where(static result => result.IsWhole)));
        return new VerifyOutcome([.. results.Select(Describe)], damage, placement) { StaleSince = session.Context.StaleSince };
    }

    private static async Task<string> PlanAsync(Session session, CheckedSite result, SiteFault fault, CancellationToken cancellation) =>
        await new SiteHealing(session, result.Site.Site).SourceAsync(fault, cancellation) is { } source
            ? $" (would be put back from {source})"
            : " (no site has it whole)";

    private static VerifiedSite Describe(CheckedSite result) => new(
        result.Site.Id,
        result.Objects,
        result.Bytes,
        result.Missing,
        result.Damaged,
        result.Unreferenced,
        result.Healed.Count,
        result.HashesPercent,
        result.ReadDataPercent,
        result.Message)
    {
        City = result.Site.Config.City,
        Pending = result.Left.Count(static fault => fault.IsPending),
    };

    /// <summary>So that <c>status</c> counts as damaged what is, until it is healed or read again and found good.</summary>
    private static void Remember(Session session, CheckedSite result)
    {
        if (result.Plan is not { } plan)
        {
            return;
        }

        var bad = result.Left.Where(static fault => fault.Fault == CopyFault.Damaged)
            .Select(static fault => new FaultyCopy(fault.Object.Class, fault.Object.Hash, CopyFault.Damaged)).ToHashSet();
        var read = plan.Hashed.Concat(plan.Opened.Values).Concat(result.Healed.Select(static fault => fault.Object))
            .Select(static item => item.Hash).ToHashSet();
        foreach (var known in session.Catalog.Faults(result.Site.Id).Where(known => !bad.Remove(known)))
        {
            if ((result.Message is null && read.Contains(known.Id)) || !session.IsRequired(known))
            {
                session.Catalog.ClearFault(result.Site.Id, known.Id);
            }
        }

        // Until the catalog knows every site, what is damaged at one would count as lost.
        foreach (var site in bad.Count == 0 ? [] : session.Sites.Where(static site => site.Record is { State: not SiteState.Retired }))
        {
            session.Catalog.AddSite(site.Id);
        }

        foreach (var fault in bad)
        {
            session.Catalog.AddFault(result.Site.Id, fault);
        }
    }

    /// <summary>Snapshots that were there when the check began stand complete where nothing is missing.</summary>
    private static IReadOnlyList<CompleteSnapshot> Completed(List<CheckedSite> results, HashSet<Hash> snapshots) =>
        [.. results.Where(static result => result is { Message: null, Plan: not null } && result.Left.All(static fault => fault.Fault == CopyFault.Damaged))
            .SelectMany(result => snapshots.Select(snapshot => new CompleteSnapshot(snapshot, result.Site.Id)))];
}
