using System.Text.Json;
using Backup.Cli.Output;
using Backup.Engine.Format;
using Backup.Engine.Runs;

namespace Backup.Cli.Reports;

/// <summary>What <c>subject</c> tells.</summary>
internal static class SubjectReport
{
    public static void PrintFound(Printer printer, IReadOnlyList<SubjectItem> found)
    {
        if (printer.Json)
        {
            foreach (var item in found)
            {
                printer.Message("item", item, Write);
            }

            return;
        }

        var columns = new Columns(new("SUBJECT"), new("SOURCE"), new("CLASS"), new("PERIOD"), new("SNAPSHOTS", Right: true), new("SITES"), new("KEEP UNTIL"), new(""));
        foreach (var item in found)
        {
            columns.Add(
                Escape.Text(item.Subject),
                Escape.Text(item.Source ?? "-"),
                Escape.Text(item.Class ?? "-"),
                Escape.Text(item.Period ?? "-"),
                Units.Count(item.Snapshots),
                Escape.Text(string.Join(", ", item.Sites)),
                item.KeepUntil is { } until ? Units.LocalDate(until, printer.Zone) : "-",
                item.State switch { DomainState.Restricted => "restricted", DomainState.Blocked => "blocked: about to be erased", _ => item.Held ? "held" : "" });
        }

        printer.Lines(columns.Lines());
    }

    public static Verdict PrintTied(Printer printer, IReadOnlyList<string> person, bool dryRun)
    {
        var verdict = Verdict.Of(new Conclusion(ExitCode.Done, dryRun ? "Dry run: nothing was changed." : $"{Units.Count(person.Count, "identifier")} belong to one person."));
        if (printer.Json)
        {
            printer.Message("summary", person, static (json, person) => json.WriteStrings("subjects", person));
        }
        else if (printer.Says(verdict.Code))
        {
            printer.Lines(person.Select(Escape.Text));
            printer.Say(verdict);
        }

        return verdict;
    }

    public static Verdict PrintRestricted(Printer printer, RestrictionOutcome outcome, bool released, bool dryRun)
    {
        var done = released
            ? $"{Units.Count(outcome.Domains, "domain")} can be restored again."
            : $"{Units.Count(outcome.Domains, "domain")} are kept, and nobody can restore, export or search them.";
        var verdict = dryRun ? Verdict.Of(new Conclusion(ExitCode.Done, "Dry run: nothing was changed."))
            : Verdict.Of(Judgement.OfSites(outcome.Sites, placement: null) ?? new Conclusion(ExitCode.Done, done));
        if (printer.Json)
        {
            printer.Message("summary", outcome, static (json, outcome) =>
            {
                json.WriteNumber("domains", outcome.Domains);
                json.WriteSites(outcome.Sites);
            });
        }
        else if (printer.Says(verdict.Code))
        {
            printer.Say(verdict);
        }

        return verdict;
    }

    private static void Write(Utf8JsonWriter json, SubjectItem item)
    {
        json.WriteString("subject", item.Subject);
        json.WriteString("domain", item.Domain.ToString());
        json.WriteString("source", item.Source);
        json.WriteString("class", item.Class);
        json.WriteString("period", item.Period);
        json.WriteString("state", item.State switch { DomainState.Restricted => "restricted", DomainState.Blocked => "blocked", _ => "live" });
        json.WriteNumber("snapshots", item.Snapshots);
        json.WriteStrings("sites", item.Sites);
        json.WriteTime("keep_until", item.KeepUntil);
        json.WriteBoolean("held", item.Held);
    }
}
