using Azure.Storage.Blobs.Models;

namespace Backup.Stores.Azure;

/// <summary>Keeps a blob against everybody until a date: a version-level immutability policy.</summary>
internal static class AzureLock
{
    /// <summary>Never shortens: the service refuses that for a locked policy only. What is locked stays locked, whatever is demanded now.</summary>
    public static Task ExtendAsync(AzurePlace place, string name, DateTimeOffset until, BlobImmutabilityPolicyMode mode, CancellationToken cancellation) =>
        place.CallAsync(
            AzureAccess.Write, name,
            async () =>
            {
                var blob = place.Blob(name);
                var standing = (await blob.GetPropertiesAsync(cancellationToken: cancellation)).Value.ImmutabilityPolicy;
                var isLocked = standing?.PolicyMode == BlobImmutabilityPolicyMode.Locked;
                var stands = standing?.ExpiresOn is { } end && end >= until;
                if (!stands || (mode == BlobImmutabilityPolicyMode.Locked && !isLocked))
                {
                    var policy = new BlobImmutabilityPolicy
                    {
                        ExpiresOn = stands ? standing!.ExpiresOn : WholeSecond(until),
                        PolicyMode = isLocked ? BlobImmutabilityPolicyMode.Locked : mode,
                    };
                    await blob.SetImmutabilityPolicyAsync(policy, conditions: null, cancellation);
                }

                return true;
            },
            cancellation);

    /// <summary>The service keeps whole seconds: no lock is shorter than what was asked for.</summary>
    public static DateTimeOffset WholeSecond(DateTimeOffset time) =>
        time.Ticks % TimeSpan.TicksPerSecond is var rest && rest == 0 ? time : time.AddTicks(TimeSpan.TicksPerSecond - rest);
}
