using System.Text.Json;
using Backup.Cli.Output;
using Backup.Engine.Policies;
using Backup.Engine.Sites;
using Backup.Engine.Stores;

namespace Backup.Cli.Reports;

/// <summary>What a site of the policy answered.</summary>
internal sealed record SitePresence(string Tenant, SiteConfig Site, StorePresence Presence, string? Reason = null)
{
    /// <summary>What its store was found to do, or not to do, that matters.</summary>
    public IReadOnlyList<SiteRisk> Risks { get; init; } = [];

    /// <summary>It answers, and took nothing to be tried with.</summary>
    public bool IsUntried => Reason is not null && Presence is not (StorePresence.Unreachable or StorePresence.Missing or StorePresence.Foreign);
}

/// <summary>What the <c>policy</c> commands tell.</summary>
internal static class PolicyReport
{
    public static Verdict PrintValid(
        Printer printer, Policy policy, IReadOnlyList<SitePresence> presences, IReadOnlyList<SourcePresence> sources)
    {
        var verdict = Judge(presences, sources);
        if (printer.Json)
        {
            printer.Message("summary", (policy, presences, sources), Write);
        }
        else if (printer.Says(verdict.Code))
        {
            printer.Lines(Lines(policy, presences, sources));
            printer.Say(verdict);
        }

        return verdict;
    }

    public static void PrintText(Printer printer, Policy policy)
    {
        var text = PolicyText.Show(policy);
        if (printer.Json)
        {
            printer.Message("summary", (policy.File, text), static (json, shown) =>
            {
                json.WriteString("policy", shown.File);
                json.WriteString("yaml", shown.text);
            });
            return;
        }

        printer.Lines(text.TrimEnd('\n').Split('\n').Select(Escape.Text));
    }

    /// <summary>A fault of the policy, as a JSON <c>error</c> line or as text for a person.</summary>
    public static void PrintFault(Printer printer, PolicyFault fault)
    {
        if (printer.Json)
        {
            printer.Message("error", fault, WriteFault);
        }
        else
        {
            var place = fault.Line > 0 ? $"{fault.File}:{fault.Line}:{fault.Column}" : fault.File;
            printer.Error($"{place}: {fault.Message}", fault.Remedy);
        }
    }

    internal static Verdict Judge(IReadOnlyList<SitePresence> presences, IReadOnlyList<SourcePresence> sources)
    {
        var conclusions = new List<Conclusion>();
        var silent = presences.Where(site => site.Presence == StorePresence.Unreachable).ToArray();
        if (silent.Length > 0)
        {
            conclusions.Add(new Conclusion(
                silent.Length == presences.Count ? ExitCode.NoRepository : ExitCode.Degraded,
                $"No answer from: {Names(silent)}.",
                "Look at the address, the network and the credentials of the site."));
        }

        var foreign = presences.Where(site => site.Presence == StorePresence.Foreign).ToArray();
        if (foreign.Length > 0)
        {
            conclusions.Add(new Conclusion(
                ExitCode.NotOwner,
                $"The place holds something else at: {Names(foreign)}.",
                "Give the site a place of its own: an empty one, or none yet."));
        }

        foreach (var (site, risk) in presences.SelectMany(static site => site.Risks.Where(static risk => risk.IsUnsafe).Select(risk => (site, risk))))
        {
            conclusions.Add(new Conclusion(ExitCode.Usage, $"The place of site {site.Site.Id} is not safe: {risk.What}.", risk.Remedy));
        }

        if (presences.Where(static site => site.IsUntried).ToArray() is { Length: > 0 } untried)
        {
            conclusions.Add(new Conclusion(
                ExitCode.Degraded, $"What the store can do could not be tried at: {Names(untried)}.", "Look whether the site is full or read-only, and whether the credentials may write."));
        }

        conclusions.AddRange(SourceReport.Judge(sources));
        return conclusions.Count > 0 ? Verdict.Of(conclusions) : Verdict.Of(new Conclusion(ExitCode.Done, "The policy holds."));
    }

    private static string Names(IEnumerable<SitePresence> sites) => string.Join(", ", sites.Select(site => site.Site.Id));

