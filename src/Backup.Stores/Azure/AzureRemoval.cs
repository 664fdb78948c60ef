using Azure;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using Backup.Engine.Stores;

namespace Backup.Stores.Azure;

/// <summary>
/// Removes a blob and looks what is left of it. Where versions are kept, what is removed becomes one, and each is removed by its own name;
/// where removed blobs are kept, nobody but the service ends them, after some days; a locked version stays until its date.
/// </summary>
internal static class AzureRemoval
{
    private const BlobStates Everything = BlobStates.Snapshots | BlobStates.Deleted | BlobStates.Version | BlobStates.Uncommitted;

    /// <param name="place">Where.</param>
    /// <param name="name">As the store says it, or one under <c>tmp/</c>.</param>
    /// <param name="cancellation">Ends the call.</param>
    /// <returns>Final only if a listing with all that is kept shows nothing of the name.</returns>
    public static async Task<DeleteOutcome> RemoveAsync(AzurePlace place, string name, CancellationToken cancellation)
    {
        var blob = place.Removing.GetBlobBaseClient(place.Prefix + name);
        await TryRemoveAsync(place, name, blob, DeleteSnapshotsOption.IncludeSnapshots, cancellation);
        var left = await LeftAsync(place, name, cancellation);
        var removed = false;
        foreach (var (item, _) in left.Where(static found => IsOlder(found.Item)))
        {
            var older = item.Snapshot is { } snapshot ? blob.WithSnapshot(snapshot) : blob.WithVersion(item.VersionId);
            removed |= await TryRemoveAsync(place, name, older, DeleteSnapshotsOption.None, cancellation);
        }

        left = removed ? await LeftAsync(place, name, cancellation) : left;
        return left.Count == 0 ? DeleteOutcome.Gone : new DeleteOutcome(Final: false, Until(left));
    }

    /// <summary>All that the service still has under this very name.</summary>
    public static async Task<List<(BlobItem Item, DateTimeOffset? Time)>> LeftAsync(AzurePlace place, string name, CancellationToken cancellation) =>
        await AzureListing.ListAsync(place, name, Everything, cancellation).Where(found => found.Item.Name == place.Prefix + name).ToListAsync(cancellation);

    /// <summary>
    /// When the service ends a removed blob: it counts days from the removal, and says how many whole ones are left. How it rounds is not
    /// documented, so the later end is taken: at most a day too late, and never too early.
    /// </summary>
    internal static DateTimeOffset EndOf(DateTimeOffset removed, int daysLeft, DateTimeOffset now) =>
        removed.AddDays(Math.Floor((now - removed).TotalDays + daysLeft) + 1);

    /// <summary>What can be removed by a name of its own.</summary>
    private static bool IsOlder(BlobItem item) => !item.Deleted && (item.Snapshot is not null || (item.VersionId is not null && item.IsLatestVersion is not true));

    /// <returns>False if it is locked; true if it is removed, by whomever.</returns>
    private static Task<bool> TryRemoveAsync(
        AzurePlace place, string name, BlobBaseClient blob, DeleteSnapshotsOption snapshots, CancellationToken cancellation) =>
        place.CallAsync(
            AzureAccess.Write, name,
            async () =>
            {
                try
                {
                    await blob.DeleteAsync(snapshots, conditions: null, cancellation);
                    return true;
                }
                catch (RequestFailedException answer) when (AzureFault.SaysNoObject(answer))
                {
                    return true;
                }
                catch (RequestFailedException answer) when (AzureFault.SaysLocked(answer))
                {
                    return false;
                }
            },
            cancellation);

    /// <summary>The latest of the dates; null if one is not known.</summary>
    private static DateTimeOffset? Until(List<(BlobItem Item, DateTimeOffset? Time)> left)
    {
        var dates = left.ConvertAll(static found => found.Item switch
        {
            { Deleted: true, Properties: { DeletedOn: { } removed, RemainingRetentionDays: { } days } } => EndOf(removed, days, found.Time ?? removed),
            { Deleted: true } => null,
            { Properties.HasLegalHold: true } => null,
            _ => found.Item.Properties.ImmutabilityPolicy?.ExpiresOn,
        });
        return dates.Contains(null) ? null : dates.Max();
    }
}
