using Amazon.S3;
using Amazon.S3.Model;
using Backup.Engine.Stores;
using Backup.Stores.S3;
using Backup.Stores.Tests.Services;

namespace Backup.Stores.Tests.S3;

/// <summary>Buckets that keep what is deleted: versions and locks, against a real S3 server.</summary>
public sealed class S3VersionsTests
{
    private static readonly StoreLock Lock = new(Compliance: false, TimeSpan.FromDays(30), TimeSpan.FromDays(3));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Delete_WithVersions_LeavesNoVersion()
    {
        var bucket = await S3Buckets.MakeAsync(versions: true);
        await using var store = new S3Store(S3Buckets.Options(bucket, "place"));
        await store.PutAsync("slots/a", new byte[] { 1 }, Cancellation);
        await store.PutAsync("slots/ab", new byte[] { 2 }, Cancellation);
        await S3Buckets.Owner.PutObjectAsync(new PutObjectRequest { BucketName = bucket, Key = "place/slots/a", ContentBody = "replaced" }, Cancellation);
        await S3Buckets.Owner.DeleteObjectAsync(bucket, "place/slots/a", Cancellation);
        Assert.Equal(3, (await VersionsAsync(bucket, "place/slots/a")).Count(version => version.Key == "place/slots/a"));

        Assert.True((await store.DeleteAsync("slots/a", Cancellation)).Final);

        Assert.Equal("place/slots/ab", Assert.Single(await VersionsAsync(bucket, "place/slots/a")).Key);
        Assert.True((await store.DeleteAsync("slots/a", Cancellation)).Final);
    }

    [Fact]
    public async Task Delete_ManyVersions_AllPagesAreRead()
    {
        var bucket = await S3Buckets.MakeAsync(versions: true);
        await using var store = new S3Store(S3Buckets.Options(bucket));
        await Parallel.ForEachAsync(Enumerable.Range(0, 1_050), Cancellation, async (i, token) => await S3Buckets.Owner.PutObjectAsync(
            new PutObjectRequest { BucketName = bucket, Key = "slots/a", ContentBody = $"{i}" }, token));

        Assert.True((await store.DeleteAsync("slots/a", Cancellation)).Final);

        Assert.Empty(await VersionsAsync(bucket, ""));
    }

    [Fact]
    public async Task Put_WithLock_IsKeptUntilItsDate()
    {
        var bucket = await S3Buckets.MakeAsync(locks: true);
        await using var store = new S3Store(S3Buckets.Options(bucket) with { Lock = Lock });
        await store.PutAsync("packs/00/a", new byte[] { 1 }, Cancellation);
        await store.PutAsync("keyring/a", new byte[] { 2 }, Cancellation);

        var pack = await store.DeleteAsync("packs/00/a", Cancellation);
        var key = await store.DeleteAsync("keyring/a", Cancellation);

        Assert.False(pack.Final || key.Final);
        Assert.InRange((pack.RetainedUntil!.Value - DateTimeOffset.UtcNow).TotalDays, 29.9, 30.1);
        Assert.InRange((key.RetainedUntil!.Value - DateTimeOffset.UtcNow).TotalDays, 2.9, 3.1);
        Assert.Single(await VersionsAsync(bucket, "packs/"), version => version.IsDeleteMarker != true);
    }

    /// <summary>Stolen credentials that may delete hide a locked object; they do not take it away from who reads.</summary>
    [Fact]
    public async Task Get_LockedUnderADeleteMarker_IsRead()
    {
        var bucket = await S3Buckets.MakeAsync(locks: true);
        await using var store = new S3Store(S3Buckets.Options(bucket) with { Lock = Lock });
        await store.PutAsync("keyring/a", new byte[] { 1, 2, 3 }, Cancellation);
        await S3Buckets.Owner.DeleteObjectAsync(bucket, "keyring/a", Cancellation);
        var read = new byte[2];

        await store.GetRangeAsync("keyring/a", 1, read, Cancellation);

        Assert.Equal([2, 3], read);
        Assert.Equal([1, 2, 3], await store.GetAsync("keyring/a", 3, Cancellation));
        var absent = await Assert.ThrowsAsync<StoreException>(() => store.GetAsync("keyring/b", 3, Cancellation));
        Assert.Equal(StoreFault.NotFound, absent.Fault);
    }

