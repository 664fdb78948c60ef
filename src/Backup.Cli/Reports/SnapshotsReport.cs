using System.Text.Json;
using Backup.Cli.Output;
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
            new("ID"), new("TIME"), new("SOURCE"), new("FILES", Right: true), new("SIZE", Right: true), new("ADDED", Right: true), new("CITIES"), new("TAGS"));
        foreach (var snapshot in snapshots)
        {
            columns.Add(
                Units.Short(snapshot.Id),
                Units.Local(snapshot.Time, printer.Zone),
                Escape.Text(snapshot.Source),
                Units.Count(snapshot.Files),
                Units.Size(snapshot.Bytes),
                Units.Size(snapshot.BytesAdded),
                Cities(snapshot.Sites),
                Escape.Text(string.Join(", ", snapshot.Tags)) + (snapshot.Errors > 0 ? $" [{Units.Count(snapshot.Errors)} not read]" : ""));
        }

        printer.Lines(columns.Lines());
    }

    /// <summary>Each city with what is known of the snapshot there.</summary>
    private static string Cities(IReadOnlyList<SnapshotSite> sites)
    {
        var complete = sites.Where(site => site.Complete).ToArray();
        var lacking = sites.Where(site => !site.Complete).Select(site => Escape.Text(site.City)).Distinct(StringComparer.Ordinal).ToArray();
        var read = complete.Where(site => site.Read).Select(site => Escape.Text(site.City)).Distinct(StringComparer.Ordinal).ToArray();
        var stored = complete.Where(site => !site.Read).Select(site => Escape.Text(site.City)).Distinct(StringComparer.Ordinal).Except(read, StringComparer.Ordinal).ToArray();
        var parts = new List<string>(3);
        Add(parts, "read: ", read);
        Add(parts, "stored: ", stored);
        Add(parts, "NOT complete: ", lacking);
        return parts.Count == 0 ? "NOWHERE" : string.Join("; ", parts);
    }

    private static void Add(List<string> parts, string what, string[] cities)
    {
        if (cities.Length > 0)
        {
            parts.Add(what + string.Join(", ", cities));
        }
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
