using System.Text.Json;
using Backup.Cli.Output;
using Backup.Engine.Runs;

namespace Backup.Cli.Reports;

/// <summary>What <c>gc</c> tells.</summary>
internal static class GcReport
{
    public static Verdict Print(Printer printer, GcOutcome outcome, bool dryRun)
    {
        var verdict = Judge(outcome, dryRun);
        if (printer.Json)
        {
            printer.Message("summary", outcome, Write);
        }
        else if (printer.Says(verdict.Code))
        {
            printer.Line($"condemned  {Sum(outcome.Condemned)}, {outcome.FreedPercent:0.#} % of the data");
            printer.Line($"rewritten  {Units.Count(outcome.Rewritten.Objects, "pack")}, {Units.Size(outcome.Rewritten.Bytes)}");
            printer.Lines(Table(outcome));
            printer.Lines(Findings.Lines("to know", outcome.Warnings, printer.Verbose));
            printer.Say(verdict);
        }

        return verdict;
    }

    internal static Verdict Judge(GcOutcome outcome, bool dryRun)
    {
        var conclusions = new List<Conclusion>();
        if (outcome.Lost > 0)
        {
            conclusions.Add(new Conclusion(
                ExitCode.Damage,
                $"{Units.Count(outcome.Lost, "blob")} that snapshots need {(outcome.Lost == 1 ? "stands" : "stand")} in no pack.",
                "Run `backupctl verify`: it says which objects are missing where, and --heal puts back what another site has."));
        }

        var kept = outcome.Sites.Where(static site => site.Message is not null).Select(static site => site.City).ToList();
        if (kept.Count > 0)
        {
            conclusions.Add(new Conclusion(
                ExitCode.Degraded,
                $"Nothing was deleted in: {string.Join(", ", kept)}.",
                "Its line above says why. Nothing is lost: the next gc after it is right again deletes there."));
        }

        if (conclusions.Count > 0)
        {
            return Verdict.Of(conclusions);
        }

        return Verdict.Of(new Conclusion(ExitCode.Done, (dryRun, outcome.Finished) switch
        {
            (true, _) => "Dry run: nothing was changed.",
            (_, false) => "The time was over: the next gc goes on.",
            _ when outcome.Sites.Any(static site => site.Waiting.Objects > 0) => "What was condemned is deleted by a gc after its grace is over.",
            _ => "Nothing more is to be freed.",
        }));
    }

    private static string Sum(ObjectSum sum) => $"{Units.Count(sum.Objects, "object")}, {Units.Size(sum.Bytes)}";

    private static IEnumerable<string> Table(GcOutcome outcome)
    {
        var columns = new Columns(
            new(""), new("SITE"), new("DELETED", Right: true), new("SIZE", Right: true), new("LEFTOVERS", Right: true), new("WAITING", Right: true), new(""));
        foreach (var site in outcome.Sites)
        {
            columns.Add(
                site.Message is null ? "✓" : "✗",
                Escape.Text(site.Id),
                Units.Count(site.Deleted.Objects),
                Units.Size(site.Deleted.Bytes),
                Units.Count(site.Leftovers.Objects),
                Units.Count(site.Waiting.Objects),
                Escape.Text(site.Message ?? (site.RetainedUntil is { } until ? $"the store keeps it until {Units.Utc(until)}" : "")));
        }

        return columns.Lines();
    }

    private static void Write(Utf8JsonWriter json, GcOutcome outcome)
    {
        json.WriteNumber("condemned_objects", outcome.Condemned.Objects);
        json.WriteNumber("condemned_bytes", outcome.Condemned.Bytes);
        json.WriteNumber("rewritten_packs", outcome.Rewritten.Objects);
        json.WriteNumber("rewritten_bytes", outcome.Rewritten.Bytes);
        json.WriteNumber("freed_percent", Math.Round(outcome.FreedPercent, 2));
        json.WriteNumber("lost_blobs", outcome.Lost);
        json.WriteBoolean("finished", outcome.Finished);
        json.WriteObjects("warnings", outcome.Warnings, Printer.WriteFinding);
        json.WriteObjects("sites", outcome.Sites, static (json, site) =>
        {
            json.WriteString("id", site.Id);
            json.WriteString("city", site.City);
            json.WriteNumber("deleted_objects", site.Deleted.Objects);
            json.WriteNumber("deleted_bytes", site.Deleted.Bytes);
            json.WriteNumber("leftover_objects", site.Leftovers.Objects);
            json.WriteNumber("leftover_bytes", site.Leftovers.Bytes);
            json.WriteNumber("waiting_objects", site.Waiting.Objects);
            json.WriteNumber("waiting_bytes", site.Waiting.Bytes);
            json.WriteTime("retained_until", site.RetainedUntil);
            json.WriteString("message", site.Message);
        });
    }
}
