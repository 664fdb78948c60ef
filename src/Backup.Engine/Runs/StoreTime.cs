using System.Security.Cryptography;
using Backup.Engine.Format;

namespace Backup.Engine.Runs;

/// <summary>
/// The time by the clocks of the sites. Nothing is removed by a clock that nobody else confirms: a machine whose clock is wrong would forget what is young,
/// or delete before the grace is over.
/// </summary>
internal static class StoreTime
{
    /// <summary>How far this machine's clock may be off a site's.</summary>
    public static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(5);

    /// <summary>
    /// Puts an object at a site, asks for its time, and removes it again. It stands in a folder of which nothing is ever locked, and what a kill leaves
    /// there the next run destroys.
    /// </summary>
    /// <returns>Null if the site does not answer; it is down then.</returns>
    public static async Task<DateTimeOffset?> AskAsync(SessionSite site, CancellationToken cancellation)
    {
        var content = RandomNumberGenerator.GetBytes(32);
        var name = ObjectNames.Keyring(Hash.Of(content));
        DateTimeOffset? time = null;
        var fault = await site.Site.AskAsync(
            async () =>
            {
                await site.Site.Store.PutAsync(name, content, cancellation);
                time = (await site.Site.Store.StatAsync(name, cancellation))?.Modified;
                await site.Site.Store.DeleteAsync(name, cancellation);
            },
            Sites.Patience.Default, TimeProvider.System, cancellation);
        return fault is null ? time : null;
    }

    /// <summary>Compares this machine's clock with the ledger and with every site that answers.</summary>
    /// <returns>The time.</returns>
    /// <exception cref="BackupException">They disagree, or no site answers: nothing may be removed.</exception>
    public static async Task<DateTimeOffset> RequireSoundClockAsync(Session session, CancellationToken cancellation)
    {
        var now = session.Context.Clock.GetUtcNow();
        var newest = DateTimeOffset.FromUnixTimeSeconds(session.Ledger.NewestTime);
        if (now < newest.AddSeconds(-1))
        {
            throw Wrong($"this machine's clock shows {now:u}, and the newest entry of the ledger is of {newest:u}");
        }

        using var keys = await session.LockKeysAsync(cancellation);
        var times = await Task.WhenAll(session.Serving.ToList().Select(async site => (site.Id, Time: await AskAsync(site, cancellation))));
        if (times.All(static item => item.Time is null))
        {
            throw new BackupException(
                FailureKind.NoRepository, "Nothing was removed: no site answers any more, so none says what time it is.", "`backupctl status` shows the sites; run it again when one is back.");
        }

        now = session.Context.Clock.GetUtcNow();
        return times.FirstOrDefault(item => item.Time is { } time && (time - now).Duration() > Tolerance) is { Time: { } other } off
            ? throw Wrong($"this machine's clock shows {now:u}, and that of the site {off.Id} {other:u}")
            : now;
    }

    private static BackupException Wrong(string how) => new(
        FailureKind.Failed,
        FormattableString.Invariant($"Nothing was removed, for the clocks disagree: {how}."),
        "Correct the clock that is wrong (chronyd or systemd-timesyncd keeps it right), then run it again.");
}
