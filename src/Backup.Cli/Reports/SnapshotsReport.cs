using System.Text.Json;
using Backup.Cli.Output;
using Backup.Engine.Policies;
using Backup.Engine.Runs;

namespace Backup.Cli.Reports;

/// <summary>The list of <c>snapshots</c>.</summary>
internal static class SnapshotsReport
{
    public static void Print(Printer printer, IReadOnlyList<SnapshotItem> snapshots)
    {
        if (printer.Json)
        {
            foreach (var snapshot in snapshots)
            {
                printer.Message("item", snapshot, Write);
            }

            return;
        }

        if (snapshots.Count == 0)
        {
            printer.Note("no snapshots");
            return;
        }

        var columns = new Columns(
            new("ID"), new("TIME"), new("SOURCE"), new("FILES", Right: true), new("SIZE", Right: true), new("ADDED", Right: true),
            new("CITIES"), new("TAGS"));
        foreach (var snapshot in snapshots)
        {
            columns.Add(
                Units.Short(snapshot.Id),
                Units.Local(snapshot.Time, printer.Zone),
                Escape.Text(snapshot.Source),
                Units.Count(snapshot.Files),
                Units.Size(snapshot.Bytes),
                Units.Size(snapshot.BytesAdded),
                Holding(snapshot.Sites),
                Escape.Text(string.Join(", ", snapshot.Tags)) + (snapshot.Errors > 0 ? $" [{Units.Count(snapshot.Errors)} not read]" : ""));
        }

        printer.Lines(columns.Lines());
    }

    /// <summary>Each city with what is known of the snapshot there.</summary>
    private static string Holding(IReadOnlyList<SnapshotSite> sites)
    {
        if (sites.Count == 0)
        {
            return "NOWHERE";
        }

        var states = sites.GroupBy(site => Cities.Key(site.Country, site.City), StringComparer.Ordinal).Select(city =>
            (City: Escape.Text(city.First().City), State: city.Any(site => site is { Complete: true, Read: true }) ? "read"
                : city.Any(site => site.Complete) ? "stored"
                : "NOT complete"));
        return string.Join("; ", states.GroupBy(city => city.State, city => city.City, StringComparer.Ordinal)
            .Select(state => $"{state.Key}: {string.Join(", ", state)}"));
    }

    private static void Write(Utf8JsonWriter json, SnapshotItem snapshot)
    {
        json.WriteId("id", snapshot.Id);
        json.WriteTime("time", snapshot.Time);
        json.WriteString("source", snapshot.Source);
        json.WriteString("host", snapshot.Host);
        json.WriteStrings("tags", snapshot.Tags);
        json.WriteNumber("files", snapshot.Files);
        json.WriteNumber("bytes", snapshot.Bytes);
        json.WriteNumber("bytes_added", snapshot.BytesAdded);
        json.WriteNumber("errors", snapshot.Errors);
        json.WriteObjects("sites", snapshot.Sites, static (json, site) =>
        {
            json.WriteString("id", site.Id);
            json.WriteString("city", site.City);
            json.WriteBoolean("complete", site.Complete);
            json.WriteString("evidence", site.Complete ? site.Read ? "read" : "stored" : null);
        });
    }
}
