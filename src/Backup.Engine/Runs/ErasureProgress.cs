using System.Globalization;
using Backup.Engine.Format;
using Backup.Engine.Ledger;

namespace Backup.Engine.Runs;

/// <summary>How far an erasure is, site by site, by what the ledger says.</summary>
/// <param name="Level">0 nothing yet, 1 blocked, 2 keys gone, 3 objects gone: the lowest of all sites.</param>
/// <param name="Sites">Every site that is not retired and may hold something.</param>
internal sealed record ErasureProgress(int Level, IReadOnlyList<ErasureSiteState> Sites)
{
    public const int Blocked = 1;

    public const int KeysGone = 2;

    public const int Gone = 3;

    /// <summary>Recorded with a site: the epoch that was the only one its listing showed; FORMAT.md, section 10.</summary>
    public const string OnlyEpoch = "only-epoch";

    /// <summary>Recorded with a site: until when its store keeps objects of an older epoch against everybody, seconds since 1970.</summary>
    public const string SecretsRetained = "secrets-retained-until";

    /// <summary>Works it out.</summary>
    public static ErasureProgress Of(Session session, ErasureFacts facts)
    {
        var sites = session.Ledger.Sites.Where(site => site.State != SiteState.Retired && !IsUntouched(session, site))
            .Where(site => facts.Certified == 0 || facts.Sites.ContainsKey(site.Id)).Select(site => StateOf(session.Ledger, facts, site)).ToList();
        var level = facts.Epoch == 0 ? Blocked : sites.Select(site => site.LevelOf(facts)).DefaultIfEmpty(Gone).Min();
        return new ErasureProgress(level, sites);
    }

    /// <summary>Nothing of the repository ever stood there.</summary>
    private static bool IsUntouched(Session session, SiteRecord site) =>
        site.State == SiteState.Awaited && session.Sites.FirstOrDefault(known => known.Id == site.Id) is not { Ledger.Holds: true };

    private static ErasureSiteState StateOf(LedgerState ledger, ErasureFacts facts, SiteRecord site)
    {
        var own = facts.Sites.GetValueOrDefault(site.Id);
        var keys = facts.Epoch > 0 && EpochOf(Fact(ledger, site.Id, OnlyEpoch)) >= facts.Epoch;
        var verified = keys && own is { Verified: > 0 };
        var retained = Math.Max(own?.RetainedUntil ?? 0, keys ? 0 : Number(Fact(ledger, site.Id, SecretsRetained)));
        return new ErasureSiteState(site.Id, site.City, keys, verified, own, retained > 0 && !verified ? DateTimeOffset.FromUnixTimeSeconds(retained) : null);
    }

    /// <summary>The number of the epoch that a listing of a site showed as the only one; 0: none did.</summary>
    public static long OnlyEpochAt(LedgerState ledger, string site) => EpochOf(Fact(ledger, site, OnlyEpoch));

    /// <summary>Whether a fact is recorded with a site, with that value if one is given.</summary>
    public static bool HasFact(LedgerState ledger, string site, string name, string? value = null) =>
        ledger.Facts.Any(item => item.Fact.Site == site && item.Fact.Name == name && (value is null || item.Fact.Value == value));

    private static string Fact(LedgerState ledger, string site, string name) =>
        ledger.Facts.FirstOrDefault(item => item.Fact.Site == site && item.Fact.Name == name)?.Fact.Value ?? "";

    private static long Number(string text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;

    /// <summary>The number of an epoch by its name.</summary>
    private static long EpochOf(string name) => name.Split('-') is [var number, _] ? Number(number) : 0;
}

/// <summary>How far an erasure is at one site.</summary>
/// <param name="Id">The site.</param>
/// <param name="City">Where it is.</param>
/// <param name="KeysDestroyed">A listing showed no epoch that had the keys.</param>
/// <param name="Verified">A listing showed no object that held the data.</param>
/// <param name="Facts">What the ledger says; null: nothing yet.</param>
/// <param name="RetainedUntil">Until when its store keeps something of it; null: nothing, or not known.</param>
internal sealed record ErasureSiteState(string Id, string City, bool KeysDestroyed, bool Verified, ErasureSiteFacts? Facts, DateTimeOffset? RetainedUntil)
{
    /// <summary>What lay in a domain whose key stays is there until its objects are gone.</summary>
    public int LevelOf(ErasureFacts facts) => Verified ? ErasureProgress.Gone : KeysDestroyed && !facts.OpensWithCurrentKeys ? ErasureProgress.KeysGone : ErasureProgress.Blocked;
}
