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

    public static async Task<Verdict> PrintContentAsync(Printer printer, IAsyncEnumerable<ContentFinding> findings)
    {
        var (found, closed) = (0, 0);
        await foreach (var finding in findings)
        {
            (found, closed) = finding.Unsearched is null ? (found + 1, closed) : (found, closed + 1);
            printer.Item(finding, WriteContent, static item =>
                $"{Units.Short(item.Snapshot)}:{Escape.Name(item.Path)}  {(item.Unsearched is { } why ? "not searched: " + why : $"{Units.Count(item.Count, "time")}, first at byte {Units.Count(item.Offset ?? 0)} ({item.Form})")}");
        }

        var verdict = Verdict.Of(new Conclusion(ExitCode.Done,
            $"Outside the person's own domains identifiers stand in {Units.Count(found, "file")}; {Units.Count(closed, "file")} could not be looked into."));
        if (printer.Says(verdict.Code))
        {
            printer.Say(verdict);
        }

        return verdict;
    }

    public static Verdict PrintExported(Printer printer, ExportOutcome outcome)
    {
        var verdict = Verdict.Of(outcome.Errors.Count > 0
            ? new Conclusion(ExitCode.Incomplete, $"{Units.Count(outcome.Errors.Count, "entry", "entries")} could not be written as recorded.", "Look at the list; owners and some attributes need root.")
            : new Conclusion(ExitCode.Done, "Give it to the person on a safe way, and remove it here afterwards."));
        if (printer.Json)
        {
            printer.Message("summary", outcome, static (json, outcome) =>
            {
                json.WriteNumber("files", outcome.Files);
                json.WriteNumber("bytes", outcome.Bytes);
                json.WriteString("target", outcome.Target);
                json.WriteNumber("errors", outcome.Errors.Count);
                json.WriteStrings("sites_used", outcome.SitesUsed);
            });
        }
        else if (printer.Says(verdict.Code))
        {
            printer.Line($"{Units.Count(outcome.Files, "file")}, {Units.Size(outcome.Bytes)}, and manifest.json went to {Escape.Text(outcome.Target)}");
            printer.Lines(Findings.Lines("not as recorded", outcome.Errors, printer.Verbose));
            printer.Say(verdict);
        }

        return verdict;
    }

    private static void WriteContent(Utf8JsonWriter json, ContentFinding item)
    {
        json.WriteString("source", item.Source);
        json.WriteId("snapshot", item.Snapshot);
        json.WriteBytes("path", item.Path);
        json.WriteNumber("count", item.Count);
        if (item.Offset is { } offset)
        {
            json.WriteNumber("offset", offset);
            json.WriteString("form", item.Form);
        }

        json.WriteOptional("unsearched", item.Unsearched);
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
