using System.Text.Json;
using Backup.Cli.Output;
using Backup.Engine.Runs;

namespace Backup.Cli.Reports;

/// <summary>What <c>ledger show</c> and <c>ledger verify</c> tell.</summary>
internal static class LedgerReport
{
    public static void PrintEntries(Printer printer, IReadOnlyList<LedgerItem> entries)
    {
        if (printer.Json)
        {
            foreach (var entry in entries)
            {
                printer.Message("item", entry, WriteItem);
            }

            return;
        }

        var columns = new Columns(new("SEQ", Right: true), new("TIME"), new("KIND"), new("TERM", Right: true), new("WHAT"), new("SITES"));
        foreach (var entry in entries)
        {
            columns.Add(
                Units.Count(entry.Sequence),
                Units.Local(entry.Time, printer.Zone),
                entry.Kind,
                Units.Count(entry.Term),
                Escape.Text(string.Join("; ", What(entry))),
                Escape.Text(string.Join(", ", entry.Sites)));
        }

        printer.Lines(columns.Lines());
    }

    public static Verdict PrintVerify(Printer printer, LedgerVerifyOutcome outcome)
    {
        var verdict = Judge(outcome);
        if (printer.Json)
        {
            printer.Message("summary", outcome, Write);
        }
        else if (printer.Says(verdict.Code))
        {
            printer.Line($"head {outcome.Head}, entry {Units.Count(outcome.Sequence)}, term {Units.Count(outcome.Term)}");
            printer.Lines(Table(outcome));
            printer.Lines(Findings.Lines("broken", outcome.Broken, printer.Verbose));
            printer.Say(verdict);
        }

        return verdict;
    }

    internal static Verdict Judge(LedgerVerifyOutcome outcome)
    {
        var conclusions = new List<Conclusion>();
        if (outcome.Broken.Count > 0)
        {
            conclusions.Add(new Conclusion(
                ExitCode.Damage, "The ledger is broken.", "Ask more sites; keep what is there and find out who changed it. What other entries say still counts."));
        }

        var damaged = outcome.Sites.Where(static site => site.Damaged > 0).Select(static site => site.City).ToList();
        if (damaged.Count > 0)
        {
            conclusions.Add(new Conclusion(ExitCode.Damage, $"Entries are damaged in: {string.Join(", ", damaged)}.", "Run `backupctl verify --heal`."));
        }

        var lacking = outcome.Sites.Where(static site => site.Missing > 0 || site.Message is not null).Select(static site => site.City).ToList();
        if (lacking.Count > 0)
        {
            conclusions.Add(new Conclusion(ExitCode.Degraded, $"Not whole in: {string.Join(", ", lacking)}.", "Bring these sites back; the next backup, or `backupctl sync`, completes them."));
        }

        if (outcome.Branches.Count > 0)
        {
            conclusions.Add(new Conclusion(ExitCode.Degraded, $"{Units.Count(outcome.Branches.Count, "branch", "branches")} not joined.", "The owner's next run joins them."));
        }

        return conclusions.Count > 0
            ? Verdict.Of(conclusions)
            : Verdict.Of(new Conclusion(ExitCode.Done, $"The chain of {Units.Count(outcome.Entries, "entry", "entries")} is whole, at every site."));
    }

    private static IEnumerable<string> What(LedgerItem entry)
    {
        foreach (var (what, snapshot) in entry.Snapshots)
        {
            yield return $"snapshot {Units.Short(snapshot)} {what}";
        }

        if (entry.ObjectsAdded is > 0 and var added)
        {
            yield return $"{Units.Count(added, "object")} added";
        }

        if (entry.ObjectsCondemned > 0)
        {
            yield return $"{Units.Count(entry.ObjectsCondemned)} condemned";
        }

        if (entry.ObjectsDeleted > 0)
        {
            yield return $"{Units.Count(entry.ObjectsDeleted)} deleted";
        }

        if (entry.DomainsErased > 0)
        {
            yield return $"{Units.Count(entry.DomainsErased, "domain")} erased";
        }

        foreach (var fact in entry.Facts)
        {
            yield return fact.Site is null ? $"{fact.Name} {fact.Value}" : $"{fact.Site}: {fact.Name} {fact.Value}";
        }
    }

    private static IEnumerable<string> Table(LedgerVerifyOutcome outcome)
    {
        var columns = new Columns(new(""), new("SITE"), new("ENTRIES", Right: true), new("MISSING", Right: true), new("DAMAGED", Right: true), new(""));
        foreach (var site in outcome.Sites)
        {
            var whole = site is { Missing: 0, Damaged: 0, Message: null };
            columns.Add(
                whole ? "✓" : "✗", Escape.Text(site.Id), Units.Count(site.Entries), Units.Count(site.Missing), Units.Count(site.Damaged), Escape.Text(site.Message ?? ""));
        }

        return columns.Lines();
    }

    private static void WriteItem(Utf8JsonWriter json, LedgerItem entry)
    {
        json.WriteNumber("seq", entry.Sequence);
        json.WriteId("id", entry.Hash);
        json.WriteTime("time", entry.Time);
        json.WriteString("kind", entry.Kind);
        json.WriteNumber("term", entry.Term);
        json.WriteNumber("epoch", entry.Epoch);
        json.WriteObjects("snapshots", entry.Snapshots, static (json, change) =>
        {
            json.WriteString("change", change.What);
            json.WriteId("id", change.Snapshot);
        });
        if (entry.ObjectsAdded is { } added)
        {
            json.WriteNumber("objects_added", added);
        }
        else
        {
            json.WriteNull("objects_added");
        }

        json.WriteNumber("objects_condemned", entry.ObjectsCondemned);
        json.WriteNumber("objects_deleted", entry.ObjectsDeleted);
        json.WriteNumber("domains_erased", entry.DomainsErased);
        json.WriteObjects("facts", entry.Facts, static (json, fact) =>
        {
            json.WriteString("site", fact.Site);
            json.WriteString("name", fact.Name);
            json.WriteString("value", fact.Value);
        });
        json.WriteStrings("sites", entry.Sites);
    }

    private static void Write(Utf8JsonWriter json, LedgerVerifyOutcome outcome)
    {
        json.WriteNumber("entries", outcome.Entries);
        json.WriteId("head", outcome.Head);
        json.WriteNumber("seq", outcome.Sequence);
        json.WriteNumber("term", outcome.Term);
        json.WriteStrings("branches", [.. outcome.Branches.Select(static branch => branch.ToString())]);
        json.WriteObjects("broken", outcome.Broken, Printer.WriteFinding);
        json.WriteObjects("sites", outcome.Sites, static (json, site) =>
        {
            json.WriteString("id", site.Id);
            json.WriteString("city", site.City);
            json.WriteNumber("entries", site.Entries);
            json.WriteNumber("missing", site.Missing);
            json.WriteNumber("damaged", site.Damaged);
            json.WriteString("message", site.Message);
        });
    }
}
