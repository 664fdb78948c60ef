using Backup.Engine.Format;
using Backup.Engine.Indexing;
using Backup.Engine.Sites;
using Backup.Engine.Stores;

namespace Backup.Engine.Runs;

/// <summary>What a site lists, against what it must hold.</summary>
/// <param name="Site">The site.</param>
/// <param name="Present">Every object that is there, with its length.</param>
/// <param name="Missing">What must be there and is not, or has another length.</param>
/// <param name="Unreferenced">What is there of data and belongs to nothing: attempts that did not finish.</param>
/// <param name="MissingKeys">How many of the current objects of slots, epoch and keyring are not there: without them the site alone opens nothing.</param>
/// <param name="Objects">Number of objects, those of keys and ledger included.</param>
/// <param name="Bytes">Their length.</param>
internal sealed record SiteSurvey(
    Site Site, IReadOnlyDictionary<string, long> Present, IReadOnlyList<FaultyObject> Missing, IReadOnlyList<string> Unreferenced, int MissingKeys, long Objects, long Bytes)
{
    private static readonly string[] Folders =
        [ObjectNames.PackPrefix, ObjectNames.IndexPrefix, ObjectNames.InventoryPrefix, ObjectNames.SnapshotPrefix];

    /// <summary>Lists a site. A store that does not answer takes the site down and gives null.</summary>
    /// <param name="site">The site.</param>
    /// <param name="expected">What of data must be there, with its length.</param>
    /// <param name="keys">The names of the current keys.</param>
    /// <param name="cancellation">Ends the call.</param>
    public static async Task<SiteSurvey?> MakeAsync(
        Site site, IReadOnlyDictionary<string, long> expected, IEnumerable<string> keys, CancellationToken cancellation)
    {
        var present = new Dictionary<string, long>(expected.Count, StringComparer.Ordinal);
        var unreferenced = new List<string>();
        var (objects, bytes) = (0L, 0L);
        try
        {
            await foreach (var found in site.Store.ListAsync("", cancellation))
            {
                objects++;
                bytes += found.Length;
                present[found.Name] = found.Length;
                if (!expected.ContainsKey(found.Name) && Array.Exists(Folders, folder => found.Name.StartsWith(folder, StringComparison.Ordinal)))
                {
                    unreferenced.Add(found.Name);
                }
            }
        }
        catch (StoreException failure)
        {
            site.GoDown(new SiteFailure(failure.Fault, failure.Message));
            return null;
        }

        var missing = new List<FaultyObject>();
        foreach (var (name, length) in expected)
        {
            if (!present.TryGetValue(name, out var there))
            {
                missing.Add(new FaultyObject(name, length, CopyFault.Missing));
            }
            else if (there != length)
            {
                missing.Add(new FaultyObject(name, length, CopyFault.WrongLength));
            }
        }

        return new SiteSurvey(site, present, missing, unreferenced, keys.Count(name => !present.ContainsKey(name)), objects, bytes);
    }
}

/// <summary>An object that is not at a site as it must be.</summary>
internal readonly record struct FaultyObject(string Name, long Length, CopyFault Fault);
