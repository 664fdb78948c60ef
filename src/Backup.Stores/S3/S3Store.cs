using System.Runtime.CompilerServices;
using Amazon.S3;
using Amazon.S3.Model;
using Backup.Engine.Stores;
using Backup.Stores.Retrying;

namespace Backup.Stores.S3;

/// <summary>
/// A bucket of an S3-compatible service as a store. A put is one signed request with its own condition (the name must be free) and checksum
/// (MD5, which the answer must repeat); what is longer than <see cref="S3StoreOptions.MultipartFrom"/> travels in parts and appears when the
/// last is in place. One request is one attempt (but that the SDK sends one again whose connection was reset): <see cref="RetryingStore"/> repeats.
/// </summary>
/// <param name="options">Where it is.</param>
public sealed partial class S3Store(S3StoreOptions options) : IObjectStore
{
    private readonly HttpClient _http = S3Connection.NewHttp(options);
    private readonly string _place = $"the bucket {options.Bucket} at {options.Endpoint.Authority}";
    private readonly string _prefix = options.Prefix.Length == 0 ? "" : options.Prefix + "/";
    private AmazonS3Client? _client;
    private AmazonS3Client? _deleter;

    /// <summary>Whether the bucket has answered for itself: then a missing object is a missing object.</summary>
    private bool _bucketSeen;

    /// <summary>Services that do not know conditions are asked before each put, which is not exclusive between two that put at once.</summary>
    private bool _conditionUnknown;

    private AmazonS3Client Client => _client ??= S3Connection.Open(options, options.Credentials, _http);

    private AmazonS3Client Deleter => options.DeleteCredentials is { } other ? _deleter ??= S3Connection.Open(options, other, _http) : Client;

    /// <inheritdoc/>
    public async Task<StoreProbe> ProbeAsync(CancellationToken cancellation)
    {
        try
        {
            return new StoreProbe(await LookAsync(cancellation));
        }
        catch (StoreException failure)
        {
            return StoreProbe.Of(failure);
        }
    }

    /// <inheritdoc/>
    /// <remarks>A bucket has settings that somebody must have decided on; one that is there needs nothing.</remarks>
    public Task CreateAsync(CancellationToken cancellation) => RequireBucketAsync(cancellation);

