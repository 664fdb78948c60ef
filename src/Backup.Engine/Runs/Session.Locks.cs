using System.Globalization;
using Backup.Engine.Format;
using Backup.Engine.Policies;
using Backup.Engine.Sites;
using Backup.Engine.Stores;

namespace Backup.Engine.Runs;

/// <content>
/// Object locks: a store keeps each new object for the days that its site says, and what is still needed is kept on. What is not needed any more
/// runs out by itself, and gc can remove it.
/// </content>
internal sealed partial class Session
{
    /// <summary>The facts: seconds since 1970 until which all that is needed at a site is locked at least.</summary>
    private const string DataLocked = "data-locked-until";

    /// <summary>The same for slots, epoch and keyring, whose locks are short: an erasure waits for them.</summary>
    private const string SecretsLocked = "secrets-locked-until";

    /// <summary>Nights come a little earlier or later.</summary>
    private static readonly TimeSpan NightsDiffer = TimeSpan.FromHours(12);

    /// <summary>Keeps on, at every site with a lock, what is needed and would be free before the next chance: data at half time, keys every night.</summary>
    private Task RenewLocksAsync(CancellationToken cancellation) => Task.WhenAll(Sites.Where(static site => site.Serves).ToList().Select(async site =>
    {
        if (site.Config is not CloudSiteConfig { Lock: { } demanded } config || SurveyOf(site) is not { } survey)
        {
            return;
        }

        var data = TimeSpan.FromDays(demanded.Days);
        if (IsDue(site, DataLocked, data / 2))
        {
            var names = ExpectedObjects().Keys.Concat(Reading.Graph.Below(_heads.Select(static head => head.Hash)).Select(static node => node.Name))
                .Append(ObjectNames.Repository).Where(survey.Present.ContainsKey);
            await LockAsync(site, DataLocked, [.. names], data, cancellation);
        }

        // A place of the secrets alone keeps nothing.
        if (config.Secrets is null && IsDue(site, SecretsLocked, config.SecretLock - NightsDiffer))
        {
            await LockAsync(site, SecretsLocked, [.. CurrentKeyObjects().Select(static item => item.Name)], config.SecretLock, cancellation);
        }
    }));

    /// <summary>Whether the recorded date is so near that this run must not leave it to the next.</summary>
    private bool IsDue(SessionSite site, string fact, TimeSpan ahead)
    {
        var recorded = Ledger.Facts.FirstOrDefault(item => item.Fact.Site == site.Id && item.Fact.Name == fact)?.Fact.Value;
        return !long.TryParse(recorded, NumberStyles.None, CultureInfo.InvariantCulture, out var until) ||
            DateTimeOffset.FromUnixTimeSeconds(until) < Context.Clock.GetUtcNow() + ahead;
    }

    /// <summary>Locks objects, several at once. Where the store refuses one, nothing is recorded, and the next run tries again.</summary>
    private async Task LockAsync(SessionSite site, string fact, IReadOnlyList<string> names, TimeSpan time, CancellationToken cancellation)
    {
        var until = Context.Clock.GetUtcNow() + time;
        Context.Progress.Phase($"renewing the locks of {names.Count} objects at {site.Id}");
        try
        {
            await Parallel.ForEachAsync(
                names,
                new ParallelOptions { MaxDegreeOfParallelism = site.Site.Connections, CancellationToken = cancellation },
                async (name, token) => await site.Site.Store.LockAsync(name, until, token));
            _toRecord.Add(new LedgerFact(site.Id, fact, until.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture)));
        }
        catch (StoreException failure) when (failure.Fault is StoreFault.Unreachable or StoreFault.Missing)
        {
            site.Site.GoDown(new SiteFailure(failure.Fault, failure.Message));
        }
        catch (StoreException failure)
        {
            Context.Progress.Message(new RunFinding(
                site.Id, $"its locks could not be renewed: {failure.Message}", "Give the credentials the right to set retention, or remove `lock:` from the site."));
        }
    }
}
