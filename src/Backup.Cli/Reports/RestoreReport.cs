using System.Text.Json;
using Backup.Cli.Output;
using Backup.Engine.Runs;
using Backup.Engine.Sources;

namespace Backup.Cli.Reports;

/// <summary>What <c>restore</c> tells.</summary>
internal static class RestoreReport
{
    public static Verdict Print(Printer printer, RestoreOutcome outcome, RestoreRequest request)
    {
        var verdict = Judge(outcome, request, printer.Zone);
        if (printer.Json)
        {
            foreach (var finding in outcome.Errors)
            {
                printer.ErrorLine(finding);
            }

            foreach (var damage in outcome.Damage)
            {
                printer.ErrorLine(damage);
            }

            printer.Message("summary", outcome, Write);
        }
        else if (printer.Says(verdict.Code))
        {
            printer.Lines(Lines(outcome, request, printer));
            printer.Say(verdict);
        }

        return verdict;
    }

    internal static Verdict Judge(RestoreOutcome outcome, RestoreRequest request, TimeZoneInfo zone)
    {
        var conclusions = new List<Conclusion>();
        if (outcome.Damage.Count > 0)
        {
            var effect = outcome.Errors.Count == 0
                ? "everything came back whole from elsewhere."
                : "what could not be read anywhere is listed above.";
            conclusions.Add(Judgement.Damage(outcome.Damage.Count, effect));
        }

        if (outcome.StaleSince is { } since)
        {
            conclusions.Add(Judgement.Stale(since, zone));
        }

        if (outcome.Absent.Count > 0)
        {
            conclusions.Add(Judgement.Absent(outcome.Absent));
        }

        if (outcome.Errors.Count > 0)
        {
            conclusions.Add(new Conclusion(
                ExitCode.Incomplete,
                $"{Units.Count(outcome.Errors.Count, "entry", "entries")} could not be restored as recorded.",
                "Look at the list; owners, device nodes and some attributes need root."));
        }

        conclusions.AddRange(LeftOut(outcome, request));
        if (conclusions.Count == 0 && request.Include.Count > 0 && outcome is { Files: 0, Links: 0, Directories: 0 })
        {
            conclusions.Add(new Conclusion(
                ExitCode.Failed, "Nothing in the snapshot matches --include: nothing was restored.", "`backupctl ls` and `backupctl find` show what is there."));
        }

        if (conclusions.Count == 0)
        {
            conclusions.Add(new Conclusion(ExitCode.Done, (request.DryRun, outcome.Erased) switch
            {
                (true, _) => "Dry run: nothing was written.",
                (_, > 0) => "Restored; only erased parts are missing.",
                _ => "Restored completely.",
            }));
        }

        return Verdict.Of(conclusions);
    }

    private static IEnumerable<Conclusion> LeftOut(RestoreOutcome outcome, RestoreRequest request)
    {
        if (outcome.Restricted > 0)
        {
            yield return new Conclusion(
                ExitCode.Incomplete,
                $"{Units.Count(outcome.Restricted, "part")} of it {(outcome.Restricted == 1 ? "is" : "are")} restricted, or about to be erased: not restored.",
                "`backupctl subject release` ends a restriction.");
        }

        if (outcome.Skipped > 0)
        {
            yield return new Conclusion(
                ExitCode.Incomplete,
                outcome.Skipped == 1
                    ? "1 entry existed and was left as it is."
                    : $"{Units.Count(outcome.Skipped)} entries existed and were left as they are.",
                "Restore into an empty directory, or choose --overwrite always|if-changed|if-newer " +
                    $"(now: {OverwriteNames.Of(request.Overwrite)}).");
        }
    }

    private static IEnumerable<string> Lines(RestoreOutcome outcome, RestoreRequest request, Printer printer)
    {
        yield return $"snapshot {Units.Short(outcome.Snapshot)} {(request.DryRun ? "would go" : "went")} to {Escape.Text(request.Target)}";
        var from = outcome.SitesUsed.Count == 0 ? "" : " from " + Escape.Text(string.Join(", ", outcome.SitesUsed));
        yield return $"  {Units.Count(outcome.Files, "file")}, {Units.Count(outcome.Directories, "directory", "directories")}, " +
            $"{Units.Count(outcome.Links, "link")}, {Units.Size(outcome.Bytes)} in {Units.Duration(outcome.Elapsed)}{from}";
        if (outcome.Erased > 0)
        {
            yield return outcome.Erased == 1
                ? "  1 part is missing because it was erased"
                : $"  {Units.Count(outcome.Erased)} parts are missing because they were erased";
        }

        foreach (var line in Findings.Lines("not restored as recorded, or left as it was", outcome.Errors, printer.Verbose)
            .Concat(Findings.Lines(outcome.Damage, "read from another site", printer.Verbose)))
        {
            yield return line;
        }
    }

    private static void Write(Utf8JsonWriter json, RestoreOutcome outcome)
    {
        json.WriteId("snapshot", outcome.Snapshot);
        json.WriteNumber("files", outcome.Files);
        json.WriteNumber("dirs", outcome.Directories);
        json.WriteNumber("links", outcome.Links);
        json.WriteNumber("bytes", outcome.Bytes);
        json.WriteNumber("skipped", outcome.Skipped);
        json.WriteNumber("erased", outcome.Erased);
        json.WriteNumber("restricted", outcome.Restricted);
        json.WriteNumber("errors", outcome.Errors.Count);
        json.WriteNumber("damage", outcome.Damage.Count);
        json.WriteStrings("sites_used", outcome.SitesUsed);
        json.WriteTime("stale_since", outcome.StaleSince);
        json.WriteStrings("sites_absent", [.. outcome.Absent.Select(static site => site.Id)]);
        json.WriteSeconds("seconds", outcome.Elapsed);
    }
}

/// <summary>The words of <c>--overwrite</c>.</summary>
internal static class OverwriteNames
{
    public static string[] All { get; } = ["never", "always", "if-changed", "if-newer"];

    public static string Of(OverwriteMode mode) => All[(int)mode];

    public static OverwriteMode Parse(string? name) => (OverwriteMode)Math.Max(0, Array.IndexOf(All, name));
}
