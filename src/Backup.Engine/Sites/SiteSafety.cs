using Backup.Engine.Policies;
using Backup.Engine.Stores;

namespace Backup.Engine.Sites;

/// <summary>Something about a store that matters to whoever relies on it.</summary>
/// <param name="IsUnsafe">A promise cannot be kept there: the site is not made a site.</param>
/// <param name="What">What it is.</param>
/// <param name="Remedy">What to do about it.</param>
public sealed record SiteRisk(bool IsUnsafe, string What, string Remedy);

/// <summary>Judges what a store was found to do (<see cref="StoreCapabilities"/>) by what is asked of a site.</summary>
public static class SiteSafety
{
    /// <summary>Deleting and keeping are decided by the clock of the store; a larger difference makes them doubtful.</summary>
    public static TimeSpan MostClockAhead { get; } = TimeSpan.FromMinutes(5);

    /// <summary>Everything worth saying, what is unsafe first.</summary>
    public static IReadOnlyList<SiteRisk> Of(SiteConfig site, StoreCapabilities found) =>
        [.. new[] { Erasing(site, found), Locking(site, found), Copying(found), Clock(found), Exclusive(found), Atomic(found) }
            .OfType<SiteRisk>().OrderByDescending(static risk => risk.IsUnsafe)];

    /// <summary>Whether a thief of the everyday credentials could destroy the keys of this site, and with them the site.</summary>
    public static bool CouldBeDestroyed(SiteConfig site, StoreCapabilities? found) =>
        found is not { DailyDelete: Capability.No } && site is not CloudSiteConfig { Lock: not null };

    /// <summary>Keys must be destroyable: an erasure is nothing else.</summary>
    private static SiteRisk? Erasing(SiteConfig site, StoreCapabilities found)
    {
        var apart = site switch
        {
            AzureSiteConfig => "name another container in `secrets:`, without that setting",
            S3SiteConfig => "name another bucket in `secrets:`, without that setting",
            _ => "name another folder in `secrets:`, without that setting",
        };
        return found switch
        {
            { DefaultLock: Capability.Yes } => new SiteRisk(
                true, "it locks every object by itself, so that keys could not be destroyed for an erasure", $"Remove that rule, or {apart}."),
            { SoftDelete: Capability.Yes } => new SiteRisk(
                true, "it keeps what is deleted for some time, so that an erased person's keys could be brought back", $"Switch soft delete off, or {apart}."),
            { FinalDelete: Capability.No, Versioning: Capability.Yes } => new SiteRisk(
                true, "it keeps older versions, and the credentials may not delete them", $"Name credentials that may in `delete_credentials_file:`, or {apart}."),
            { FinalDelete: Capability.No } => new SiteRisk(
                true, "the credentials may not delete, so that nothing could be erased there", "Name credentials that may in `delete_credentials_file:`."),
            _ => null,
        };
    }

    private static SiteRisk? Locking(SiteConfig site, StoreCapabilities found) => site is CloudSiteConfig { Lock: not null } && found.ObjectLock != Capability.Yes
        ? new SiteRisk(
            true,
            found.ObjectLock == Capability.No ? "`lock:` is demanded, and it cannot lock objects" : "`lock:` is demanded, and the credentials may not ask whether it can lock objects",
            "Make a bucket or container with object lock for this site, or remove `lock:`.")
        : null;

    private static SiteRisk? Copying(StoreCapabilities found) => found.Replication == Capability.Yes
        ? new SiteRisk(true, "it copies its objects to a place that this program does not know and cannot erase in", "Switch replication off, or name a place without it in `secrets:`.")
        : null;

    private static SiteRisk? Clock(StoreCapabilities found) => found.ClockAhead is { } ahead && ahead.Duration() > MostClockAhead
        ? new SiteRisk(
            false,
            $"its clock is {ahead.Duration().TotalMinutes:0} minutes {(ahead > TimeSpan.Zero ? "ahead of" : "behind")} this machine's",
            "Set both clocks right: nothing is deleted by a clock that is in doubt.")
        : null;

    private static SiteRisk? Exclusive(StoreCapabilities found) => found.ExclusivePut == Capability.No
        ? new SiteRisk(
            false,
            "it lets a put replace what is there: two programs that begin a repository at once would not notice",
            "Let only one machine run `backupctl init` or `site add` there; all else is named by its content and safe.")
        : null;

    private static SiteRisk? Atomic(StoreCapabilities found) => found.AtomicPut == Capability.No
        ? new SiteRisk(false, "an object can be seen there before it is complete", "Use a server with posix-rename if you can; every object is read back all the same.")
        : null;
}
