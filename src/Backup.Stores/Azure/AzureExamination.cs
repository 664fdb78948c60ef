using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using Backup.Engine.Stores;

namespace Backup.Stores.Azure;

/// <summary>
/// Finds out what a container does, by doing it with a blob of its own, and asks for what can only be asked. Credentials that may not ask, or
/// not do, leave an <see cref="Capability.Unknown"/>.
/// </summary>
/// <param name="place">Where.</param>
/// <param name="upload">An exclusive put, as the store does it.</param>
internal sealed class AzureExamination(
    AzurePlace place, Func<string, ReadOnlyMemory<byte>, BlobImmutabilityPolicy?, CancellationToken, Task<bool>> upload)
{
    private readonly string _name = AzurePlace.NewTemporary();

    public async Task<StoreCapabilities> RunAsync(CancellationToken cancellation)
    {
        var first = await upload(_name, new byte[] { 1 }, null, cancellation);
        var again = await upload(_name, new byte[] { 2, 2 }, null, cancellation);
        var (found, ahead) = await LookAsync(cancellation);
        var container = await AskContainerAsync(cancellation);
        var objectLock = container?.HasImmutableStorageWithVersioning == false ? Capability.No : await TryLockAsync(cancellation);

        // With the credentials of every day first: they may not be the ones that remove. Each answer is of the blob that is there then.
        var daily = await TryDeleteAsync(place.Container, cancellation);
        var outcome = await TryRemoveAsync(cancellation);
        var versioning = Answer(found.VersionId is not null);
        return new StoreCapabilities
        {
            ExclusivePut = Answer(first && !again && found.ContentLength == 1),
            AtomicPut = Answer(first && found.ContentLength == 1), // one request; the service has no other way to show half of it
            DurablePut = Capability.Unknown, // promised, with at least three copies, and nothing to ask
            FinalDelete = outcome is { } removed ? Answer(removed.Final) : Capability.No,
            DailyDelete = daily switch { DeleteAnswer.Deleted => Capability.Yes, DeleteAnswer.Refused => Capability.No, _ => Capability.Unknown },
            Versioning = versioning,
            SoftDelete = await AskSoftDeleteAsync(outcome, cancellation),
            ObjectLock = objectLock,
            DefaultLock = DefaultLock(found, container, daily),
            Replication = Replication(found, versioning),
            ClockAhead = ahead,
        };
    }

    private enum DeleteAnswer
    {
        Deleted,
        Locked,
        Refused,
    }

    private static Capability Answer(bool yes) => yes ? Capability.Yes : Capability.No;

    /// <summary>Nobody has locked it but the container.</summary>
    private static Capability DefaultLock(BlobProperties found, BlobContainerProperties? container, DeleteAnswer daily) => (found, container, daily) switch
    {
        ({ ImmutabilityPolicy.ExpiresOn: not null } or { HasLegalHold: true }, _, _) or (_, _, DeleteAnswer.Locked) => Capability.Yes,
        (_, { HasImmutabilityPolicy: true } or { HasLegalHold: true }, _) => Capability.Yes,
        (_, not null, _) or (_, _, DeleteAnswer.Deleted) => Capability.No,
        _ => Capability.Unknown,
    };

    /// <summary>Objects are replicated from accounts with versions only; which ones, a blob says when it was copied, and no answer tells before.</summary>
    private static Capability Replication(BlobProperties found, Capability versioning) =>
        found.ObjectReplicationSourceProperties is { Count: > 0 } ? Capability.Yes
            : versioning == Capability.No ? Capability.No
            : Capability.Unknown;

    private BlobBaseClient Blob(BlobContainerClient client) => client.GetBlobBaseClient(place.Prefix + _name);

    private Task<(BlobProperties Found, TimeSpan? Ahead)> LookAsync(CancellationToken cancellation) =>
        place.CallAsync(
            AzureAccess.Read, _name,
            async () =>
            {
                var answer = await Blob(place.Container).GetPropertiesAsync(cancellationToken: cancellation);
                return (answer.Value, answer.GetRawResponse().Headers.Date - place.Now);
            },
            cancellation);

    /// <returns>Null if these credentials may not ask.</returns>
    private Task<BlobContainerProperties?> AskContainerAsync(CancellationToken cancellation) =>
        AskAsync<BlobContainerProperties>(async () => await place.Container.GetPropertiesAsync(cancellationToken: cancellation), cancellation);

    private async Task<Capability> AskSoftDeleteAsync(DeleteOutcome? outcome, CancellationToken cancellation)
    {
        if (outcome is { Final: true })
        {
            return Capability.No;
        }

        var left = await AzureRemoval.LeftAsync(place, _name, cancellation);
        if (left.Exists(static found => found.Item.Deleted))
        {
            return Capability.Yes;
        }

        var service = place.Container.GetParentBlobServiceClient();
        var properties = await AskAsync<BlobServiceProperties>(async () => await service.GetPropertiesAsync(cancellation), cancellation);
        return properties?.DeleteRetentionPolicy is { } policy ? Answer(policy.Enabled) : Capability.Unknown;
    }

    /// <summary>An unlocked policy, which can be taken away again; if not, the blob stays for the day and is swept later.</summary>
    private Task<Capability> TryLockAsync(CancellationToken cancellation) =>
        place.CallAsync(
            AzureAccess.Write, _name,
            async () =>
            {
                var (blob, locked) = (Blob(place.Container), Capability.Unknown);
                try
                {
                    var (tomorrow, mode) = (AzureLock.WholeSecond(place.Now.AddDays(1)), BlobImmutabilityPolicyMode.Unlocked);
                    var policy = new BlobImmutabilityPolicy { ExpiresOn = tomorrow, PolicyMode = mode };
                    await blob.SetImmutabilityPolicyAsync(policy, conditions: null, cancellation);
                    locked = Capability.Yes;
                    await blob.DeleteImmutabilityPolicyAsync(cancellation);
                }
                catch (RequestFailedException answer) when (answer.Status is 400 or 409 or 501 && locked == Capability.Unknown)
                {
                    return Capability.No;
                }
                catch (RequestFailedException answer) when (answer.Status > 0)
                {
                    // These credentials may not, or not both; or it was not found out.
                }

                return locked;
            },
            cancellation);

    private Task<DeleteAnswer> TryDeleteAsync(BlobContainerClient client, CancellationToken cancellation) =>
        place.CallAsync(
            AzureAccess.Write, _name,
            async () =>
            {
                try
                {
                    await Blob(client).DeleteAsync(DeleteSnapshotsOption.IncludeSnapshots, conditions: null, cancellation);
                    return DeleteAnswer.Deleted;
                }
                catch (RequestFailedException answer) when (AzureFault.SaysLocked(answer))
                {
                    return DeleteAnswer.Locked;
                }
                catch (RequestFailedException answer) when (answer.Status is 401 or 403)
                {
                    return DeleteAnswer.Refused;
                }
            },
            cancellation);

    /// <returns>Null if even these credentials may not remove it.</returns>
    private async Task<DeleteOutcome?> TryRemoveAsync(CancellationToken cancellation)
    {
        try
        {
            return await AzureRemoval.RemoveAsync(place, _name, cancellation);
        }
        catch (StoreException refused) when (refused.Fault is StoreFault.ReadOnly or StoreFault.Denied)
        {
            return null;
        }
    }

    private async Task<T?> AskAsync<T>(Func<Task<Response<T>>> call, CancellationToken cancellation)
        where T : class
    {
        try
        {
            return (await place.CallAsync(AzureAccess.Read, "The setting", call, cancellation)).Value;
        }
        catch (StoreException)
        {
            // A signature for one container may not ask this; if the site is gone, the next request says so.
            return null;
        }
    }
}
