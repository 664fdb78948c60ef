using System.Globalization;

namespace Backup.Engine.Policies;

/// <summary>Reads how many copies the policy demands, and whether its sites can meet that at all.</summary>
internal static class PlacementReader
{
    public static readonly string[] Keys = ["cities", "countries", "min_distance_km"];

    private const int UsualCities = 3;
    private const int MostKilometres = 20_000;

    /// <summary>Reads the placement.</summary>
    /// <param name="node">Its value, or null: defaults.</param>
    /// <param name="sites">The sites that could be read.</param>
    /// <param name="unread">The number of sites that could not, and have their faults already.</param>
    /// <param name="sitesNode">Where the sites stand.</param>
    /// <param name="reading">The policy.</param>
    public static PlacementConfig Read(PolicyNode? node, IReadOnlyList<LocatedSite> sites, int unread, PolicyNode sitesNode, PolicyReading reading)
    {
        // A city that is missing has its own fault; what it might be is given the benefit of the doubt.
        var named = Cities.Of(sites.Select(static each => each.Site).Where(static site => site.City.Length > 0));
        var distinct = named.Count + sites.Count(static each => each.Site.City.Length == 0) + unread;
        var usual = Math.Max(1, Math.Min(distinct, UsualCities));
        if (node is null || PolicyFields.Of(node, "the placement", Keys, reading) is not { } fields)
        {
            Warn(usual, sitesNode, reading);
            return new PlacementConfig(usual, [], 0);
        }

        var cities = fields.Integer("cities", usual, 1, 100);
        if (fields.Has("cities") && cities > distinct)
        {
            fields.Fault(
                "cities",
                $"The placement demands {cities} cities, and the sites lie in {distinct}{(named.Count > 0 ? $" ({string.Join(", ", named)})" : "")}.",
                "Add a site in another city, or lower 'cities'.");
        }

        Warn(cities, fields.At("cities"), reading);
        var placement = new PlacementConfig(cities, CountriesOf(fields), Distance(fields));
        CheckCountries(placement, sites);
        CheckDistances(placement, sites);
        return placement;
    }

    private static List<string> CountriesOf(PolicyFields fields)
    {
        var countries = new List<string>();
        foreach (var item in fields.Items("countries"))
        {
            if (fields.TextOf(item, "each item of 'countries'") is not { } text)
            {
                continue;
            }

            if (!Countries.IsCode(text))
            {
                fields.Faults.Add(item, $"{PolicyReading.Quote(text)} is no country code.", $"Write {Countries.Form}.");
                continue;
            }

            countries.Add(text);
        }

        return countries;
    }

    private static double Distance(PolicyFields fields)
    {
        var kilometres = 0.0;
        var given = fields.Formed("min_distance_km", $"a number of kilometres from 0 to {MostKilometres}, like 10", text =>
            double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out kilometres) && kilometres <= MostKilometres);
        return given ? kilometres : 0;
    }

    private static void CheckCountries(PlacementConfig placement, IReadOnlyList<LocatedSite> sites)
    {
        foreach (var (_, site, fields) in sites)
        {
            if (placement.Countries.Count > 0 && site.Country.Length > 0 && !placement.Countries.Contains(site.Country, StringComparer.Ordinal))
            {
                fields.Fault(
                    "country",
                    $"The site '{site.Id}' lies in {site.Country}, and the placement allows only {string.Join(", ", placement.Countries)}.",
                    "Remove the site, or add the country to 'placement: countries'.");
            }
        }
    }

    private static void CheckDistances(PlacementConfig placement, IReadOnlyList<LocatedSite> sites)
    {
        for (var i = 0; placement.MinDistanceKm > 0 && i < sites.Count; i++)
        {
            var (_, site, fields) = sites[i];
            if (site.Location is not { } location)
            {
                if (!fields.Has("location"))
                {
                    fields.Faults.Add(
                        fields.Node,
                        $"The site '{site.Id}' has no location, and the placement demands a distance.",
                        "Add 'location: [latitude, longitude]' in degrees, or remove 'min_distance_km'.");
                }

                continue;
            }

            for (var j = 0; j < i; j++)
            {
                var other = sites[j].Site;
                if (other.Location is not { } there || Cities.Key(other.Country, other.City) == Cities.Key(site.Country, site.City))
                {
                    continue;
                }

                var distance = location.KilometresTo(there);
                if (distance < placement.MinDistanceKm)
                {
                    var kilometres = distance.ToString("0.0", CultureInfo.InvariantCulture);
                    var demanded = placement.MinDistanceKm.ToString(CultureInfo.InvariantCulture);
                    fields.Fault(
                        "location",
                        $"The sites '{other.Id}' ({other.City}) and '{site.Id}' ({site.City}) are {kilometres} km apart; the placement demands {demanded} km.",
                        "Correct the location, choose another site, or lower 'min_distance_km'.");
                }
            }
        }
    }

    private static void Warn(int cities, PolicyNode at, PolicyReading reading)
    {
        if (cities < UsualCities)
        {
            reading.Warnings.Add(
                at,
                $"The placement demands {cities} {(cities == 1 ? "city" : "cities")} only; a fire, a flood or one broken contract can take that many.",
                "Add sites in other cities, three at least.");
        }
    }
}
