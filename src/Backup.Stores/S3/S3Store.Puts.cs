using System.Security.Cryptography;
using Amazon.S3;
using Amazon.S3.Model;
using Backup.Engine.Stores;

namespace Backup.Stores.S3;

/// <content>How objects come to stand in the bucket.</content>
public sealed partial class S3Store
{
    private async Task<bool> PutKeyAsync(string key, ReadOnlyMemory<byte> content, TimeSpan? locked, CancellationToken cancellation)
    {
        if (_conditionUnknown && await StatKeyAsync(key, key[_prefix.Length..], cancellation) is not null)
        {
            return false;
        }

        try
        {
            return content.Length >= options.MultipartFrom
                ? await PutPartsAsync(key, content, locked, cancellation)
                : await PutWholeAsync(key, content, locked, cancellation);
        }
        catch (AmazonS3Exception answer) when (S3Fault.IsTaken(answer))
        {
            return false;
        }
        catch (AmazonS3Exception answer) when (S3Fault.IsConditionUnknown(answer) && !_conditionUnknown)
        {
            _conditionUnknown = true;
            return await PutKeyAsync(key, content, locked, cancellation);
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            throw S3Fault.Of(failure, "store " + key[_prefix.Length..], _place, writes: true);
        }
    }

    private async Task<bool> PutWholeAsync(string key, ReadOnlyMemory<byte> content, TimeSpan? locked, CancellationToken cancellation)
    {
        var digest = Digest(content.Span);
        await using var body = new MemoryBody(content);
        var request = new PutObjectRequest
        {
            BucketName = options.Bucket,
            Key = key,
            InputStream = body,
            AutoCloseStream = false,
            UseChunkEncoding = false,
            MD5Digest = Convert.ToBase64String(digest),
            IfNoneMatch = _conditionUnknown ? null : "*",
        };
        if (locked is { } time)
        {
            request.ObjectLockMode = LockMode;
            request.ObjectLockRetainUntilDate = (options.Transfer.Time.GetUtcNow() + time).UtcDateTime;
        }

        var answer = await Client.PutObjectAsync(request, cancellation);
        _bucketSeen = true;
        await RequireStoredAsync(key, answer.ETag, digest, content.Length, cancellation);
        return true;
    }

    /// <summary>The condition of the last request is ignored by some services; the name is looked for before, too.</summary>
    private async Task<bool> PutPartsAsync(string key, ReadOnlyMemory<byte> content, TimeSpan? locked, CancellationToken cancellation)
    {
        if (await StatKeyAsync(key, key[_prefix.Length..], cancellation) is not null)
        {
            return false;
        }

        var start = new InitiateMultipartUploadRequest { BucketName = options.Bucket, Key = key };
        if (locked is { } time)
        {
            start.ObjectLockMode = LockMode;
            start.ObjectLockRetainUntilDate = (options.Transfer.Time.GetUtcNow() + time).UtcDateTime;
        }

        var upload = (await Client.InitiateMultipartUploadAsync(start, cancellation)).UploadId;
        try
        {
            var parts = new List<PartETag>();
            for (var offset = 0; offset < content.Length; offset += options.PartSize)
            {
                var part = content[offset..Math.Min(content.Length, offset + options.PartSize)];
                parts.Add(new PartETag(parts.Count + 1, await PutPartAsync(key, upload, parts.Count + 1, part, cancellation)));
            }

            await Client.CompleteMultipartUploadAsync(
                new CompleteMultipartUploadRequest
                {
                    BucketName = options.Bucket, Key = key, UploadId = upload, PartETags = parts, IfNoneMatch = _conditionUnknown ? null : "*",
                },
                cancellation);
        }
        catch
        {
            await AbandonAsync(key, upload);
            throw;
        }

        await RequireStoredAsync(key, etag: null, [], content.Length, cancellation);
        return true;
    }

    private async Task<string> PutPartAsync(string key, string upload, int number, ReadOnlyMemory<byte> part, CancellationToken cancellation)
    {
        var digest = Digest(part.Span);
        await using var body = new MemoryBody(part);
        var answer = await Client.UploadPartAsync(
            new UploadPartRequest
            {
                BucketName = options.Bucket, Key = key, UploadId = upload, PartNumber = number, InputStream = body, PartSize = part.Length,
                UseChunkEncoding = false, MD5Digest = Convert.ToBase64String(digest),
            },
            cancellation);
        return answer.ETag;
    }

    /// <summary>The parts take space until they are given up. Where that fails, <see cref="SweepAsync"/> does it.</summary>
    private async Task AbandonAsync(string key, string upload)
    {
        try
        {
            using var limit = new CancellationTokenSource(options.Transfer.Stall, options.Transfer.Time);
            await Client.AbortMultipartUploadAsync(
                new AbortMultipartUploadRequest { BucketName = options.Bucket, Key = key, UploadId = upload }, limit.Token);
        }
        catch (Exception)
        {
            // What ended the put is what counts.
        }
    }

    /// <summary>
    /// An ETag of 32 digits is the MD5 of what was stored. Where the service encrypts with keys of its own it is something else: then the length is
    /// asked for, as the service has compared the MD5 that came with the request.
    /// </summary>
    private async Task RequireStoredAsync(string key, string? etag, byte[] digest, int length, CancellationToken cancellation)
    {
        var tag = etag?.Trim('"');
        var isStored = tag is { Length: 32 } && digest.Length > 0 && tag.All(char.IsAsciiHexDigit)
            ? tag.Equals(Convert.ToHexString(digest), StringComparison.OrdinalIgnoreCase)
            : (await StatKeyAsync(key, key[_prefix.Length..], cancellation))?.Length == length;
        if (!isStored)
        {
            throw new StoreException(StoreFault.Damaged, $"{_place} acknowledged {key[_prefix.Length..]} and holds something else.");
        }
    }

    private ObjectLockMode LockMode => options.Lock!.Compliance ? ObjectLockMode.Compliance : ObjectLockMode.Governance;

    // Not for security: it is the only checksum that every S3 service compares and repeats.
#pragma warning disable CA5351 // the protocol's Content-MD5
    private static byte[] Digest(ReadOnlySpan<byte> content) => MD5.HashData(content);
#pragma warning restore CA5351
}