    [Fact]
    public async Task Lock_LaterDate_ExtendsAndNeverShortens()
    {
        var bucket = await S3Buckets.MakeAsync(locks: true);
        await using var store = new S3Store(S3Buckets.Options(bucket) with { Lock = Lock });
        await store.PutAsync("packs/00/a", new byte[] { 1 }, Cancellation);
        var later = DateTimeOffset.UtcNow.AddDays(60);

        await store.LockAsync("packs/00/a", later, Cancellation);
        await store.LockAsync("packs/00/a", DateTimeOffset.UtcNow.AddDays(1), Cancellation);

        Assert.InRange(((await store.DeleteAsync("packs/00/a", Cancellation)).RetainedUntil!.Value - later).TotalSeconds, -2, 2);
    }

    [Fact]
    public async Task Examine_Buckets_TellsVersionsLocksAndRights()
    {
        var versions = await ExamineAsync(S3Buckets.Options(await S3Buckets.MakeAsync(versions: true)));
        var locks = await ExamineAsync(S3Buckets.Options(await S3Buckets.MakeAsync(locks: true)));
        var locked = await S3Buckets.MakeAsync(locks: true);
        await S3Buckets.Owner.PutObjectLockConfigurationAsync(new PutObjectLockConfigurationRequest
        {
            BucketName = locked,
            ObjectLockConfiguration = new ObjectLockConfiguration
            {
                ObjectLockEnabled = ObjectLockEnabled.Enabled,
                Rule = new ObjectLockRule { DefaultRetention = new DefaultRetention { Mode = ObjectLockRetentionMode.Governance, Days = 1 } },
            },
        }, Cancellation);
        var byDefault = await ExamineAsync(S3Buckets.Options(locked));

        Assert.Equal((Capability.Yes, Capability.No, Capability.Yes), (versions.Versioning, versions.ObjectLock, versions.FinalDelete));
        Assert.Equal((Capability.Yes, Capability.Yes, Capability.No), (locks.Versioning, locks.ObjectLock, locks.DefaultLock));
        Assert.Equal((Capability.Yes, Capability.No), (byDefault.DefaultLock, byDefault.FinalDelete));
    }

    /// <summary>The everyday credentials put and read, others delete: stolen everyday credentials destroy nothing.</summary>
    [Fact]
    public async Task Delete_WithCredentialsOfItsOwn_WorksWhereTheUsualMayNot()
    {
        var bucket = await S3Buckets.MakeAsync(versions: true);
        var server = TestServices.Shared.S3;
        await S3Buckets.Owner.PutBucketPolicyAsync(bucket, server.PolicyWithoutDelete(bucket), Cancellation);
        var options = S3Buckets.Options(bucket, "place") with { Credentials = S3Buckets.Of(server.Keeper) };
        await using var usual = new S3Store(options);
        await using var both = new S3Store(options with { DeleteCredentials = S3Buckets.Of(server.Owner) });
        await usual.PutAsync("slots/a", new byte[] { 1 }, Cancellation);

        var refused = await Assert.ThrowsAsync<StoreException>(() => usual.DeleteAsync("slots/a", Cancellation));
        var (without, with) = (await usual.ExamineAsync(Cancellation), await both.ExamineAsync(Cancellation));

        Assert.Equal(StoreFault.ReadOnly, refused.Fault);
        Assert.Equal((Capability.No, Capability.No), (without.DailyDelete, without.FinalDelete));
        Assert.Equal((Capability.No, Capability.Yes), (with.DailyDelete, with.FinalDelete));
        Assert.True((await both.DeleteAsync("slots/a", Cancellation)).Final);
        Assert.Empty(await VersionsAsync(bucket, "place/slots/"));
    }

    private static async Task<StoreCapabilities> ExamineAsync(S3StoreOptions options)
    {
        await using var store = new S3Store(options);
        return await store.ExamineAsync(Cancellation);
    }

    private static async Task<IReadOnlyList<S3ObjectVersion>> VersionsAsync(string bucket, string prefix) =>
        (await S3Buckets.Owner.ListVersionsAsync(new ListVersionsRequest { BucketName = bucket, Prefix = prefix }, Cancellation)).Versions ?? [];
}
