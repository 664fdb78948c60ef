using Amazon.Runtime;
using Amazon.S3;
using Backup.Stores.S3;

namespace Backup.Stores.Tests.Containers;

public sealed class MinioTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Put_NewName_IsReadBackAndExclusive()
    {
        await using var server = await MinioServer.StartOrSkipAsync(Cancellation);
        using var owner = new AmazonS3Client(
            new BasicAWSCredentials(server.Owner.AccessKey, server.Owner.SecretKey),
            new AmazonS3Config { ServiceURL = server.Endpoint.AbsoluteUri, AuthenticationRegion = "us-east-1", ForcePathStyle = true });
        await owner.PutBucketAsync("backup", Cancellation);
        await using var store = new S3Store(new S3StoreOptions
        {
            Endpoint = server.Endpoint,
            Region = "us-east-1",
            Bucket = "backup",
            Credentials = new S3Credentials(server.Owner.AccessKey, server.Owner.SecretKey),
        });
        byte[] content = [1, 2, 3];

        Assert.True(await store.PutAsync("repository", content, Cancellation));
        Assert.False(await store.PutAsync("repository", new byte[] { 4 }, Cancellation));

        Assert.Equal(content, await store.GetAsync("repository", 1000, Cancellation));
    }
}