    /// <inheritdoc/>
    public async Task<bool> PutAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellation)
    {
        ObjectName.Require(name);
        return await PutKeyAsync(_prefix + name, content, options.Lock?.Of(name), cancellation);
    }

    /// <inheritdoc/>
    public Task PutManyAsync(IReadOnlyList<(string Name, ReadOnlyMemory<byte> Content)> objects, CancellationToken cancellation) =>
        ParallelPuts.RunAsync(this, objects, options.Transfer.Connections, cancellation);

    /// <inheritdoc/>
    public Task<byte[]> GetAsync(string name, int limit, CancellationToken cancellation)
    {
        ObjectName.Require(name);
        return ThroughMarkersAsync(name, version => AskAsync("read " + name, writes: false, async () =>
        {
            var request = new GetObjectRequest { BucketName = options.Bucket, Key = _prefix + name, VersionId = version };
            using var answer = await Client.GetObjectAsync(request, cancellation);
            if (answer.ContentLength > limit)
            {
                throw new StoreException(StoreFault.Damaged, $"{name} in {_place} has {answer.ContentLength} bytes; at most {limit} were expected.");
            }

            var content = new byte[answer.ContentLength];
            await ReadAsync(answer, name, content, cancellation);
            return content;
        }), cancellation);
    }

    /// <inheritdoc/>
    public async Task GetRangeAsync(string name, long offset, Memory<byte> destination, CancellationToken cancellation)
    {
        ObjectName.Require(name);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        if (destination.Length == 0)
        {
            _ = await StatAsync(name, cancellation) ?? throw new StoreException(StoreFault.NotFound, $"There is no {name} in {_place}.");
            return;
        }

        await ThroughMarkersAsync(name, version => AskAsync("read " + name, writes: false, async () =>
        {
            var range = new ByteRange(offset, offset + destination.Length - 1);
            var request = new GetObjectRequest { BucketName = options.Bucket, Key = _prefix + name, ByteRange = range, VersionId = version };
            using var answer = await Client.GetObjectAsync(request, cancellation);
            if (answer.ContentLength > destination.Length)
            {
                throw new StoreException(StoreFault.Unreachable, $"{_place} ignores which part of {name} was asked for.") { IsFinal = true };
            }

            await ReadAsync(answer, name, destination, cancellation);
            return true;
        }), cancellation);
    }

    /// <inheritdoc/>
    public Task<ObjectInfo?> StatAsync(string name, CancellationToken cancellation)
    {
        ObjectName.Require(name);
        return StatKeyAsync(_prefix + name, name, cancellation);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<ObjectInfo> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellation)
    {
        ObjectName.RequirePrefix(prefix);
        await foreach (var found in KeysAsync(_prefix + prefix, cancellation))
        {
            var name = found.Key[_prefix.Length..];
            if (ObjectName.IsValid(name))
            {
                yield return new ObjectInfo(name, found.Size ?? 0, Time(found.LastModified));
            }
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _client?.Dispose();
        _deleter?.Dispose();
        _http.Dispose();
        return ValueTask.CompletedTask;
    }

    private static DateTimeOffset Time(DateTime? modified) =>
        modified is { } time ? new DateTimeOffset(time.ToUniversalTime(), TimeSpan.Zero) : DateTimeOffset.UnixEpoch;

    private async Task<StorePresence> LookAsync(CancellationToken cancellation)
    {
        if (await StatAsync(ObjectName.Repository, cancellation) is not null)
        {
            return StorePresence.Repository;
        }

        // Things of others beside ours: it is safer to fill nothing there than to take the place for our own.
        var page = await AskAsync("list", writes: false, () => Client.ListObjectsV2Async(
            new ListObjectsV2Request { BucketName = options.Bucket, Prefix = _prefix, Delimiter = "/" }, cancellation));
        var folders = (page.CommonPrefixes ?? []).Select(folder => folder[_prefix.Length..].TrimEnd('/')).Where(static folder => folder != ObjectName.Temporary).ToList();
        return (page.S3Objects?.Count ?? 0) > 0 || folders.Except(ObjectName.Folders, StringComparer.Ordinal).Any() ? StorePresence.Foreign
            : folders.Count > 0 ? StorePresence.Unfinished
            : StorePresence.Empty;
    }

    private async Task<ObjectInfo?> StatKeyAsync(string key, string name, CancellationToken cancellation)
    {
        try
        {
            var answer = await AskAsync("look for " + name, writes: false, () => Client.GetObjectMetadataAsync(
                new GetObjectMetadataRequest { BucketName = options.Bucket, Key = key }, cancellation));
            _bucketSeen = true;
            return new ObjectInfo(name, answer.ContentLength, Time(answer.LastModified));
        }
        catch (StoreException failure) when (failure.Fault == StoreFault.NotFound)
        {
            await RequireBucketAsync(cancellation);
            return null;
        }
    }

    /// <summary>An answer to a HEAD has no body, and so does not say whether it is the object or the bucket that is missing.</summary>
    private async Task RequireBucketAsync(CancellationToken cancellation)
    {
        if (!_bucketSeen)
        {
            await AskAsync("list", writes: false, () => Client.ListObjectsV2Async(
                new ListObjectsV2Request { BucketName = options.Bucket, Prefix = _prefix, MaxKeys = 1 }, cancellation));
            _bucketSeen = true;
        }
    }

    /// <summary>Every object under a prefix. A listing that does not move on ends as a fault: nothing may be concluded from it.</summary>
    private async IAsyncEnumerable<S3Object> KeysAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var request = new ListObjectsV2Request { BucketName = options.Bucket, Prefix = prefix };
        var last = "";
        do
        {
            var page = await AskAsync("list", writes: false, () => Client.ListObjectsV2Async(request, cancellation));
            foreach (var found in page.S3Objects ?? [])
            {
                if (!found.Key.StartsWith(prefix, StringComparison.Ordinal) || (last.Length > 0 && string.CompareOrdinal(found.Key, last) <= 0))
                {
                    throw Doubtful($"it names {(found.Key == last ? "an object twice" : "objects out of order")}");
                }

                last = found.Key;
                yield return found;
            }

            var next = page.IsTruncated == true ? page.NextContinuationToken : null;
            if (page.IsTruncated == true && (string.IsNullOrEmpty(next) || next == request.ContinuationToken))
            {
                throw Doubtful("it says that there is more and not where");
            }

            request.ContinuationToken = next;
        }
        while (request.ContinuationToken is not null);
        _bucketSeen = true;
    }

    private StoreException Doubtful(string why) => new(StoreFault.Unreachable, $"The listing of {_place} cannot be relied on: {why}.");

    private async Task ReadAsync(GetObjectResponse answer, string name, Memory<byte> destination, CancellationToken cancellation)
    {
        var read = answer.ContentLength < destination.Length
            ? -1
            : await answer.ResponseStream.ReadAtLeastAsync(destination, destination.Length, throwOnEndOfStream: false, cancellation);
        if (read == destination.Length)
        {
            return;
        }

        throw read < 0
            ? new StoreException(StoreFault.Damaged, $"{name} in {_place} is shorter than it must be.")
            : new StoreException(StoreFault.Unreachable, $"The answer of {_place} broke off in the middle of {name}.");
    }

    private async Task<T> AskAsync<T>(string what, bool writes, Func<Task<T>> call)
    {
        try
        {
            return await call();
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            throw S3Fault.Of(failure, what, _place, writes);
        }
    }
}