    private static IEnumerable<string> Lines(Policy policy, IReadOnlyList<SitePresence> presences, IReadOnlyList<SourcePresence> sources)
    {
        yield return Escape.Text(policy.File);
        foreach (var tenant in policy.Tenants)
        {
            var cities = Cities.Of(tenant.Sites).Count;
            yield return $"  {Escape.Text(tenant.Id)}: {Units.Count(tenant.Sites.Count, "site")} in " +
                $"{Units.Count(cities, "city", "cities")} ({tenant.Placement.Cities} demanded), " +
                $"{Units.Count(tenant.Sources.Count, "source")}, state {Escape.Text(tenant.State)}";
        }

        var columns = new Columns(new(""), new(""), new(""), new(""));
        foreach (var site in presences)
        {
            var well = site.Presence is not (StorePresence.Unreachable or StorePresence.Foreign) && !site.IsUntried && !site.Risks.Any(static risk => risk.IsUnsafe);
            var place = Findings.Place(site.Site.City, site.Site.Country);
            columns.Add(well ? "✓" : "✗", place, Escape.Text(site.Site.Id), Describe(site));
        }

        SourceReport.Add(columns, sources);
        foreach (var line in columns.Lines("  "))
        {
            yield return line;
        }

        foreach (var (site, risk) in presences.SelectMany(static site => site.Risks.Where(static risk => !risk.IsUnsafe).Select(risk => (site, risk))))
        {
            yield return $"  warning: {Escape.Text(site.Site.Id)}: {Escape.Text(risk.What)}. {Escape.Text(risk.Remedy)}";
        }

        foreach (var line in SourceReport.Warnings(sources))
        {
            yield return line;
        }

        foreach (var warning in policy.Warnings)
        {
            yield return $"  warning: {Escape.Text(warning.ToString())}";
        }
    }

    private static string Describe(SitePresence site) => site.Presence switch
    {
        _ when site.IsUntried => "took nothing: " + Escape.Text(site.Reason!),
        StorePresence.Repository => "holds a repository",
        StorePresence.Unfinished => "holds the beginning of a repository",
        StorePresence.Empty => "empty",
        StorePresence.Missing => "not there yet; init makes a folder, never a bucket or container",
        StorePresence.Foreign => "holds something else",
        _ => site.Reason is { } reason ? "no answer: " + Escape.Text(reason) : "no answer",
    };

    private static void Write(
        Utf8JsonWriter json, (Policy Policy, IReadOnlyList<SitePresence> Presences, IReadOnlyList<SourcePresence> Sources) valid)
    {
        json.WriteString("policy", valid.Policy.File);
        json.WriteObjects("tenants", valid.Policy.Tenants, static (json, tenant) =>
        {
            json.WriteString("id", tenant.Id);
            json.WriteString("state", tenant.State);
            json.WriteStrings("sites", [.. tenant.Sites.Select(site => site.Id)]);
            json.WriteStrings("sources", [.. tenant.Sources.Select(source => source.Id)]);
        });
        json.WriteObjects("warnings", valid.Policy.Warnings, WriteFault);
        json.WriteObjects("sites", valid.Presences, static (json, site) =>
        {
            json.WriteString("tenant", site.Tenant);
            json.WriteString("id", site.Site.Id);
            json.WriteString("city", site.Site.City);
            json.WriteString("country", site.Site.Country);
            json.WriteString("presence", Presence(site.Presence));
            if (site.Presence == StorePresence.Unreachable || site.IsUntried)
            {
                json.WriteString("message", site.Reason);
            }

            json.WriteObjects("risks", site.Risks, static (json, risk) =>
            {
                json.WriteBoolean("unsafe", risk.IsUnsafe);
                json.WriteString("message", risk.What);
                json.WriteString("remedy", risk.Remedy);
            });
        });
        json.WriteObjects("sources", valid.Sources, SourceReport.Write);
    }

    private static string Presence(StorePresence presence) => presence switch
    {
        StorePresence.Repository => "repository",
        StorePresence.Unfinished => "unfinished",
        StorePresence.Empty => "empty",
        StorePresence.Missing => "missing",
        StorePresence.Foreign => "foreign",
        _ => "unreachable",
    };

    private static void WriteFault(Utf8JsonWriter json, PolicyFault fault)
    {
        json.WriteString("file", fault.File);
        json.WriteNumber("line", fault.Line);
        json.WriteNumber("column", fault.Column);
        json.WriteString("message", fault.Message);
        json.WriteString("remedy", fault.Remedy);
    }
}
