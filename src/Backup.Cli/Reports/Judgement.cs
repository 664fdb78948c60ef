using Backup.Cli.Output;
using Backup.Engine.Runs;

namespace Backup.Cli.Reports;

/// <summary>Conclusions that several commands draw in the same words.</summary>
internal static class Judgement
{
    /// <summary>
    /// From the sites of a run that writes. None took part: 10. A site failed, or fewer cities hold everything than the placement
    /// demands: 20. A site that is only behind while the placement is met is normal: its backlog comes with the next run.
    /// </summary>
    public static Conclusion? OfSites(IReadOnlyList<SiteOutcome> sites, PlacementOutcome? placement)
    {
        var failed = sites.Where(site => site.State == SiteRunState.Failed).ToArray();
        if (sites.Count > 0 && failed.Length == sites.Count)
        {
            return new Conclusion(
                ExitCode.NoRepository,
                "None of the sites took part.",
                "Bring at least one site back (its message stands above), then run it again.");
        }

        var lacking = sites.Where(site => site.State != SiteRunState.Complete).ToArray();
        if (failed.Length == 0 && placement is null or { Met: true })
        {
            return null;
        }

        var reached = placement is null ? Reached(sites) : Held(placement);
        var message = lacking.Length == 0 ? $"Degraded: {reached}." : $"Degraded: {reached}; missing: {Names(lacking)}.";
        return new Conclusion(ExitCode.Degraded, message, Remedy(failed.Length, lacking.Length));
    }

    /// <summary>What to do about a placement that is not met, when no site is to blame.</summary>
    public const string AddASite = "Add a site in another city to the policy, then run `backupctl site add`.";

    /// <summary><c>3 of 3 cities hold it</c>.</summary>
    public static string Held(PlacementOutcome placement) =>
        placement.CompleteCities > placement.RequiredCities
            ? $"{Units.Count(placement.CompleteCities, "city", "cities")} hold it, {placement.RequiredCities} demanded"
            : $"{placement.CompleteCities} of {Units.Count(placement.RequiredCities, "city", "cities")} {(placement.RequiredCities == 1 ? "holds" : "hold")} it";

    /// <summary>What a list or a <c>dump</c> met on its way that its result does not show.</summary>
    public static Verdict OfReading(RunContext context, TimeZoneInfo zone)
    {
        var conclusions = new List<Conclusion>();
        if (context.Damage.Count > 0)
        {
            conclusions.Add(Damage(context.Damage.Count, "the bytes came whole from elsewhere."));
        }

        if (context.StaleSince is { } since)
        {
            conclusions.Add(Stale(since, zone));
        }

        if (context.Absent.Count > 0)
        {
            conclusions.Add(Absent(context.Absent));
        }

        return Verdict.Of(conclusions);
    }

    public static Conclusion Damage(int places, string effect) => new(
        ExitCode.Damage,
        $"Damage was met in {Units.Count(places, "object")}: {effect}",
        "Run `backupctl verify --heal` to put whole objects back.");

    /// <summary>Of several sites some did not answer: what was asked for is right, and yet a city is missing.</summary>
    public static Conclusion Absent(IReadOnlyList<SiteOutcome> sites) => new(
        ExitCode.Degraded,
        $"Degraded: {string.Join("; ", sites.Select(static site => Escape.Text($"{site.City} ({site.Id}) took no part: {site.Message}")))}.",
        "What was read from the others is right. Bring the site back, or name one with --site.");

    public static Conclusion Stale(DateTimeOffset since, TimeZoneInfo zone) => new(
        ExitCode.Degraded,
        $"Only a stale site answered: a newer state of {Units.Local(since, zone)} is known and could not be read.",
        "Bring the other sites back and repeat it, or keep this result knowing that newer snapshots exist.");

    private static string Remedy(int failed, int lacking) => (failed, lacking) switch
    {
        ( > 0, _) => "Their lines above say why. Bring them back; the next backup, or `backupctl sync`, completes them (a lost one comes back only as its line says).",
        (_, > 0) => "Nothing is lost: the next backup, or `backupctl sync`, brings the rest.",
        _ => AddASite,
    };

    private static string Reached(IReadOnlyList<SiteOutcome> sites) =>
        $"{sites.Count(site => site.State == SiteRunState.Complete)} of {Units.Count(sites.Count, "site")} reached";

    private static string Names(IReadOnlyList<SiteOutcome> sites) =>
        string.Join(", ", sites.Select(site => $"{site.City} ({(site.State == SiteRunState.Pending ? "pending" : "failed")})"));
}
