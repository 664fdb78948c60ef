using System.Text.Json;
using Backup.Cli.Output;
using Backup.Engine.Runs;

namespace Backup.Cli.Reports;

/// <summary>What <c>site</c> and <c>takeover</c> tell.</summary>
internal static class SiteReport
{
    public static void PrintList(Printer printer, IReadOnlyList<SiteItem> sites)
    {
        if (printer.Json)
        {
            foreach (var site in sites)
            {
                printer.Message("item", site, WriteItem);
            }

            return;
        }

        var columns = new Columns(new("SITE"), new("KIND"), new("CITY"), new("STANDING"), new(""));
        foreach (var site in sites)
        {
            columns.Add(
                Escape.Text(site.Id),
                Escape.Text(site.Kind),
                Findings.Place(site.City, site.Country),
                Standing(site.Standing),
                Escape.Text(site.Message ?? ""));
        }

        printer.Lines(columns.Lines());
    }

    public static Verdict PrintChange(Printer printer, SiteChangeOutcome outcome, bool retired, bool dryRun)
    {
        var verdict = Judge(outcome, retired, dryRun);
        if (printer.Json)
        {
            printer.Message("summary", outcome, static (json, outcome) =>
            {
                json.WriteObjects("sites", [outcome.Site], SiteJson.WriteSite);
                json.WritePlacement(outcome.Placement);
            });
        }
        else if (printer.Says(verdict.Code))
        {
            printer.Lines(Findings.Lines([outcome.Site]));
            printer.Say(verdict);
        }

        return verdict;
    }

    public static Verdict PrintTakeover(Printer printer, TakeoverOutcome outcome, bool dryRun)
    {
        var verdict = JudgeTakeover(outcome, dryRun);
        if (printer.Json)
        {
            printer.Message("summary", outcome, static (json, outcome) =>
            {
                json.WriteNumber("term", outcome.Term);
                json.WriteStrings("heads", [.. outcome.Heads.Select(head => head.ToString())]);
                json.WriteSites(outcome.Sites);
            });
        }
        else if (printer.Says(verdict.Code))
        {
            var heads = string.Join(", ", outcome.Heads.Select(Units.Short));
            printer.Line($"term {Units.Count(outcome.Term)}, which joins {Units.Count(outcome.Heads.Count, "ledger head")}: {heads}");
            printer.Lines(Findings.Lines(outcome.Sites));
            printer.Say(verdict);
        }

        return verdict;
    }

    internal static Verdict Judge(SiteChangeOutcome outcome, bool retired, bool dryRun)
    {
        if (dryRun)
        {
            return Verdict.Of(new Conclusion(ExitCode.Done, $"Dry run: nothing was changed. After it, {Judgement.Held(outcome.Placement)}."));
        }

        if (!retired)
        {
            return Verdict.Of(Judgement.OfSites([outcome.Site], outcome.Placement)
                ?? new Conclusion(ExitCode.Done, $"{outcome.Site.Id} belongs to the repository; {Judgement.Held(outcome.Placement)}."));
        }

        var done = $"{outcome.Site.Id} is retired and counts nowhere; what stands there was not touched.";
        return Verdict.Of(outcome.Placement.Met
            ? new Conclusion(ExitCode.Done, $"{done} {Judgement.Held(outcome.Placement)}.")
            : new Conclusion(ExitCode.Degraded, $"{done} Degraded: {Judgement.Held(outcome.Placement)}.", Judgement.AddASite));
    }

    internal static Verdict JudgeTakeover(TakeoverOutcome outcome, bool dryRun)
    {
        if (dryRun)
        {
            return Verdict.Of(new Conclusion(ExitCode.Done, "Dry run: the owner was not changed."));
        }

        const string Owner = "This host owns the repository now.";
        return Verdict.Of(Judgement.OfSites(outcome.Sites, placement: null) switch
        {
            null => new Conclusion(ExitCode.Done, Owner + " Make sure that no other host still backs up to it."),
            { Code: ExitCode.Degraded } lacking => lacking with
            {
                Message = $"{Owner} {lacking.Message}",
                Remedy = "Bring these sites back. Until they have been read, this host only backs up: nothing is erased or deleted.",
            },
            var lacking => lacking,
        });
    }

    private static string Standing(SiteMembership standing) => standing switch
    {
        SiteMembership.Active => "active",
        SiteMembership.Awaited => "awaited",
        SiteMembership.Lost => "LOST",
        SiteMembership.Retired => "retired",
        _ => "not added",
    };

    private static void WriteItem(Utf8JsonWriter json, SiteItem site)
    {
        json.WriteString("id", site.Id);
        json.WriteString("kind", site.Kind);
        json.WriteString("city", site.City);
        json.WriteString("country", site.Country);
        json.WriteString("standing", Standing(site.Standing).ToLowerInvariant().Replace(' ', '-'));
        json.WriteString("message", site.Message);
    }
}
