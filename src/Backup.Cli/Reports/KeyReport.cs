using System.Text.Json;
using Backup.Cli.Output;
using Backup.Engine.Runs;

namespace Backup.Cli.Reports;

/// <summary>What the <c>key</c> commands tell.</summary>
internal static class KeyReport
{
    public static void PrintList(Printer printer, IReadOnlyList<KeyItem> slots)
    {
        if (printer.Json)
        {
            foreach (var slot in slots)
            {
                printer.Message("item", slot, WriteItem);
            }

            return;
        }

        printer.Lines(Table(slots, printer.Zone));
    }

    /// <summary>The outcome of a change.</summary>
    /// <param name="printer">Where to.</param>
    /// <param name="outcome">What happened.</param>
    /// <param name="done">What was done, in one sentence.</param>
    /// <param name="dryRun">True if nothing was.</param>
    public static Verdict PrintChange(Printer printer, KeyOutcome outcome, string done, bool dryRun)
    {
        var verdict = Judge(outcome, done, dryRun);
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
            printer.Line($"epoch {Units.Count(outcome.Epoch)}");
            printer.Lines(Findings.Lines(outcome.Sites));
            printer.Lines(Table(outcome.Slots, printer.Zone));
            printer.Say(verdict);
        }

        return verdict;
    }

    public static Verdict PrintCheck(Printer printer, KeyItem slot)
    {
        if (printer.Json)
        {
            printer.Message("summary", slot, WriteItem);
        }
        else if (printer.Says(ExitCode.Done))
        {
            var created = Units.Local(slot.Created, printer.Zone);
            printer.Line($"This recovery key opens the repository: slot {Units.Short(slot.Id)} of {created}; nothing was changed.");
        }

        return Verdict.Done;
    }

    internal static Verdict Judge(KeyOutcome outcome, string done, bool dryRun)
    {
        if (dryRun)
        {
            return Verdict.Of(new Conclusion(ExitCode.Done, "Dry run: nothing was changed."));
        }

        // A site that is only behind is no small thing here: what was taken out still opens what stands there.
        const string Remedy = "Bring these sites back and run `backupctl sync`: until then the old epoch still opens there.";
        var pending = outcome.Sites.Where(static site => site.State != SiteRunState.Complete).Select(static site => site.City).ToList();
        return Verdict.Of(Judgement.OfSites(outcome.Sites, placement: null) switch
        {
            null when pending.Count > 0 => new Conclusion(ExitCode.Degraded, $"{done} Not yet in: {string.Join(", ", pending)}.", Remedy),
            null => new Conclusion(ExitCode.Done, done),
            { Code: ExitCode.Degraded } lacking => lacking with { Remedy = Remedy },
            var lacking => lacking,
        });
    }

    private static IEnumerable<string> Table(IReadOnlyList<KeyItem> slots, TimeZoneInfo zone)
    {
        var columns = new Columns(new("ID"), new("KIND"), new("CREATED"), new("LABEL"));
        foreach (var slot in slots)
        {
            columns.Add(Units.Short(slot.Id), Escape.Text(slot.Kind), Units.Local(slot.Created, zone), Escape.Text(slot.Label));
        }

        return columns.Lines();
    }

    private static void Write(Utf8JsonWriter json, KeyOutcome outcome)
    {
        json.WriteNumber("epoch", outcome.Epoch);
        json.WriteObjects("slots", outcome.Slots, WriteItem);
        json.WriteSites(outcome.Sites);
    }

    private static void WriteItem(Utf8JsonWriter json, KeyItem slot)
    {
        json.WriteId("id", slot.Id);
        json.WriteString("kind", slot.Kind);
        json.WriteString("label", slot.Label);
        json.WriteTime("created", slot.Created);
    }
}
