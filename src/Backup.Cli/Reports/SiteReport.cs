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
            columns.Add(Escape.Text(site.Id), Escape.Text(site.Kind), Findings.Place(site.City, site.Country), Standing(site.Standing), Escape.Text(site.Message ?? ""));
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
            printer.Line($"term {Units.Count(outcome.Term)}, which joins {Units.Count(outcome.Heads.Count, "ledger head")}: {string.Join(", ", outcome.Heads.Select(Units.Short))}");
            printer.Lines(Findings.Lines(outcome.Sites));
            printer.Say(verdict);
        }

        return verdict;
    }

    internal static Verdict Judge(SiteChangeOutcome outcome, bool retired, bool dryRun)
    {
        if (dryRun)
        {
            return Verdict.Of(new Conclusion(ExitCode.Done, "dry run: nothing was changed; after it, " + Judgement.Held(outcome.Placement)));
        }

        var done = retired ? $"{outcome.Site.Id} is retired and counts nowhere; what stands there was not touched" : $"{outcome.Site.Id} belongs to the repository";
        if (retired)
        {
            return Verdict.Of(outcome.Placement.Met
                ? new Conclusion(ExitCode.Done, $"{done}; {Judgement.Held(outcome.Placement)}")
                : new Conclusion(ExitCode.Degraded, $"{done}; degraded: {Judgement.Held(outcome.Placement)}", "add a site in another city to the policy, then run `backupctl site add`"));
        }

        return Judgement.OfSites([outcome.Site], outcome.Placement) is { } lacking
            ? Verdict.Of(lacking)
            : Verdict.Of(new Conclusion(ExitCode.Done, $"{done}; {Judgement.Held(outcome.Placement)}"));
    }

    internal static Verdict JudgeTakeover(TakeoverOutcome outcome, bool dryRun)
    {
        if (dryRun)
        {
            return Verdict.Of(new Conclusion(ExitCode.Done, "dry run: the owner was not changed"));
        }

        return Judgement.OfSites(outcome.Sites, placement: null) is { } lacking
            ? Verdict.Of(lacking.Code == ExitCode.Degraded
                ? lacking with { Message = "this host owns the repository now; " + lacking.Message, Remedy = "until these sites have been read, this host only backs up: nothing is erased or deleted" }
                : lacking)
            : Verdict.Of(new Conclusion(ExitCode.Done, "this host owns the repository now; make sure that no other host still backs up to it"));
    }

    private static string Standing(SiteStanding standing) => standing switch
    {
        SiteStanding.Active => "active",
        SiteStanding.Awaited => "awaited",
        SiteStanding.Lost => "LOST",
        SiteStanding.Retired => "retired",
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
