using System.Text.Json;
using Backup.Cli.Output;
using Backup.Engine.Runs;

namespace Backup.Cli.Reports;

/// <summary>What <c>hold</c> tells.</summary>
internal static class HoldReport
{
    public static void PrintList(Printer printer, IReadOnlyList<HoldItem> holds)
    {
        if (printer.Json)
        {
            foreach (var hold in holds)
            {
                printer.Message("item", hold, Write);
            }

            return;
        }

        var columns = new Columns(new("HOLD"), new("CLASS"), new("SUBJECT"), new("UNTIL"), new("REASON"), new(""));
        foreach (var hold in holds)
        {
            columns.Add(
                hold.Id.ToString()[..8],
                Escape.Text(hold.Class ?? "all"),
                Escape.Text(hold.Subject ?? "everybody"),
                Units.LocalDate(hold.Until.AddSeconds(-1), printer.Zone),
                Escape.Text(hold.Reason),
                hold.Ended ? "ended" : "");
        }

        printer.Lines(columns.Lines());
    }

    public static Verdict PrintChange(Printer printer, HoldItem hold, string done, bool dryRun)
    {
        var verdict = Verdict.Of(new Conclusion(ExitCode.Done, dryRun ? "Dry run: nothing was changed." : done));
        if (printer.Json)
        {
            printer.Message("summary", hold, Write);
        }
        else if (printer.Says(verdict.Code))
        {
            printer.Line($"hold {hold.Id.ToString()[..8]}");
            printer.Say(verdict);
        }

        return verdict;
    }

    private static void Write(Utf8JsonWriter json, HoldItem hold)
    {
        json.WriteString("id", hold.Id.ToString());
        json.WriteString("class", hold.Class);
        json.WriteString("subject", hold.Subject);
        json.WriteTime("until", hold.Until);
        json.WriteString("reason", hold.Reason);
        json.WriteBoolean("ended", hold.Ended);
    }
}
