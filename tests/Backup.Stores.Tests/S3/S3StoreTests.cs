using Amazon.S3.Model;
using Backup.Engine.Stores;
using Backup.Stores.Retrying;
using Backup.Stores.S3;
using Backup.Stores.Tests.Services;

namespace Backup.Stores.Tests.S3;

/// <summary>The contract against a real S3 server, in a bucket without versions.</summary>
public sealed class S3StoreTests : RemoteStoreContract
{
    private readonly string _prefix = S3Buckets.NewPrefix();
    private int _places;

    private S3StoreOptions Options => S3Buckets.Options(S3Buckets.Shared, $"{_prefix}/1");

    protected override Task<IObjectStore> OpenEmptyAsync() => Open(S3Buckets.Options(S3Buckets.Shared, $"{_prefix}/{++_places}"));

    protected override Task<IObjectStore> OpenAgainAsync() => Open(Options);

    protected override Task<IObjectStore> OpenMissingAsync() => Open(S3Buckets.Options("no-such-bucket", "place"));

    protected override FaultProxy StartLine() => FaultProxy.Start(TestServices.Shared.S3.Endpoint);

    protected override IObjectStore OpenThrough(FaultProxy line) => new S3Store(Options with { Endpoint = line.Through(Options.Endpoint) });

    [Fact]
    public async Task Create_Bucket_MustBeThere()
    {
        await using var missing = await OpenMissingAsync();

        await Store.CreateAsync(Cancellation);
        Assert.Equal(StoreFault.Missing, await FaultOfAsync(() => missing.CreateAsync(Cancellation)));
    }

    [Fact]
    public async Task Put_InParts_IsWholeAndExclusive()
    {
        await using var store = new S3Store(Options with { MultipartFrom = 12 << 20, PartSize = 5 << 20 });
        var content = Bytes((12 << 20) + 77);

        Assert.True(await store.PutAsync("packs/00/large", content, Cancellation));
        Assert.False(await store.PutAsync("packs/00/large", Bytes(12 << 20, seed: 3), Cancellation));

        Assert.Equal(content, await Store.GetAsync("packs/00/large", content.Length, Cancellation));
    }

    [Fact]
    public async Task Put_InPartsCancelled_LeavesNothingAndNoParts()
    {
        await using var store = new S3Store(Options with { MultipartFrom = 5 << 20, PartSize = 5 << 20 });
        using var source = new CancellationTokenSource(TimeSpan.FromMilliseconds(60));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => store.PutAsync("packs/00/large", Bytes(200 << 20), source.Token));

        Assert.Null(await Store.StatAsync("packs/00/large", Cancellation));
        Assert.Empty(await UploadsAsync());
    }

    [Fact]
    public async Task Sweep_UnfinishedUploads_AreRemovedByAge()
    {
        var key = $"{Options.Prefix}/packs/00/half";
        await S3Buckets.Owner.InitiateMultipartUploadAsync(S3Buckets.Shared, key, Cancellation);

        await Store.SweepAsync(TimeSpan.FromHours(1), Cancellation);
        Assert.Single(await UploadsAsync());

        await Store.SweepAsync(TimeSpan.Zero, Cancellation);
        Assert.Empty(await UploadsAsync());
    }

    [Fact]
    public async Task Probe_ThingsOfOthers_IsForeign()
    {
        await S3Buckets.Owner.PutObjectAsync(new PutObjectRequest { BucketName = S3Buckets.Shared, Key = $"{Options.Prefix}/photos/1.jpg", ContentBody = "x" }, Cancellation);

        Assert.Equal(StorePresence.Foreign, (await Store.ProbeAsync(Cancellation)).Presence);
        Assert.Empty(await NamesAsync());
    }

    [Fact]
    public async Task Examine_PlainBucket_SaysWhatItDoes()
    {
        var found = await Store.ExamineAsync(Cancellation);

        Assert.Equal(
            (Capability.Yes, Capability.Yes, Capability.No, Capability.No, Capability.No, Capability.Yes, Capability.Yes),
            (found.ExclusivePut, found.AtomicPut, found.Versioning, found.ObjectLock, found.DefaultLock, found.FinalDelete, found.DailyDelete));
        Assert.InRange(found.ClockAhead!.Value.TotalSeconds, -5, 5);
        Assert.Equal(StorePresence.Empty, (await Store.ProbeAsync(Cancellation)).Presence);
        Assert.Equal(found, StoreCapabilities.Parse(found.ToString()) with { ClockAhead = found.ClockAhead });
    }

    [Theory]
    [InlineData("wrong", null)]
    [InlineData(null, "wrong")]
    public async Task Credentials_Wrong_AreDeniedAndNotRepeated(string? access, string? secret)
    {
        var right = Options.Credentials;
        var wrong = new S3Credentials(access ?? right.AccessKey, secret ?? right.SecretKey);
        await using var store = new S3Store(Options with { Credentials = wrong });

        Assert.Equal(StoreFault.Denied, await FaultOfAsync(() => store.GetAsync("repository", 10, Cancellation)));
        Assert.Equal(StoreFault.Denied, await FaultOfAsync(() => store.PutAsync("repository", Bytes(1), Cancellation)));
        var failure = await Assert.ThrowsAsync<StoreException>(() => store.ListAsync("", Cancellation).ToListAsync(Cancellation).AsTask());
        Assert.False(failure.Retryable);
        Assert.DoesNotContain(right.SecretKey, failure.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Put_QuotaUsedUp_IsFullAndNotRepeated()
    {
        var bucket = await S3Buckets.MakeAsync();
        await TestServices.Shared.S3.SetQuotaAsync(bucket, objects: 2);
        await using var store = new S3Store(S3Buckets.Options(bucket));
        await store.PutAsync("packs/00/1", Bytes(10), Cancellation);
        await store.PutAsync("packs/00/2", Bytes(10), Cancellation);

        var failure = await Assert.ThrowsAsync<StoreException>(() => store.PutAsync("packs/00/3", Bytes(10), Cancellation));

        Assert.Equal((StoreFault.Full, false), (failure.Fault, failure.Retryable));
        Assert.Contains("quota", failure.Message, StringComparison.Ordinal);
    }

    private static Task<IObjectStore> Open(S3StoreOptions options) => Task.FromResult<IObjectStore>(
        new RetryingStore(new S3Store(options), new RetryOptions(), options.Transfer.Connections, TimeProvider.System));

    private async Task<IReadOnlyList<MultipartUpload>> UploadsAsync() => (await S3Buckets.Owner.ListMultipartUploadsAsync(
        new ListMultipartUploadsRequest { BucketName = S3Buckets.Shared, Prefix = Options.Prefix + "/" }, Cancellation)).MultipartUploads ?? [];
}
