using Backup.Engine.Format;
using Backup.Engine.Sites;
using Backup.Engine.Stores;

namespace Backup.Engine.Runs;

/// <summary>An object of a listing.</summary>
internal readonly record struct ListedObject(ObjectKind Kind, long Length, DateTimeOffset Modified);

/// <summary>What a site lists of data and ledger, by hash: 100,000 objects take 10 MB. Nothing is believed that another listing does not say too.</summary>
internal sealed class SiteListing
{
    private static readonly string[] Folders =
        [ObjectNames.PackPrefix, ObjectNames.IndexPrefix, ObjectNames.InventoryPrefix, ObjectNames.SnapshotPrefix, ObjectNames.LedgerPrefix];

    private readonly Dictionary<Hash, ListedObject> _objects = [];

    public IReadOnlyDictionary<Hash, ListedObject> Objects => _objects;

    /// <summary>Whether a name came twice.</summary>
    public bool Repeats { get; private set; }

    /// <summary>Lists a site; null if it does not answer: it is down then.</summary>
    public static async Task<SiteListing?> MakeAsync(Site site, CancellationToken cancellation)
    {
        var listing = new SiteListing();
        try
        {
            foreach (var folder in Folders)
            {
                await foreach (var found in site.Store.ListAsync(folder, cancellation))
                {
                    if (ObjectNames.TryParse(found.Name, out var name) && name.IsHashed)
                    {
                        listing.Repeats |= !listing._objects.TryAdd(name.Hash, new ListedObject(name.Kind, found.Length, found.Modified));
                    }
                }
            }

            return listing;
        }
        catch (StoreException failure)
        {
            site.GoDown(new SiteFailure(failure.Fault, failure.Message));
            return null;
        }
    }

    /// <summary>Why nothing may be deleted by it; null if all is there that must be.</summary>
    /// <param name="expected">Hash and length of every live object; no length: any.</param>
    /// <param name="former">A listing made before; null for the first.</param>
    public string? Doubt(IReadOnlyDictionary<Hash, long?> expected, SiteListing? former)
    {
        if (Repeats || former?.Repeats == true)
        {
            return "its listing names an object twice: it cannot be relied on";
        }

        var missing = expected.Count(item => !_objects.TryGetValue(item.Key, out var found) || (item.Value is { } length && length != found.Length));
        if (missing > 0)
        {
            return $"its listing lacks {missing} objects that must be there; `backupctl sync`, or `backupctl verify --heal`, completes it";
        }

        return former?._objects.Any(item => !_objects.TryGetValue(item.Key, out var now) || now.Length != item.Value.Length) == true
            ? "two listings of it do not say the same"
            : null;
    }
}
