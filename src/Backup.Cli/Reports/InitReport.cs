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
            printer.Line($"repository {outcome.Repository}");
            printer.Lines(Findings.Lines(outcome.Sites));
            if (request is { RecoveryOut: { } file, DryRun: false })
            {
                printer.Line($"The recovery key stands in {Escape.Text(file)}. Move it off this machine, into a safe: with it and one city everything can be restored.");
            }

            printer.Say(verdict);
        }

        return verdict;
    }

    internal static Verdict Judge(InitOutcome outcome, InitRequest request)
    {
        if (request.DryRun)
        {
            return Verdict.Of(new Conclusion(ExitCode.Done, "dry run: nothing was written"));
        }

        return Judgement.OfSites(outcome.Sites, placement: null) is { } lacking
            ? Verdict.Of(lacking.Code == ExitCode.Degraded ? lacking with { Remedy = "the repository is usable; a site that was away is awaited, and the next backup fills it" } : lacking)
            : Verdict.Of(new Conclusion(ExitCode.Done, $"ready at {Units.Count(outcome.Sites.Count, "site")}; next: `backupctl backup`"));
    }

    private static void Write(Utf8JsonWriter json, InitOutcome outcome)
    {
        json.WriteId("repository", outcome.Repository);
        json.WriteSites(outcome.Sites);
    }
}
