using System.Text.Json;
using Backup.Cli.Output;
using Backup.Engine.Runs;

namespace Backup.Cli.Reports;

/// <summary>What <c>sync</c> tells.</summary>
internal static class SyncReport
{
    public static Verdict Print(Printer printer, SyncOutcome outcome, bool dryRun)
    {
        var verdict = Judge(outcome, dryRun);
        if (printer.Json)
        {
            printer.Message("summary", outcome, Write);
        }
        else if (printer.Says(verdict.Code))
        {
            printer.Lines(Lines(outcome, dryRun));
            printer.Say(verdict);
        }

        return verdict;
    }

    internal static Verdict Judge(SyncOutcome outcome, bool dryRun)
    {
        if (dryRun)
        {
            return Verdict.Of(new Conclusion(ExitCode.Done, "Dry run: nothing was copied."));
        }

        var behind = outcome.Sites.Where(site => !site.Complete).Select(site => site.Id).ToArray();
        var conclusions = new List<Conclusion>();
        if (behind.Length > 0)
        {
            conclusions.Add(new Conclusion(
                ExitCode.Degraded,
                $"Still behind: {string.Join(", ", behind)}.",
                "Mend what the message of the site says, then run `backupctl sync` again; it goes on where it stopped."));
        }

        if (!outcome.Placement.Met)
        {
            conclusions.Add(new Conclusion(
                ExitCode.Degraded, $"Degraded: {Judgement.Held(outcome.Placement)}.", behind.Length > 0 ? null : Judgement.AddASite));
        }

        return conclusions.Count > 0
            ? Verdict.Of(conclusions)
            : Verdict.Of(new Conclusion(ExitCode.Done, $"Every site holds the same; {Judgement.Held(outcome.Placement)}."));
    }

    private static IEnumerable<string> Lines(SyncOutcome outcome, bool dryRun)
    {
        var columns = new Columns(
            new(""), new("SITE"), new(dryRun ? "TO COPY" : "COPIED", Right: true), new("SIZE", Right: true), new("PUT BACK", Right: true), new(""));
        foreach (var site in outcome.Sites)
        {
            columns.Add(
                site.Complete ? "✓" : "✗",
                Escape.Text(site.Id),
                Units.Count(site.ObjectsCopied, "object"),
                Units.Size(site.BytesCopied),
                Units.Count(site.Healed),
                Escape.Text(site.Message ?? (site.Complete ? "complete" : "behind")));
        }

        return columns.Lines();
    }

    private static void Write(Utf8JsonWriter json, SyncOutcome outcome)
    {
        json.WriteObjects("sites", outcome.Sites, static (json, site) =>
        {
            json.WriteString("id", site.Id);
            json.WriteNumber("objects_copied", site.ObjectsCopied);
            json.WriteNumber("bytes_copied", site.BytesCopied);
            json.WriteNumber("healed", site.Healed);
            json.WriteBoolean("complete", site.Complete);
            json.WriteString("message", site.Message);
        });
        json.WritePlacement(outcome.Placement);
    }
}
