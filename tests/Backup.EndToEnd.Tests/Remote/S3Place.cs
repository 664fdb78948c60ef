using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using Backup.EndToEnd.Tests.Harness;
using Backup.Stores.Tests.Services;

namespace Backup.EndToEnd.Tests.Remote;

/// <summary>A bucket of its own.</summary>
internal sealed class S3Place : IRemotePlace
{
    private const string Prefix = "as-it/";

    private readonly AmazonS3Client _client;
    private readonly string _bucket = "backup-" + Path.GetRandomFileName().Replace(".", "", StringComparison.Ordinal);

    /// <param name="server">Where.</param>
    /// <param name="folder">For the credentials.</param>
    /// <param name="locksAll">The bucket locks every object for a day by itself.</param>
    public S3Place(S3Server server, string folder, bool locksAll = false)
    {
        _client = new AmazonS3Client(
            new BasicAWSCredentials(server.Owner.AccessKey, server.Owner.SecretKey),
            new AmazonS3Config
            {
                ServiceURL = server.Endpoint.AbsoluteUri, AuthenticationRegion = server.Region, ForcePathStyle = true,
                RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
                ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
            });
        _client.PutBucketAsync(new PutBucketRequest { BucketName = _bucket, ObjectLockEnabledForBucket = locksAll }).GetAwaiter().GetResult();
        if (locksAll)
        {
            LockAll();
        }

        var credentials = Path.Combine(folder, _bucket + ".json");
        World.WriteSecret(credentials, $$"""{"access_key": "{{server.Owner.AccessKey}}", "secret_key": "{{server.Owner.SecretKey}}"}""");
        PolicyText = $"kind: s3, endpoint: \"{server.Endpoint.AbsoluteUri.TrimEnd('/')}\", bucket: {_bucket}, prefix: as-it, credentials_file: {credentials}";
    }

    /// <inheritdoc/>
    public string PolicyText { get; }

    public string Bucket => _bucket;

    /// <inheritdoc/>
    public long Bytes() => List().Sum(static found => found.Size ?? 0);

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, byte[]> Objects() => List().ToDictionary(
        static found => found.Key[Prefix.Length..],
        found =>
        {
            using var answer = _client.GetObjectAsync(_bucket, found.Key).GetAwaiter().GetResult();
            using var content = new MemoryStream();
            answer.ResponseStream.CopyTo(content);
            return content.ToArray();
        },
        StringComparer.Ordinal);

    /// <inheritdoc/>
    public void Replace(string name, byte[] content) =>
        _client.PutObjectAsync(new PutObjectRequest { BucketName = _bucket, Key = Prefix + name, InputStream = new MemoryStream(content), UseChunkEncoding = false })
            .GetAwaiter().GetResult();

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    /// <inheritdoc/>
    public void Wipe() => List().ForEach(found => _client.DeleteObjectAsync(_bucket, found.Key).GetAwaiter().GetResult());

    private void LockAll() => _client.PutObjectLockConfigurationAsync(new PutObjectLockConfigurationRequest
    {
        BucketName = _bucket,
        ObjectLockConfiguration = new ObjectLockConfiguration
        {
            ObjectLockEnabled = ObjectLockEnabled.Enabled,
            Rule = new ObjectLockRule { DefaultRetention = new DefaultRetention { Mode = ObjectLockRetentionMode.Governance, Days = 1 } },
        },
    }).GetAwaiter().GetResult();

    private List<S3Object> List()
    {
        var found = new List<S3Object>();
        var request = new ListObjectsV2Request { BucketName = _bucket };
        do
        {
            var page = _client.ListObjectsV2Async(request).GetAwaiter().GetResult();
            found.AddRange(page.S3Objects ?? []);
            request.ContinuationToken = page.IsTruncated == true ? page.NextContinuationToken : null;
        }
        while (request.ContinuationToken is not null);
        return found;
    }
}
