using System.Text;
using Backup.Engine.Format;
using Backup.Engine.Runs;

namespace Backup.Cli.Tests;

/// <summary>Outcomes as runs would give them.</summary>
internal static class Samples
{
    public static readonly DateTimeOffset Night = new(2026, 11, 23, 2, 15, 0, TimeSpan.Zero);

    public static readonly SiteOutcome Unna = new("unna", "Unna", "DE", SiteRunState.Complete, null);
    public static readonly SiteOutcome Nuernberg = new("nuernberg", "Nürnberg", "DE", SiteRunState.Complete, null);
    public static readonly SiteOutcome Falkenstein = new("falkenstein", "Falkenstein", "DE", SiteRunState.Complete, null);

    public static Hash Id(string text) => Hash.Of(Encoding.UTF8.GetBytes(text));

    public static SiteOutcome Pending(SiteOutcome site, string? message = null) => site with { State = SiteRunState.Pending, Message = message };

    public static SiteOutcome Failed(SiteOutcome site, string message) => site with { State = SiteRunState.Failed, Message = message };

    public static BackupOutcome BackedUp(params SiteOutcome[] sites) => new()
    {
        Source = "mail",
        Snapshot = Id("snapshot"),
        Started = Night,
        Finished = Night.AddSeconds(72.5),
        Counts = new BackupCounts(1204, 33, 76_994, 5120, 17, 1_288_490_188, 356_515_840, 125_829_120, 12_884_901_888),
        Errors = [],
        Warnings = [],
        Sites = sites,
        Placement = new PlacementOutcome(3, sites.Count(site => site.State == SiteRunState.Complete)),
    };

    public static RestoreOutcome Restore() => new()
    {
        Snapshot = Id("snapshot"),
        Files = 76_994,
        Directories = 5120,
        Links = 17,
        Bytes = 12_884_901_888,
        Skipped = 0,
        Erased = 0,
        Errors = [],
        Damage = [],
        SitesUsed = ["unna", "nuernberg"],
        StaleSince = null,
        Elapsed = TimeSpan.FromSeconds(61.25),
    };

    public static RestoreRequest RestoreRequest() => new() { Snapshot = new SnapshotSelector("latest", null), Target = "/restore" };

    public static Entry File(string name) => new()
    {
        Name = Encoding.UTF8.GetBytes(name),
        Kind = EntryKind.File,
        Mode = 0x1a4,
        UserId = 1000,
        GroupId = 100,
        User = "anna",
        Group = "users",
        Modified = new Timestamp(1_795_400_000, 123_456_789),
        Size = 4711,
    };
}
