using System.Security.Cryptography;
using Amazon.S3;
using Amazon.S3.Model;
using Backup.Engine.Stores;

namespace Backup.Stores.S3;

/// <content>What the bucket is found to do.</content>
public sealed partial class S3Store
{
    /// <inheritdoc/>
    public async Task<StoreCapabilities> ExamineAsync(CancellationToken cancellation)
    {
        var (locks, byDefault) = await LocksAsync(cancellation);
        var found = new StoreCapabilities
        {
            AtomicPut = Capability.Yes, // an S3 object is never visible in part
            DurablePut = Capability.Unknown,
            Versioning = await VersioningAsync(cancellation),
            SoftDelete = Capability.No,
            ObjectLock = locks,
            DefaultLock = byDefault,
            Replication = await ReplicationAsync(cancellation),
        };

        // What is put into a bucket that locks everything would stay there.
        return byDefault == Capability.Yes ? found with { FinalDelete = Capability.No } : await TryOutAsync(found, cancellation);
    }

    /// <summary>Puts an object twice, and removes it with each of the credentials that there are.</summary>
    private async Task<StoreCapabilities> TryOutAsync(StoreCapabilities found, CancellationToken cancellation)
    {
        var name = $"{ObjectName.Temporary}/examine-{RandomNumberGenerator.GetHexString(16, lowercase: true)}";
        var first = await PutKeyAsync(_prefix + name, new byte[] { 1 }, locked: null, cancellation);
        var again = await PutKeyAsync(_prefix + name, new byte[] { 2, 2 }, locked: null, cancellation);
        var stands = await StatKeyAsync(_prefix + name, name, cancellation);
        found = found with
        {
            ExclusivePut = first && !again && stands?.Length == 1 && !_conditionUnknown ? Capability.Yes : Capability.No,
            ClockAhead = stands is { } put ? put.Modified - options.Transfer.Time.GetUtcNow() : null,
            DailyDelete = await DailyDeleteAsync(_prefix + name, cancellation),
        };
        try
        {
            var gone = await DeleteKeyAsync(_prefix + name, name, cancellation);
            return found with { FinalDelete = gone.Final ? Capability.Yes : Capability.No };
        }
        catch (StoreException failure) when (failure.Fault is StoreFault.ReadOnly or StoreFault.Denied)
        {
            return found with { FinalDelete = Capability.No };
        }
    }

    /// <summary>Whether the everyday credentials could destroy a version: a delete marker destroys nothing.</summary>
    private async Task<Capability> DailyDeleteAsync(string key, CancellationToken cancellation)
    {
        var version = await KeepsVersionsAsync(cancellation) && (await VersionsAsync(key, cancellation)) is [var newest, ..] ? newest.VersionId : null;
        try
        {
            await AskAsync("delete", writes: true, () => Client.DeleteObjectAsync(
                new DeleteObjectRequest { BucketName = options.Bucket, Key = key, VersionId = version }, cancellation));
            return Capability.Yes;
        }
        catch (StoreException failure) when (failure.Fault is StoreFault.ReadOnly or StoreFault.Denied)
        {
            return Capability.No;
        }
    }

    private async Task<(Capability Possible, Capability ByDefault)> LocksAsync(CancellationToken cancellation)
    {
        try
        {
            var answer = await Client.GetObjectLockConfigurationAsync(new GetObjectLockConfigurationRequest { BucketName = options.Bucket }, cancellation);
            var enabled = answer.ObjectLockConfiguration?.ObjectLockEnabled == ObjectLockEnabled.Enabled;
            var rule = answer.ObjectLockConfiguration?.Rule?.DefaultRetention;
            return (enabled ? Capability.Yes : Capability.No, enabled && (rule?.Days > 0 || rule?.Years > 0) ? Capability.Yes : Capability.No);
        }
        catch (AmazonS3Exception answer) when (answer.ErrorCode is "ObjectLockConfigurationNotFoundError" or "NoSuchObjectLockConfiguration" or "NotImplemented" or "MethodNotAllowed")
        {
            return (Capability.No, Capability.No);
        }
        catch (AmazonS3Exception answer) when (answer.ErrorCode is "AccessDenied")
        {
            return (Capability.Unknown, Capability.Unknown);
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            throw S3Fault.Of(failure, "tell its locks", _place, writes: false);
        }
    }

    private async Task<Capability> ReplicationAsync(CancellationToken cancellation)
    {
        try
        {
            var answer = await Client.GetBucketReplicationAsync(new GetBucketReplicationRequest { BucketName = options.Bucket }, cancellation);
            return answer.Configuration?.Rules is { Count: > 0 } ? Capability.Yes : Capability.No;
        }
        catch (AmazonS3Exception answer)
        {
            return answer.ErrorCode is "ReplicationConfigurationNotFoundError" ? Capability.No : Capability.Unknown;
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            throw S3Fault.Of(failure, "tell its replication", _place, writes: false);
        }
    }
}
