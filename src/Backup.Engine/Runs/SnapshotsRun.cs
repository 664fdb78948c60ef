using Backup.Engine.Format;
using Backup.Engine.Snapshots;

namespace Backup.Engine.Runs;

/// <summary><c>snapshots</c>: what there is, and which sites hold it complete.</summary>
public static class SnapshotsRun
{
    /// <summary>Oldest first, by ledger order.</summary>
    /// <param name="context">The tenant.</param>
    /// <param name="source">Only of this source; null: of every one.</param>
    /// <param name="tag">Only with this tag; null: all.</param>
    /// <param name="read">With a site: what its ledger names, and whether it holds it.</param>
    /// <param name="cancellation">Ends the run.</param>
    public static async Task<IReadOnlyList<SnapshotItem>> ListAsync(
        RunContext context, string? source, string? tag, ReadOptions read, CancellationToken cancellation)
    {
        await using var session = await Session.OpenAsync(context, read, cancellation);
        var sites = session.Sites.Where(static site => site.Record is not { State: SiteState.Retired }).ToList();
        var readBack = new ReadBack(session.Reading.Graph, session.Ledger);
        return [.. session.Snapshots.All
            .Where(snapshot => (source is null || snapshot.Record.Source == source) && (tag is null || snapshot.Record.Tags.Contains(tag, StringComparer.Ordinal)))
            .Select(snapshot => Item(snapshot, sites, readBack))];
    }

    private static SnapshotItem Item(KnownSnapshot snapshot, IReadOnlyList<SessionSite> sites, ReadBack readBack)
    {
        var record = snapshot.Record;
        return new SnapshotItem(
            snapshot.Id,
            TimeOf(record.Started),
            record.Source,
            record.Host,
            record.Tags,
            record.Counts.Files,
            record.Counts.Bytes,
            record.Counts.AddedBytes,
            record.Unread,
            [.. sites.Select(site => SiteOf(site, snapshot, readBack))]);
    }

    private static SnapshotSite SiteOf(SessionSite site, KnownSnapshot snapshot, ReadBack readBack)
    {
        var complete = snapshot.CompleteAt.Contains(site.Id);
        return new SnapshotSite(site.Id, site.Config.City, complete, complete && readBack.Covers(site.Id, snapshot.Id)) { Country = site.Config.Country };
    }

    internal static DateTimeOffset TimeOf(Timestamp stamp) => DateTimeOffset.FromUnixTimeSeconds(stamp.Seconds).AddTicks(stamp.Nanoseconds / TimeSpan.NanosecondsPerTick);
}
