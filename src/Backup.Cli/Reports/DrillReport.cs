using System.Text.Json;
using Backup.Cli.Output;
using Backup.Engine.Runs;

namespace Backup.Cli.Reports;

/// <summary>What <c>drill</c> tells: from which city alone everything came back.</summary>
internal static class DrillReport
{
    public static Verdict Print(Printer printer, DrillOutcome outcome)
    {
        var verdict = Judge(outcome);
        if (printer.Json)
        {
            printer.Message("summary", outcome, Write);
        }
        else if (printer.Says(verdict.Code))
        {
            printer.Lines(Lines(outcome));
            printer.Say(verdict);
        }

        return verdict;
    }

    internal static Verdict Judge(DrillOutcome outcome)
    {
        var sites = outcome.Sites.Select(site => site.Id).Distinct(StringComparer.Ordinal).Count();
        var failed = outcome.Sites.Where(site => site.Snapshot is null).ToArray();
        var conclusions = new List<Conclusion>();
        if (outcome.Sites.Where(static site => site is { Mismatches: > 0, IsDatabase: false }).ToArray() is { Length: > 0 } files)
        {
            conclusions.Add(new Conclusion(
                ExitCode.Damage,
                $"{Units.Count(files.Sum(static site => site.Mismatches), "file")} did not come back as recorded from: {Names(files)}.",
                "Run `backupctl verify --read-data all --heal`, then drill again."));
        }

        if (outcome.Sites.Where(static site => site is { Mismatches: > 0, IsDatabase: true }).ToArray() is { Length: > 0 } databases)
        {
            conclusions.Add(new Conclusion(
                ExitCode.Damage,
                $"{Units.Count(databases.Sum(static site => site.Mismatches), "table or check", "tables or checks")} of databases failed when loaded from: {Names(databases)}.",
                "Look at the messages; `backupctl verify --read-data all --heal` mends what is damaged at a site. A check that the policy asks may be wrong itself."));
        }

        if (failed.Length > 0)
        {
            conclusions.Add(new Conclusion(
                failed.Length == outcome.Sites.Count ? ExitCode.NoRepository : ExitCode.Degraded,
                $"No restore was possible from: {Names(failed)}.",
                "Look at the message of the site; `backupctl sync` fills a site that is behind."));
        }

        return conclusions.Count > 0
            ? Verdict.Of(conclusions)
            : Verdict.Of(new Conclusion(
                ExitCode.Done, $"Everything tried came back as recorded, from each of {Units.Count(sites, "site")} alone."));
    }

    private static string Names(IEnumerable<DrilledSite> sites) =>
        string.Join(", ", sites.Select(site => site.Id).Distinct(StringComparer.Ordinal));

    private static IEnumerable<string> Lines(DrillOutcome outcome)
    {
        var columns = new Columns(
            new(""), new("SITE"), new("SOURCE"), new("SNAPSHOT"), new("FILES", Right: true), new("SIZE", Right: true),
            new("MISMATCHES", Right: true), new("TIME", Right: true), new(""));
        foreach (var site in outcome.Sites)
        {
            columns.Add(
                site.Snapshot is not null && site.Mismatches == 0 ? "✓" : "✗",
                Escape.Text(site.Id),
                Escape.Text(site.Source),
                site.Snapshot is { } id ? Units.Short(id) : "none",
                Units.Count(site.Files),
                Units.Size(site.Bytes),
                Units.Count(site.Mismatches),
                Units.Duration(site.Elapsed),
                Escape.Text(site.Message ?? ""));
        }

        return columns.Lines();
    }

    private static void Write(Utf8JsonWriter json, DrillOutcome outcome) => json.WriteObjects("sites", outcome.Sites, static (json, site) =>
    {
        json.WriteString("id", site.Id);
        json.WriteString("source", site.Source);
        json.WriteId("snapshot", site.Snapshot);
        json.WriteNumber("files", site.Files);
        json.WriteNumber("bytes", site.Bytes);
        json.WriteNumber("mismatches", site.Mismatches);
        if (site.IsDatabase)
        {
            json.WriteNumber("rows", site.Rows);
        }

        json.WriteSeconds("seconds", site.Elapsed);
        json.WriteString("message", site.Message);
    });
}
