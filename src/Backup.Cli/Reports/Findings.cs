using Backup.Cli.Output;
using Backup.Engine.Runs;

namespace Backup.Cli.Reports;

/// <summary>Lists of what a run met, as text.</summary>
internal static class Findings
{
    /// <summary>More than this nobody reads on a terminal; <c>-v</c> and <c>--json</c> show all.</summary>
    private const int Shown = 1000;

    /// <summary>A heading with the number, then each finding; a remedy stands once below the findings that share it.</summary>
    public static IEnumerable<string> Lines(string heading, IReadOnlyList<RunFinding> findings, bool all)
    {
        if (findings.Count == 0)
        {
            yield break;
        }

        yield return $"{heading} ({Units.Count(findings.Count)}):";
        var shown = all ? findings.Count : Math.Min(findings.Count, Shown);
        for (var i = 0; i < shown; i++)
        {
            var finding = findings[i];
            yield return $"  {Escape.Text(finding.Place)}: {Escape.Text(finding.Message)}";
            if (finding.Remedy is { } remedy && (i == shown - 1 || findings[i + 1].Remedy != remedy))
            {
                yield return $"    to do: {Escape.Text(remedy)}";
            }
        }

        if (shown < findings.Count)
        {
            yield return $"  … and {Units.Count(findings.Count - shown)} more; -v shows all";
        }
    }

    public static IEnumerable<string> Lines(IReadOnlyList<DamageFinding> damage, string otherwise, bool all)
    {
        if (damage.Count == 0)
        {
            yield break;
        }

        yield return $"damage ({Units.Count(damage.Count)}):";
        var shown = all ? damage.Count : Math.Min(damage.Count, Shown);
        foreach (var finding in damage.Take(shown))
        {
            var end = finding.Healed ? "put back whole" : otherwise;
            yield return $"  {Escape.Text(finding.Site)}: {Escape.Text(finding.ObjectName)}: {Escape.Text(finding.What)}, {end}";
        }

        if (shown < damage.Count)
        {
            yield return $"  … and {Units.Count(damage.Count - shown)} more; -v shows all";
        }
    }

    /// <summary>The sites of a run that writes: one line a site, the city first.</summary>
    public static IEnumerable<string> Lines(IReadOnlyList<SiteOutcome> sites)
    {
        var columns = new Columns(new(""), new(""), new(""), new(""));
        foreach (var site in sites)
        {
            var (mark, state) = site.State switch
            {
                SiteRunState.Complete => ("✓", "complete"),
                SiteRunState.Pending => ("…", "pending"),
                _ => ("✗", "failed"),
            };
            var text = site.Message is { } message ? $"{state}: {Escape.Text(message)}" : state;
            columns.Add(mark, Place(site.City, site.Country), Escape.Text(site.Id), text);
        }

        return columns.Lines("  ");
    }

    /// <summary>What each site was asked, for who pays by the request or looks for a bad line.</summary>
    public static IEnumerable<string> UsageLines(IReadOnlyList<SiteOutcome> sites)
    {
        foreach (var site in sites)
        {
            if (site.Usage is { } usage)
            {
                var failed = usage.Failures > 0 ? $", {Units.Count(usage.Failures)} of them failed" : "";
                yield return $"  {Escape.Text(site.Id)}: {Units.Count(usage.Requests, "request")}{failed}, " +
                    $"{Units.Size(usage.BytesSent)} sent, {Units.Size(usage.BytesReceived)} received";
            }
        }
    }

    public static string Place(string city, string country) => Escape.Text(country.Length == 0 ? city : $"{city} ({country})");
}
