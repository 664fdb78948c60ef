using System.Text.Json;
using Backup.Cli.Output;
using Backup.Engine.Runs;

namespace Backup.Cli.Reports;

/// <summary>What <c>verify</c> tells.</summary>
internal static class VerifyReport
{
    public static Verdict Print(Printer printer, VerifyOutcome outcome, bool dryRun = false)
    {
        var verdict = Judge(outcome);
        if (printer.Json)
        {
            foreach (var damage in outcome.Damage)
            {
                printer.ErrorLine(damage);
            }

            printer.Message("summary", outcome, Write);
        }
        else if (printer.Says(verdict.Code))
        {
            string[] dry = dryRun ? ["Dry run: nothing was put back, and what was found is not written down at the sites."] : [];
            printer.Lines(Lines(outcome, printer).Concat(dry));
            printer.Say(verdict);
        }

        return verdict;
    }

    internal static Verdict Judge(VerifyOutcome outcome)
    {
        var conclusions = new List<Conclusion>();
        var silent = outcome.Sites.Where(site => site.Message is not null).ToArray();
        if (silent.Length > 0 && silent.Length == outcome.Sites.Count)
        {
            return Verdict.Of(new Conclusion(
                ExitCode.NoRepository,
                "None of the sites asked could be verified.",
                "Bring at least one site back (its message stands above), then verify again."));
        }

        var broken = outcome.Sites.Sum(site => site.Missing + site.Damaged - site.Healed - site.Pending);
        broken = Math.Max(broken, outcome.Damage.Count(damage => !damage.Healed));
        if (broken > 0)
        {
            conclusions.Add(new Conclusion(
                ExitCode.Damage,
                $"{Units.Count(broken, "object")} missing or damaged and not put back.",
                "Run `backupctl verify --heal`: it copies whole objects from a site that has them."));
        }

        if (silent.Length > 0)
        {
            conclusions.Add(new Conclusion(
                ExitCode.Degraded,
                $"Not verified: {string.Join(", ", silent.Select(site => site.Id))}.",
                "Their lines above say why, and what brings them back; then verify again."));
        }

        if (outcome.Refusing.Count > 0)
        {
            conclusions.Add(new Conclusion(
                ExitCode.Degraded,
                $"What was found is not written down at {string.Join("; ", outcome.Refusing.Select(static site => Escape.Text($"{site.City} ({site.Id}): {site.Message}")))}.",
                "Make it writable; the next backup, or `backupctl sync`, brings it up to date."));
        }

        if (outcome.StaleSince is not null)
        {
            conclusions.Add(new Conclusion(
                ExitCode.Degraded,
                "Every site that answered shows an older state than this machine has seen.",
                "Bring the other sites back, then verify again."));
        }

        if (!outcome.Placement.Met)
        {
            var remedy = outcome.Sites.Any(static site => site is { Message: null, Pending: > 0 }) ? "Run `backupctl sync`: it brings every site to the same state."
                : silent.Length == 0 && broken == 0 ? Judgement.AddASite : null;
            conclusions.Add(new Conclusion(
                ExitCode.Degraded,
                $"Degraded: {Judgement.Held(outcome.Placement)}.",
                remedy));
        }

        return conclusions.Count > 0 ? Verdict.Of(conclusions) : Verdict.Of(new Conclusion(ExitCode.Done, Sound(outcome)));
    }

    private static string Sound(VerifyOutcome outcome)
    {
        var healed = outcome.Sites.Sum(site => site.Healed);
        return healed > 0
            ? $"Whole again: {Units.Count(healed, "object")} put back."
            : $"Everything that was checked is whole; {Judgement.Held(outcome.Placement)}.";
    }

    private static IEnumerable<string> Lines(VerifyOutcome outcome, Printer printer)
    {
        var columns = new Columns(
            new("CITY"), new("SITE"), new("OBJECTS", Right: true), new("SIZE", Right: true), new("MISSING", Right: true), new("DAMAGED", Right: true),
            new("PUT BACK", Right: true), new("UNREFERENCED", Right: true), new("HASHED", Right: true), new("DECRYPTED", Right: true),
            new(""));
        foreach (var site in outcome.Sites)
        {
            columns.Add(
                Escape.Text(site.City),
                Escape.Text(site.Id),
                Units.Count(site.Objects),
                Units.Size(site.Bytes),
                Units.Count(site.Missing),
                Units.Count(site.Damaged),
                Units.Count(site.Healed),
                Units.Count(site.Unreferenced),
                Units.Percent(site.HashesPercent),
                Units.Percent(site.ReadDataPercent),
                Escape.Text(site.Message ?? ""));
        }

        string[] unreferenced = outcome.Sites.Any(static site => site.Unreferenced > 0)
            ? ["Unreferenced objects are replaced keyrings and attempts that did not finish: they cost nothing but space."]
            : [];
        return columns.Lines().Concat(unreferenced).Concat(Findings.Lines(outcome.Damage, "not put back", printer.Verbose));
    }

    private static void Write(Utf8JsonWriter json, VerifyOutcome outcome)
    {
        json.WriteObjects("sites", outcome.Sites, static (json, site) =>
        {
            json.WriteString("id", site.Id);
            json.WriteString("city", site.City);
            json.WriteNumber("objects", site.Objects);
            json.WriteNumber("bytes", site.Bytes);
            json.WriteNumber("missing", site.Missing);
            json.WriteNumber("damaged", site.Damaged);
            json.WriteNumber("pending", site.Pending);
            json.WriteNumber("unreferenced", site.Unreferenced);
            json.WriteNumber("healed", site.Healed);
            json.WriteNumber("hashes_percent", site.HashesPercent);
            json.WriteNumber("read_data_percent", site.ReadDataPercent);
            json.WriteString("message", site.Message);
        });
        json.WritePlacement(outcome.Placement);
    }
}
