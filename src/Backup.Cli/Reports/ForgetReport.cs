using System.Text.Json;
using Backup.Cli.Output;
using Backup.Engine.Runs;

namespace Backup.Cli.Reports;

/// <summary>What <c>forget</c>, <c>pin</c>, <c>unpin</c> and <c>undelete</c> tell.</summary>
internal static class ForgetReport
{
    public static Verdict Print(Printer printer, ForgetOutcome outcome, bool dryRun)
    {
        var verdict = Judge(outcome, dryRun);
        foreach (var warning in outcome.Warnings)
        {
            printer.Note($"warning: {Escape.Text(warning.Place)}: {Escape.Text(warning.Message)}");
        }

        if (printer.Json)
        {
            foreach (var snapshot in outcome.Snapshots)
            {
                printer.Message("item", snapshot, WriteItem);
            }

            printer.Message("summary", outcome, Write);
        }
        else if (printer.Says(verdict.Code))
        {
            printer.Lines(Table(outcome, printer.Zone));
            printer.Lines(outcome.Sites.All(static site => site.State == SiteRunState.Complete) ? [] : Findings.Lines(outcome.Sites));
            printer.Say(verdict);
        }

        return verdict;
    }

    /// <summary>The outcome for one snapshot.</summary>
    /// <param name="printer">Where to.</param>
    /// <param name="outcome">What happened.</param>
    /// <param name="done">What that means, in one sentence.</param>
    /// <param name="dryRun">True if nothing was done.</param>
    public static Verdict PrintChange(Printer printer, SnapshotChangeOutcome outcome, string done, bool dryRun)
    {
        var verdict = Verdict.Of(dryRun
            ? new Conclusion(ExitCode.Done, "Dry run: nothing was changed.")
            : Judgement.OfSites(outcome.Sites, placement: null) ?? new Conclusion(ExitCode.Done, done));
        if (printer.Json)
        {
            printer.Message("summary", outcome, static (json, outcome) =>
            {
                json.WriteId("snapshot", outcome.Id);
                json.WriteString("source", outcome.Source);
                json.WriteTime("time", outcome.Time);
                json.WriteSites(outcome.Sites);
            });
        }
        else if (printer.Says(verdict.Code))
        {
            printer.Line($"{Units.Short(outcome.Id)}  {Units.Local(outcome.Time, printer.Zone)}  {Escape.Text(outcome.Source)}");
            printer.Lines(Findings.Lines(outcome.Sites));
            printer.Say(verdict);
        }

        return verdict;
    }

    private static Verdict Judge(ForgetOutcome outcome, bool dryRun)
    {
        var forgotten = outcome.Snapshots.Count(static snapshot => !snapshot.Keep);
        var what = $"{Units.Count(forgotten, "snapshot")} of {Units.Count(outcome.Snapshots.Count)}";
        var done = forgotten == 0
            ? new Conclusion(ExitCode.Done, "Nothing is to be forgotten.")
            : new Conclusion(ExitCode.Done, $"Forgotten: {what}. `backupctl undelete` brings one back until `backupctl gc` has condemned what it needs.");
        return Verdict.Of(dryRun
            ? new Conclusion(ExitCode.Done, $"Dry run: nothing was changed; {what} would be forgotten.")
            : Judgement.OfSites(outcome.Sites, placement: null) ?? done);
    }

    private static IEnumerable<string> Table(ForgetOutcome outcome, TimeZoneInfo zone)
    {
        var columns = new Columns(new(""), new("ID"), new("TIME"), new("SOURCE"), new("WHY"));
        foreach (var snapshot in outcome.Snapshots)
        {
            columns.Add(
                snapshot.Keep ? "keep" : "forget",
                Units.Short(snapshot.Id),
                Units.Local(snapshot.Time, zone),
                Escape.Text(snapshot.Source),
                Escape.Text(string.Join("; ", snapshot.Reasons)));
        }

        return outcome.Snapshots.Count == 0 ? [] : columns.Lines();
    }

    private static void WriteItem(Utf8JsonWriter json, RetainedSnapshot snapshot)
    {
        json.WriteId("id", snapshot.Id);
        json.WriteString("source", snapshot.Source);
        json.WriteTime("time", snapshot.Time);
        json.WriteString("class", snapshot.Class);
        json.WriteBoolean("keep", snapshot.Keep);
        json.WriteStrings("reasons", snapshot.Reasons);
    }

    private static void Write(Utf8JsonWriter json, ForgetOutcome outcome)
    {
        json.WriteNumber("kept", outcome.Snapshots.Count(static snapshot => snapshot.Keep));
        json.WriteNumber("forgotten", outcome.Snapshots.Count(static snapshot => !snapshot.Keep));
        json.WriteObjects("warnings", outcome.Warnings, Printer.WriteFinding);
        json.WriteSites(outcome.Sites);
    }
}
