using System.Text.Json;
using Backup.Cli.Output;
using Backup.Engine.Runs;

namespace Backup.Cli.Reports;

/// <summary>What <c>init</c> tells. The recovery key never stands in JSON.</summary>
internal static class InitReport
{
    public static Verdict Print(Printer printer, InitOutcome outcome, InitRequest request)
    {
        var verdict = Judge(outcome, request);
        if (outcome.RecoverySheet is { } sheet)
        {
            printer.Sheet(sheet);
        }

        if (printer.Json)
        {
            printer.Message("summary", outcome, Write);
        }
        else if (printer.Says(verdict.Code))
        {
            if (!request.DryRun)
            {
                printer.Line($"repository {outcome.Repository}");
            }

            printer.Lines(Findings.Lines(outcome.Sites));
            if (request is { RecoveryOut: { } file, DryRun: false })
            {
                printer.Line($"The recovery key stands in {Escape.Text(file)}.");
                printer.Line("Move it off this machine, into a safe: with it and one city everything can be restored.");
            }

            printer.Say(verdict);
        }

        return verdict;
    }

    internal static Verdict Judge(InitOutcome outcome, InitRequest request)
    {
        if (request.DryRun)
        {
            return Verdict.Of(new Conclusion(ExitCode.Done, "Dry run: nothing was written. The sites called complete would hold the repository."));
        }

        return Verdict.Of(Judgement.OfSites(outcome.Sites, placement: null) switch
        {
            null => new Conclusion(ExitCode.Done, $"Ready at {Units.Count(outcome.Sites.Count, "site")}. Next: `backupctl backup`."),
            { Code: ExitCode.Degraded } lacking =>
                lacking with { Remedy = "Nothing now: a site that was away is awaited, and the next backup that reaches it fills it." },
            var lacking => lacking,
        });
    }

    private static void Write(Utf8JsonWriter json, InitOutcome outcome)
    {
        json.WriteId("repository", outcome.Repository);
        json.WriteSites(outcome.Sites);
    }
}
