using System.Text.Json;
using Backup.Cli.Output;
using Backup.Engine.Runs;

namespace Backup.Cli.Reports;

/// <summary>What <c>backup</c> tells of one source.</summary>
internal static class BackupReport
{
    public static Verdict Print(Printer printer, BackupOutcome outcome, bool dryRun)
    {
        var verdict = Judge(outcome, dryRun);
        if (printer.Json)
        {
            foreach (var finding in outcome.Errors)
            {
                printer.ErrorLine(finding);
            }

            printer.Message("summary", outcome, Write);
        }
        else if (printer.Says(verdict.Code))
        {
            printer.Lines(outcome.Failure is null ? Lines(outcome, dryRun, printer) : []);
            printer.Say(verdict);
        }

        return verdict;
    }

    internal static Verdict Judge(BackupOutcome outcome, bool dryRun)
    {
        if (outcome.Failure is { } failure)
        {
            var conclusion = Conclusion.Of(failure);
            return Verdict.Of(conclusion with { Message = $"{outcome.Source} was not backed up: {conclusion.Message}" });
        }

        var conclusions = new List<Conclusion>();
        if (!dryRun && outcome.Snapshot is null)
        {
            conclusions.Add(new Conclusion(
                ExitCode.NoRepository,
                $"There is no snapshot of {outcome.Source} from this run: no site took it.",
                "Bring at least one site back (its message stands above), then back up again."));
        }
        else if (!dryRun && Judgement.OfSites(outcome.Sites, outcome.Placement) is { } lacking)
        {
            conclusions.Add(lacking);
        }

        if (outcome.Errors.Count > 0)
        {
            conclusions.Add(new Conclusion(
                ExitCode.Incomplete,
                $"{Units.Count(outcome.Errors.Count, "entry", "entries")} of {outcome.Source} could not be read; " +
                    $"everything else {(dryRun ? "can be" : "was")} backed up.",
                "Look at the list, mend the cause or exclude the path in the policy, and back up again."));
        }

        if (conclusions.Count == 0)
        {
            var done = dryRun ? "Dry run: nothing was written." : Judgement.Held(outcome.Placement) + ".";
            conclusions.Add(new Conclusion(ExitCode.Done, done));
        }

        return Verdict.Of(conclusions);
    }

    private static IEnumerable<string> Lines(BackupOutcome outcome, bool dryRun, Printer printer)
    {
        var counts = outcome.Counts;
        var snapshot = outcome.Snapshot is { } id ? $"snapshot {Units.Short(id)}" : dryRun ? "dry run" : "no snapshot";
        yield return $"{Escape.Text(outcome.Source)}: {snapshot}, {Units.Local(outcome.Finished, printer.Zone)}, " +
            $"took {Units.Duration(outcome.Finished - outcome.Started)}";
        yield return $"  {Units.Count(counts.FilesNew)} new, {Units.Count(counts.FilesChanged)} changed, " +
            $"{Units.Count(counts.FilesUnmodified)} unchanged files in " +
            $"{Units.Count(counts.Directories, "directory", "directories")}, {Units.Size(counts.BytesTotal)}";
        var stored = outcome.Snapshot is not null ? $", {Units.Size(counts.BytesStored)} stored at each site" : "";
        yield return $"  {Units.Size(counts.BytesRead)} read, {Units.Size(counts.BytesAdded)} new{stored}";
        foreach (var line in Findings.Lines(outcome.Sites).Concat(printer.Verbose ? Findings.UsageLines(outcome.Sites) : [])
            .Concat(Findings.Lines("not read", outcome.Errors, printer.Verbose))
            .Concat(Findings.Lines("worth knowing", outcome.Warnings, printer.Verbose)))
        {
            yield return line;
        }
    }

    private static void Write(Utf8JsonWriter json, BackupOutcome outcome)
    {
        json.WriteString("source", outcome.Source);
        json.WriteId("snapshot", outcome.Snapshot);
        json.WriteTime("started", outcome.Started);
        json.WriteTime("finished", outcome.Finished);
        json.WriteNumber("files_new", outcome.Counts.FilesNew);
        json.WriteNumber("files_changed", outcome.Counts.FilesChanged);
        json.WriteNumber("files_unmodified", outcome.Counts.FilesUnmodified);
        json.WriteNumber("dirs", outcome.Counts.Directories);
        json.WriteNumber("others", outcome.Counts.Others);
        json.WriteNumber("bytes_read", outcome.Counts.BytesRead);
        json.WriteNumber("bytes_added", outcome.Counts.BytesAdded);
        json.WriteNumber("bytes_stored", outcome.Counts.BytesStored);
        json.WriteNumber("bytes_total", outcome.Counts.BytesTotal);
        json.WriteNumber("errors", outcome.Errors.Count);
        json.WriteObjects("warnings", outcome.Warnings, Printer.WriteFinding);
        json.WriteSites(outcome.Sites);
        json.WritePlacement(outcome.Placement);
    }
}
