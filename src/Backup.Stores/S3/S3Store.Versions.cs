using Amazon.S3;
using Amazon.S3.Model;
using Backup.Engine.Stores;

namespace Backup.Stores.S3;

/// <content>How objects are kept and go: versions, locks, leftovers.</content>
public sealed partial class S3Store
{
    private bool? _keepsVersions;

    /// <inheritdoc/>
    public async Task<DeleteOutcome> DeleteAsync(string name, CancellationToken cancellation)
    {
        ObjectName.Require(name);
        return await DeleteKeyAsync(_prefix + name, name, cancellation);
    }

    /// <inheritdoc/>
    public async Task LockAsync(string name, DateTimeOffset until, CancellationToken cancellation)
    {
        ObjectName.Require(name);
        if (options.Lock is null)
        {
            throw new StoreException(StoreFault.ReadOnly, $"{_place} is used without an object lock.");
        }

        if (await RetainedUntilAsync(_prefix + name, version: null, cancellation) is { } already && already >= until)
        {
            return;
        }

        await AskAsync("lock " + name, writes: true, () => Client.PutObjectRetentionAsync(
            new PutObjectRetentionRequest
            {
                BucketName = options.Bucket,
                Key = _prefix + name,
                Retention = new ObjectLockRetention { Mode = Retention, RetainUntilDate = until.UtcDateTime },
            },
            cancellation));
    }

    /// <inheritdoc/>
    /// <remarks>By the service's clock: unfinished uploads carry its time.</remarks>
    public async Task SweepAsync(TimeSpan age, CancellationToken cancellation)
    {
        var before = options.Transfer.Time.GetUtcNow() - age;
        await foreach (var found in KeysAsync($"{_prefix}{ObjectName.Temporary}/", cancellation))
        {
            if (Time(found.LastModified) <= before)
            {
                await DeleteKeyAsync(found.Key, found.Key[_prefix.Length..], cancellation);
            }
        }

        var request = new ListMultipartUploadsRequest { BucketName = options.Bucket, Prefix = _prefix };
        ListMultipartUploadsResponse page;
        do
        {
            page = await AskAsync("list unfinished uploads", writes: false, () => Client.ListMultipartUploadsAsync(request, cancellation));
            foreach (var upload in (page.MultipartUploads ?? []).Where(upload => Time(upload.Initiated) <= before))
            {
                await AskAsync("remove an unfinished upload", writes: true, () => Deleter.AbortMultipartUploadAsync(
                    new AbortMultipartUploadRequest { BucketName = options.Bucket, Key = upload.Key, UploadId = upload.UploadId }, cancellation));
            }

            if (page.IsTruncated == true && page.NextKeyMarker == request.KeyMarker && page.NextUploadIdMarker == request.UploadIdMarker)
            {
                throw Doubtful("its list of unfinished uploads does not move on");
            }

            (request.KeyMarker, request.UploadIdMarker) = (page.NextKeyMarker, page.NextUploadIdMarker);
        }
        while (page.IsTruncated == true);
    }

    private ObjectLockRetentionMode Retention => options.Lock!.Compliance ? ObjectLockRetentionMode.Compliance : ObjectLockRetentionMode.Governance;

    /// <summary>A locked object that somebody has deleted is still there, under a marker that hides it: then its newest version is read.</summary>
    private async Task<T> ThroughMarkersAsync<T>(string name, Func<string?, Task<T>> read, CancellationToken cancellation)
    {
        try
        {
            return await read(null);
        }
        catch (StoreException failure) when (failure.Fault == StoreFault.NotFound && options.Lock is not null)
        {
            var versions = await VersionsAsync(_prefix + name, cancellation);
            if (versions.Find(static version => version.IsDeleteMarker != true) is not { } hidden)
            {
                throw;
            }

            return await read(hidden.VersionId);
        }
    }

    /// <summary>Removes every version of a key and looks whether one is left.</summary>
    private async Task<DeleteOutcome> DeleteKeyAsync(string key, string name, CancellationToken cancellation)
    {
        if (!await KeepsVersionsAsync(cancellation))
        {
            await AskAsync("delete " + name, writes: true, () => Deleter.DeleteObjectAsync(
                new DeleteObjectRequest { BucketName = options.Bucket, Key = key }, cancellation));
            return DeleteOutcome.Gone;
        }

        StoreException? refused = null;
        DateTimeOffset? until = null;
        foreach (var version in await VersionsAsync(key, cancellation))
        {
            try
            {
                await AskAsync("delete " + name, writes: true, () => Deleter.DeleteObjectAsync(
                    new DeleteObjectRequest { BucketName = options.Bucket, Key = key, VersionId = version.VersionId }, cancellation));
            }
            catch (StoreException failure) when (failure.Fault == StoreFault.ReadOnly)
            {
                // Locked, or not allowed: only the first has a date.
                refused = failure;
                var locked = await RetainedUntilAsync(key, version.VersionId, cancellation);
                until = locked > until || until is null ? locked : until;
            }
        }

        if (refused is not null && until is null)
        {
            throw refused;
        }

        return (await VersionsAsync(key, cancellation)).Count == 0 ? DeleteOutcome.Gone : new DeleteOutcome(Final: false, until);
    }

    /// <summary>Whether the bucket keeps, or has ever kept, older versions. Who may not ask has to look at each key.</summary>
    private async Task<bool> KeepsVersionsAsync(CancellationToken cancellation) => _keepsVersions ??= await VersioningAsync(cancellation) != Capability.No;

    private async Task<Capability> VersioningAsync(CancellationToken cancellation)
    {
        try
        {
            var answer = await AskAsync("tell whether it keeps versions", writes: false, () => Client.GetBucketVersioningAsync(
                new GetBucketVersioningRequest { BucketName = options.Bucket }, cancellation));
            return answer.VersioningConfig?.Status is { } status && status != VersionStatus.Off ? Capability.Yes : Capability.No;
        }
        catch (StoreException failure) when (failure.Fault is StoreFault.Denied or StoreFault.NotFound)
        {
            return Capability.Unknown;
        }
    }

    /// <summary>Every version and delete marker of exactly this key.</summary>
    private async Task<List<S3ObjectVersion>> VersionsAsync(string key, CancellationToken cancellation)
    {
        var found = new List<S3ObjectVersion>();
        var request = new ListVersionsRequest { BucketName = options.Bucket, Prefix = key };
        ListVersionsResponse page;
        do
        {
            page = await AskAsync("list versions", writes: false, () => Client.ListVersionsAsync(request, cancellation));
            found.AddRange((page.Versions ?? []).Where(version => version.Key == key));
            if (page.IsTruncated == true && page.NextKeyMarker == request.KeyMarker && page.NextVersionIdMarker == request.VersionIdMarker)
            {
                throw Doubtful("its list of versions does not move on");
            }

            (request.KeyMarker, request.VersionIdMarker) = (page.NextKeyMarker, page.NextVersionIdMarker);
        }
        while (page.IsTruncated == true && string.CompareOrdinal(page.NextKeyMarker, key) <= 0);
        return found;
    }

    private async Task<DateTimeOffset?> RetainedUntilAsync(string key, string? version, CancellationToken cancellation)
    {
        try
        {
            var answer = await AskAsync("tell its lock", writes: false, () => Client.GetObjectRetentionAsync(
                new GetObjectRetentionRequest { BucketName = options.Bucket, Key = key, VersionId = version }, cancellation));
            return answer.Retention?.RetainUntilDate is { } until ? Time(until) : null;
        }
        catch (StoreException failure) when (failure.Fault is StoreFault.NotFound or StoreFault.Denied)
        {
            return null;
        }
    }
}
