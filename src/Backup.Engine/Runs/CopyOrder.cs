using Backup.Engine.Format;

namespace Backup.Engine.Runs;

/// <summary>
/// In which order a site gets what it lacks: snapshot by snapshot, the oldest first (FORMAT.md, section 12). A snapshot reaches what earlier ones added,
/// never what later ones did: so whenever the copying ends, every snapshot that was copied restores from that site alone.
/// </summary>
internal static class CopyOrder
{
    /// <summary>
    /// Sorts by the entry whose inventory added the object, in the order of the ledger. What no inventory that can be read names (a checkpoint may) comes
    /// first: any snapshot may need it.
    /// </summary>
    public static async Task<IReadOnlyList<FaultyObject>> SortAsync(Session session, IReadOnlyList<FaultyObject> missing, CancellationToken cancellation)
    {
        var unplaced = missing.Select(static item => item.Name).ToHashSet(StringComparer.Ordinal);
        var places = new Dictionary<string, int>(StringComparer.Ordinal);
        var entries = session.EntriesBelow;

        // From the newest back: a site that was away for a night needs no more than the inventory of that night read.
        for (var place = entries.Count - 1; place >= 0 && unplaced.Count > 0; place--)
        {
            var body = entries[place].Body;
            var names = new[] { body.Inventory, body.Checkpoint }.OfType<ObjectReference>().Select(static reference => ObjectNames.Inventory(reference.Id));
            if (body.Inventory is { } inventory)
            {
                names = names.Concat(await SiteBacklog.AddedAsync(session, inventory.Id, cancellation));
            }

            foreach (var name in names.Where(unplaced.Remove))
            {
                places[name] = place;
            }
        }

        return [.. missing
            .OrderBy(item => places.GetValueOrDefault(item.Name, -1))
            .ThenBy(static item => Rank(item.Name))
            .ThenBy(static item => item.Name, StringComparer.Ordinal)];
    }

    public static bool IsPack(in FaultyObject item) => Rank(item.Name) == 0;

    /// <summary>Packs before the index that names them, that before the inventory, that before the snapshot.</summary>
    private static int Rank(string name) =>
        name.StartsWith(ObjectNames.PackPrefix, StringComparison.Ordinal) ? 0
        : name.StartsWith(ObjectNames.IndexPrefix, StringComparison.Ordinal) ? 1
        : name.StartsWith(ObjectNames.InventoryPrefix, StringComparison.Ordinal) ? 2 : 3;
}
