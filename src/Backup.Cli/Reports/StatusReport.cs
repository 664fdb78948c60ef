using System.Text.Json;
using Backup.Cli.Output;
using Backup.Engine.Runs;

namespace Backup.Cli.Reports;

/// <summary>What <c>status</c> tells: is last night's data where it should be, and if not, what is lacking.</summary>
internal static class StatusReport
{
    public static Verdict Print(Printer printer, StatusOutcome outcome)
    {
        var verdict = Judge(outcome);
        if (printer.Json)
        {
            foreach (var source in outcome.Sources)
            {
                printer.Message("item", (source, printer.Clock), WriteSource);
            }

            foreach (var site in outcome.Sites)
            {
                printer.Message("item", site, WriteSite);
            }

            foreach (var warning in outcome.Warnings)
            {
                printer.Message("item", warning, static (json, warning) =>
                {
                    json.WriteString("kind", "warning");
                    Printer.WriteFinding(json, warning);
                });
            }
        }
        else if (printer.Says(verdict.Code))
        {
            printer.Lines(Sources(outcome, printer));
            printer.Line();
            printer.Lines(Sites(outcome));
            printer.Lines(Findings.Lines("worth knowing", outcome.Warnings, printer.Verbose));
            printer.Line();
            printer.Say(verdict);
        }

        return verdict;
    }

    internal static Verdict Judge(StatusOutcome outcome)
    {
        Conclusion?[] faults =
        [
            Fault(
                ExitCode.Damage,
                "Damaged objects at",
                outcome.Sites.Where(site => site.DamagedObjects > 0),
                "Run `backupctl verify --heal`."),
            Fault(
                ExitCode.Degraded,
                "Not usable now",
                outcome.Sites.Where(site => !site.Reachable),
                "Its line above says why. When it is back, the next backup or `backupctl sync` completes it; one that is lost comes back only as its line says."),
            Fault(
                ExitCode.Degraded,
                "Not in as many cities as the policy demands",
                outcome.Sources.Where(source => !source.Met).Select(source => source.Source),
                "Run `backupctl backup`, or `backupctl sync` if a site is behind."),
            Fault(
                ExitCode.Degraded,
                "Behind",
                outcome.Sites.Where(site => site.Reachable && (site.Stale || site.BacklogObjects > 0)),
                "Run `backupctl sync`."),
        ];
        var conclusions = faults.OfType<Conclusion>().ToArray();
        if (conclusions.Length == 0)
        {
            conclusions = outcome.Met
                ? [new Conclusion(ExitCode.Done, "All is well: everything the policy demands holds.")]
                : [new Conclusion(ExitCode.Degraded, "Not everything the policy demands holds.", "Look at the lines above.")];
        }

        return Verdict.Of(conclusions);
    }

    private static Conclusion? Fault(ExitCode code, string what, IEnumerable<SiteStatus> sites, string remedy) =>
        Fault(code, what, sites.Select(site => site.Id), remedy);

    private static Conclusion? Fault(ExitCode code, string what, IEnumerable<string> names, string remedy)
    {
        var text = string.Join(", ", names);
        return text.Length > 0 ? new Conclusion(code, $"{what}: {text}.", remedy) : null;
    }

    private static IEnumerable<string> Sources(StatusOutcome outcome, Printer printer)
    {
        var columns = new Columns(new(""), new("SOURCE"), new("NEWEST"), new("TIME"), new("AGE", Right: true), new("COMPLETE IN"));
        foreach (var source in outcome.Sources)
        {
            columns.Add(
                source.Met ? "✓" : "✗",
                Escape.Text(source.Source),
                source.Newest is { } id ? Units.Short(id) : "none",
                source.Time is { } time ? Units.Local(time, printer.Zone) : "never",
                source.Time is { } then ? Units.Age(printer.Clock.GetUtcNow() - then) : "",
                source.Cities.Count == 0 ? "no city" : Escape.Text(string.Join(", ", source.Cities)));
        }

        return columns.Lines();
    }

    private static IEnumerable<string> Sites(StatusOutcome outcome)
    {
        var columns = new Columns(
            new(""), new("CITY"), new("SITE"), new("KIND"), new("OBJECTS", Right: true), new("SIZE", Right: true), new("STATE"));
        foreach (var site in outcome.Sites)
        {
            var state = State(site);
            columns.Add(
                state == "up to date" ? "✓" : "✗",
                Findings.Place(site.City, site.Country),
                Escape.Text(site.Id),
                Escape.Text(site.Kind),
                Units.Count(site.Objects),
                Units.Size(site.Bytes),
                (site.Reachable, site.Message) switch
                {
                    (_, null) => state,
                    (true, { } message) => $"{state}: {Escape.Text(message)}",
                    (false, { } message) => Escape.Text(message),
                });
        }

        return columns.Lines();
    }

    private static string State(SiteStatus site)
    {
        if (!site.Reachable)
        {
            return "no answer";
        }

        var faults = new List<string>(3);
        if (site.DamagedObjects > 0)
        {
            faults.Add(Units.Count(site.DamagedObjects, "object") + " damaged");
        }

        if (site.Stale)
        {
            faults.Add("stale");
        }

        if (site.BacklogObjects > 0)
        {
            faults.Add(Units.Count(site.BacklogObjects, "object") + " behind");
        }

        return faults.Count == 0 ? "up to date" : string.Join(", ", faults);
    }

    private static void WriteSource(Utf8JsonWriter json, (SourceStatus Status, TimeProvider Clock) source)
    {
        json.WriteString("kind", "source");
        json.WriteString("source", source.Status.Source);
        json.WriteId("newest", source.Status.Newest);
        json.WriteTime("time", source.Status.Time);
        if (source.Status.AgeHours(source.Clock) is { } hours)
        {
            json.WriteNumber("age_hours", hours);
        }
        else
        {
            json.WriteNull("age_hours");
        }

        json.WriteStrings("cities", source.Status.Cities);
        json.WriteBoolean("met", source.Status.Met);
    }

    private static void WriteSite(Utf8JsonWriter json, SiteStatus site)
    {
        json.WriteString("kind", "site");
        json.WriteString("id", site.Id);
        json.WriteString("store", site.Kind);
        json.WriteString("city", site.City);
        json.WriteString("country", site.Country);
        json.WriteBoolean("reachable", site.Reachable);
        json.WriteBoolean("stale", site.Stale);
        json.WriteNumber("objects", site.Objects);
        json.WriteNumber("bytes", site.Bytes);
        json.WriteNumber("backlog_objects", site.BacklogObjects);
        json.WriteNumber("damaged_objects", site.DamagedObjects);
        json.WriteString("message", site.Message);
        if (site.Capabilities is { } found)
        {
            json.WriteString("capabilities", found.ToString());
        }
    }
}
