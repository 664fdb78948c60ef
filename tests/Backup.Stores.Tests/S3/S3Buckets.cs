using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using Backup.Stores.Http;
using Backup.Stores.S3;
using Backup.Stores.Tests.Services;

namespace Backup.Stores.Tests.S3;

/// <summary>Buckets of the real server, and the server's own view of them.</summary>
internal static class S3Buckets
{
    private static readonly Lazy<string> SharedBucket = new(() => MakeAsync().GetAwaiter().GetResult());

    /// <summary>One without versions and locks, for all tests that need no more; each takes a prefix of its own.</summary>
    public static string Shared => SharedBucket.Value;

    /// <summary>The server's owner, past the store.</summary>
    public static AmazonS3Client Owner { get; } = Client(TestServices.Shared.S3.Owner);

    public static AmazonS3Client Client(S3User user) => new(
        new BasicAWSCredentials(user.AccessKey, user.SecretKey),
        new AmazonS3Config
        {
            ServiceURL = TestServices.Shared.S3.Endpoint.AbsoluteUri,
            AuthenticationRegion = TestServices.Shared.S3.Region,
            ForcePathStyle = true,
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
            ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
        });

    /// <summary>A new bucket.</summary>
    public static async Task<string> MakeAsync(bool versions = false, bool locks = false)
    {
        var name = "test-" + Path.GetRandomFileName().Replace(".", "", StringComparison.Ordinal);
        await Owner.PutBucketAsync(new PutBucketRequest { BucketName = name, ObjectLockEnabledForBucket = locks });
        if (versions && !locks)
        {
            await Owner.PutBucketVersioningAsync(new PutBucketVersioningRequest
            {
                BucketName = name, VersioningConfig = new S3BucketVersioningConfig { Status = VersionStatus.Enabled },
            });
        }

        return name;
    }

    public static string NewPrefix() => "place/" + Path.GetRandomFileName();

    public static S3StoreOptions Options(string bucket, string prefix = "") => new()
    {
        Endpoint = TestServices.Shared.S3.Endpoint,
        Region = TestServices.Shared.S3.Region,
        Bucket = bucket,
        Prefix = prefix,
        Credentials = Of(TestServices.Shared.S3.Owner),
        Transfer = new TransferOptions { Connections = 8 },
    };

    public static S3Credentials Of(S3User user) => new(user.AccessKey, user.SecretKey);
}
