using System.Text.Json;
using Backup.Cli.Output;
using Backup.Engine.Runs;

namespace Backup.Cli.Reports;

/// <summary>Fields that several summaries share.</summary>
internal static class SiteJson
{
    public static void WriteSites(this Utf8JsonWriter json, IReadOnlyList<SiteOutcome> sites) =>
        json.WriteObjects("sites", sites, WriteSite);

    public static void WriteSite(Utf8JsonWriter json, SiteOutcome site)
    {
        json.WriteString("id", site.Id);
        json.WriteString("city", site.City);
        json.WriteString("country", site.Country);
        json.WriteString("state", site.State switch
        {
            SiteRunState.Complete => "complete",
            SiteRunState.Pending => "pending",
            _ => "failed",
        });
        json.WriteString("message", site.Message);
        if (site.Usage is { } usage)
        {
            json.WriteNumber("requests", usage.Requests);
            json.WriteNumber("failed_requests", usage.Failures);
            json.WriteNumber("bytes_sent", usage.BytesSent);
            json.WriteNumber("bytes_received", usage.BytesReceived);
        }
    }

    public static void WritePlacement(this Utf8JsonWriter json, PlacementOutcome placement)
    {
        json.WriteStartObject("placement");
        json.WriteNumber("required_cities", placement.RequiredCities);
        json.WriteNumber("complete_cities", placement.CompleteCities);
        json.WriteBoolean("met", placement.Met);
        json.WriteEndObject();
    }
}
