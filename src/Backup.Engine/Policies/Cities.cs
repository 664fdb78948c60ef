namespace Backup.Engine.Policies;

/// <summary>
/// When sites lie in one city: its name's letters, not their case, the space around them or their Unicode form. Another country makes another city.
/// </summary>
public static class Cities
{
    /// <summary>Each city of the sites once, as the first of its sites writes it.</summary>
    public static IReadOnlyList<string> Of(IEnumerable<SiteConfig> sites) =>
        [.. sites.DistinctBy(static site => Key(site.Country, site.City), StringComparer.Ordinal).Select(static site => site.City)];

    /// <summary>The same text for each site of one city, and for no other.</summary>
    public static string Key(string country, string city) => $"{country}/{city.Trim().Normalize().ToUpperInvariant()}";
}
