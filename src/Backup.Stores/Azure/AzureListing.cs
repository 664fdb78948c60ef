using System.Runtime.CompilerServices;
using Azure;
using Azure.Storage.Blobs.Models;
using Backup.Engine.Stores;

namespace Backup.Stores.Azure;

/// <summary>
/// Lists blobs and does not believe the list: a listing that begins anew, or goes on without bringing anything, is ended. What it brings
/// twice is passed over.
/// </summary>
internal static class AzureListing
{
    /// <summary>A page may be empty, where many removed blobs are passed over; so many in a row never are.</summary>
    public const int MostIdlePages = 1_000;

    private const int PageSize = 5_000;

    /// <summary>Each blob whose name starts with so, once, with the service's time of the answer that brought it.</summary>
    public static async IAsyncEnumerable<(BlobItem Item, DateTimeOffset? Time)> ListAsync(
        AzurePlace place, string prefix, BlobStates states, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var options = new GetBlobsOptions { Prefix = place.Prefix + prefix, States = states, Traits = TraitsOf(states) };
        var pages = place.Container.GetBlobsAsync(options, cancellation).AsPages(continuationToken: null, PageSize).GetAsyncEnumerator(cancellation);
        await using var ended = pages;
        var (seen, tokens, idle) = (new HashSet<(string, string?, string?)>(), new HashSet<string>(StringComparer.Ordinal), 0);
        async Task<bool> NextAsync() => await pages.MoveNextAsync() && IsReadable(pages.Current);
        while (await place.CallAsync(AzureAccess.Read, "The listing", NextAsync, cancellation))
        {
            idle++;
            foreach (var item in pages.Current.Values.Where(item => seen.Add((item.Name, item.VersionId, item.Snapshot))))
            {
                idle = 0;
                yield return (item, pages.Current.GetRawResponse().Headers.Date);
            }

            if (pages.Current.ContinuationToken is { Length: > 0 } token && (!tokens.Add(token) || idle >= MostIdlePages))
            {
                throw place.Fault(StoreFault.Unreachable, "answers with a listing that repeats itself and never ends.");
            }
        }
    }

    /// <summary>Whether a blob stands for a folder: accounts with a hierarchical namespace show those too.</summary>
    public static bool IsFolder(IDictionary<string, string>? metadata) =>
        metadata is not null && metadata.TryGetValue("hdi_isfolder", out var folder) && folder is "true";

    /// <summary>A page without its list is no empty page.</summary>
    private static bool IsReadable(Page<BlobItem> page) =>
        page.Values is not null ? true : throw new InvalidDataException("A page of a listing holds no list.");

    private static BlobTraits TraitsOf(BlobStates states) =>
        states == BlobStates.None ? BlobTraits.Metadata : BlobTraits.ImmutabilityPolicy | BlobTraits.LegalHold;
}
