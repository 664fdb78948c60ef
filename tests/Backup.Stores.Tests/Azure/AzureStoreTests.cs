using System.Runtime.Versioning;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using Azure.Storage.Sas;
using Backup.Engine;
using Backup.Engine.Stores;
using Backup.Stores.Azure;
using Backup.Stores.Tests.Services;

namespace Backup.Stores.Tests.Azure;

/// <summary>Against Azurite, which has no versions, no soft delete and no immutability: those run against a stand-in.</summary>
[SupportedOSPlatform("linux")]
public sealed class AzureStoreTests : RemoteStoreContract
{
    private const BlobContainerSasPermissions Daily =
        BlobContainerSasPermissions.Read | BlobContainerSasPermissions.Write | BlobContainerSasPermissions.Create | BlobContainerSasPermissions.List;

    private const BlobContainerSasPermissions Deleting = BlobContainerSasPermissions.Delete | BlobContainerSasPermissions.DeleteBlobVersion;

    private AzuriteContainer _container = null!;

    public override async ValueTask InitializeAsync()
    {
        _container = await AzuriteContainer.CreateAsync();
        await base.InitializeAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await _container.DisposeAsync();
    }

    protected override Task<IObjectStore> OpenEmptyAsync() => Task.FromResult<IObjectStore>(Open(_container.Options()));

    protected override Task<IObjectStore> OpenAgainAsync() =>
        Task.FromResult<IObjectStore>(Open(_container.Options(AzuriteContainer.Credentials("connection_string", _container.Server.ConnectionString))));

    protected override Task<IObjectStore> OpenMissingAsync() => Task.FromResult<IObjectStore>(Open(_container.Options() with { Container = "no-such-container" }));

    protected override FaultProxy StartLine() => FaultProxy.Start(_container.Server.Endpoint);

    protected override IObjectStore OpenThrough(FaultProxy line) => Open(_container.Options() with { Endpoint = line.Through(_container.Server.Endpoint) });

    private static AzureStore Open(AzureStoreOptions options) => new AzureStore(options);

    [Fact]
    public async Task Create_Container_IsNeverMade()
    {
        await using var missing = await OpenMissingAsync();

        var failure = await Assert.ThrowsAsync<StoreException>(() => missing.CreateAsync(Cancellation));
        await Store.CreateAsync(Cancellation);

        Assert.Equal(StoreFault.Missing, failure.Fault);
        Assert.Contains("az storage container create --name no-such-container", failure.Message, StringComparison.Ordinal);
        Assert.Equal(StorePresence.Missing, (await missing.ProbeAsync(Cancellation)).Presence);
    }

    [Fact]
    public async Task Put_LargerThanAPack_IsOneBlob()
    {
        var content = Bytes(80 << 20);

        Assert.True(await Store.PutAsync("index/large", content, Cancellation));

        Assert.Equal(content, await Store.GetAsync("index/large", content.Length, Cancellation));
        var blocks = await _container.Client.GetBlockBlobClient("backup/main/index/large").GetBlockListAsync(cancellationToken: Cancellation);
        Assert.Empty(blocks.Value.CommittedBlocks);
    }

    [Fact]
    public async Task Put_ByteFlippedOnTheWay_IsRefusedByTheServiceAndNothingStands()
    {
        await using var relay = new FlippingRelay(_container.Server.Endpoint, position: 500_000);
        await using var store = Open(_container.Options() with { Endpoint = relay.Endpoint });

        var failure = await Assert.ThrowsAsync<StoreException>(() => store.PutAsync("packs/00/a", Bytes(1_000_000), Cancellation));

        Assert.True(failure.Retryable);
        Assert.Contains("Md5Mismatch", failure.Message, StringComparison.Ordinal);
        Assert.Null(await Store.StatAsync("packs/00/a", Cancellation));
    }

    [Fact]
    public async Task Put_CutOffInTheMiddle_LeavesNothingAndIsPutAgain()
    {
        await using var link = FaultProxy.Start(_container.Server.Endpoint);
        await using var store = Open(_container.Options() with { Endpoint = link.Through(_container.Server.Endpoint) });
        link.After(Direction.Up, 5_000_000, link.ResetAll);

        Assert.Equal(StoreFault.Unreachable, await FaultOfAsync(() => store.PutAsync("packs/00/a", Bytes(16 << 20), Cancellation)));

        Assert.Null(await Store.StatAsync("packs/00/a", Cancellation));
        var uncommitted = new GetBlobsOptions { States = BlobStates.Uncommitted };
        Assert.Empty(await _container.Client.GetBlobsAsync(uncommitted, Cancellation).ToListAsync(Cancellation));
        Assert.True(await store.PutAsync("packs/00/a", Bytes(16 << 20), Cancellation));
    }

    [Fact]
    public async Task Prefix_ThingsOfOthers_AreNotOurs()
    {
        await _container.Client.UploadBlobAsync("backup/main2/repository", BinaryData.FromBytes(Bytes(1)), Cancellation);
        await _container.Client.UploadBlobAsync("backup/repository", BinaryData.FromBytes(Bytes(1)), Cancellation);
        Assert.Equal(StorePresence.Empty, (await Store.ProbeAsync(Cancellation)).Presence);

        await _container.Client.UploadBlobAsync("backup/main/index/Not Ours", BinaryData.FromBytes(Bytes(1)), Cancellation);
        await Store.PutAsync("index/a", Bytes(1), Cancellation);
        await _container.Client.GetBlobClient("backup/main/index/a").CreateSnapshotAsync(cancellationToken: Cancellation);
        AssertNames(["index/a"], await NamesAsync());

        await _container.Client.UploadBlobAsync("backup/main/theirs.txt", BinaryData.FromBytes(Bytes(1)), Cancellation);
        Assert.Equal(StorePresence.Foreign, (await Store.ProbeAsync(Cancellation)).Presence);
    }

    [Fact]
    public async Task Prefix_Empty_IsTheContainerItself()
    {
        await using var store = Open(_container.Options() with { Prefix = "" });

        await store.PutAsync("repository", Bytes(3), Cancellation);

        Assert.Equal(StorePresence.Repository, (await store.ProbeAsync(Cancellation)).Presence);
        Assert.True(await _container.Client.GetBlobClient("repository").ExistsAsync(Cancellation));
        AssertNames(["repository"], (await store.ListAsync("", Cancellation).ToListAsync(Cancellation)).Select(found => found.Name));
    }

    [Fact]
    public async Task Delete_WithSnapshots_LeavesNothing()
    {
        await Store.PutAsync("slots/a", Bytes(10), Cancellation);
        var blob = _container.Client.GetBlobClient("backup/main/slots/a");
        await blob.CreateSnapshotAsync(cancellationToken: Cancellation);

        Assert.True((await Store.DeleteAsync("slots/a", Cancellation)).Final);

        Assert.Empty(await _container.Client.GetBlobsAsync(new() { States = BlobStates.Snapshots }, Cancellation).ToListAsync(Cancellation));
    }

    [Fact]
    public async Task Key_Wrong_IsDenied()
    {
        var wrong = Convert.ToBase64String(Bytes(64));
        await using var store = Open(_container.Options(AzuriteContainer.Credentials("account_key", wrong)));

        Assert.Equal(StorePresence.Unreachable, (await store.ProbeAsync(Cancellation)).Presence);
        await AssertDeniedAsync(store, wrong);
    }

    [Fact]
    public async Task Sas_Expired_IsDenied()
    {
        var sas = _container.Sas(Daily, from: TimeSpan.FromHours(-3), until: TimeSpan.FromHours(-1));
        await using var store = Open(_container.Options(AzuriteContainer.Credentials("sas", sas)));

        await AssertDeniedAsync(store, Signature(sas));
    }

    [Fact]
    public async Task Sas_NotYetValid_IsDenied()
    {
        var sas = _container.Sas(Daily, from: TimeSpan.FromHours(1), until: TimeSpan.FromHours(2));
        await using var store = Open(_container.Options(AzuriteContainer.Credentials("sas", sas)));

        await AssertDeniedAsync(store, Signature(sas));
    }

    [Fact]
    public async Task Sas_WithoutDelete_DoesAllButThat()
    {
        var sas = _container.Sas(Daily);
        await using var store = Open(_container.Options(AzuriteContainer.Credentials("sas", "?" + sas)));

        Assert.True(await store.PutAsync("slots/a", Bytes(10), Cancellation));
        Assert.Equal(Bytes(10), await store.GetAsync("slots/a", 10, Cancellation));
        var failure = await Assert.ThrowsAsync<StoreException>(() => store.DeleteAsync("slots/a", Cancellation));

        Assert.Equal(StoreFault.ReadOnly, failure.Fault);
        Assert.Contains("AuthorizationPermissionMismatch", failure.Message, StringComparison.Ordinal);
        AssertSilent(failure, Signature(sas));
        Assert.NotNull(await Store.StatAsync("slots/a", Cancellation));
    }

    [Fact]
    public async Task Sas_ReadOnly_RefusesPuts()
    {
        var sas = _container.Sas(BlobContainerSasPermissions.Read | BlobContainerSasPermissions.List);
        await using var store = Open(_container.Options(AzuriteContainer.Credentials("sas", sas)));

        var failure = await Assert.ThrowsAsync<StoreException>(() => store.PutAsync("slots/a", Bytes(10), Cancellation));

        Assert.Equal(StoreFault.ReadOnly, failure.Fault);
        AssertSilent(failure, Signature(sas));
        Assert.Equal(StorePresence.Empty, (await store.ProbeAsync(Cancellation)).Presence);
    }

    [Fact]
    public async Task DeleteCredentials_Apart_RemoveWhatTheOthersMayNot()
    {
        var daily = AzuriteContainer.Credentials("sas", _container.Sas(Daily));
        await using var store = Open(_container.Options(daily) with { DeleteCredentials = AzuriteContainer.Credentials("sas", _container.Sas(Deleting)) });
        await store.PutAsync("slots/a", Bytes(10), Cancellation);

        Assert.True((await store.DeleteAsync("slots/a", Cancellation)).Final);

        Assert.Null(await Store.StatAsync("slots/a", Cancellation));
        var found = await store.ExamineAsync(Cancellation);
        Assert.Equal((Capability.No, Capability.Yes), (found.DailyDelete, found.FinalDelete));
        Assert.Empty(await _container.Client.GetBlobsAsync(cancellationToken: Cancellation).ToListAsync(Cancellation));
    }

    [Fact]
    public async Task Examine_Azurite_SaysWhatItDoesAndLeavesNothing()
    {
        var found = await Store.ExamineAsync(Cancellation);

        Assert.StartsWith(
            "exclusive-put=yes atomic-put=yes durable-put=unknown final-delete=yes daily-delete=yes versioning=no soft-delete=no object-lock=no " +
            "default-lock=no replication=no clock-ahead=",
            found.ToString(), StringComparison.Ordinal);
        Assert.InRange(found.ClockAhead!.Value.TotalSeconds, -60, 60);
        Assert.Empty(await _container.Client.GetBlobsAsync(cancellationToken: Cancellation).ToListAsync(Cancellation));
    }

    [Fact]
    public async Task Examine_WithoutRightsToAsk_SaysUnknownAndLeavesItToTheSweep()
    {
        await using var store = Open(_container.Options(AzuriteContainer.Credentials("sas", _container.Sas(Daily))));

        var found = await store.ExamineAsync(Cancellation);

        Assert.Equal((Capability.Yes, Capability.No, Capability.No), (found.ExclusivePut, found.DailyDelete, found.FinalDelete));
        Assert.Equal((Capability.Unknown, Capability.Unknown), (found.SoftDelete, found.DefaultLock));
        Assert.Equal(StorePresence.Empty, (await store.ProbeAsync(Cancellation)).Presence);
        Assert.Single(await _container.Client.GetBlobsAsync(cancellationToken: Cancellation).ToListAsync(Cancellation));
        await Store.SweepAsync(TimeSpan.FromHours(1), Cancellation);
        Assert.Single(await _container.Client.GetBlobsAsync(cancellationToken: Cancellation).ToListAsync(Cancellation));
        await Store.SweepAsync(TimeSpan.Zero, Cancellation);
        Assert.Empty(await _container.Client.GetBlobsAsync(cancellationToken: Cancellation).ToListAsync(Cancellation));
    }

    [Fact]
    public async Task Lock_WithoutImmutability_IsRefused()
    {
        await Store.PutAsync("slots/a", Bytes(10), Cancellation);

        Assert.Equal(StoreFault.ReadOnly, await FaultOfAsync(() => Store.LockAsync("slots/a", TimeProvider.System.GetUtcNow().AddDays(1), Cancellation)));
        Assert.Equal(StoreFault.NotFound, await FaultOfAsync(() => Store.LockAsync("slots/b", TimeProvider.System.GetUtcNow().AddDays(1), Cancellation)));
    }

    [Fact]
    public void ConnectionString_OfAnotherAccount_IsRefused()
    {
        var other = _container.Server.ConnectionString.Replace("127.0.0.1", "127.0.0.2", StringComparison.Ordinal);

        var failure = Assert.Throws<BackupException>(() => Open(_container.Options(AzuriteContainer.Credentials("connection_string", other))));

        Assert.Equal(FailureKind.Usage, failure.Kind);
        Assert.DoesNotContain(_container.Server.Key, failure.ToString(), StringComparison.Ordinal);
    }

    private static string Signature(string sas) => Uri.UnescapeDataString(sas.Split("sig=")[1].Split('&')[0]);

    /// <summary>Azurite does not tell a wrong signature from a right that is missing, as the service does: so a write is answered as if only writing were refused.</summary>
    private static async Task AssertDeniedAsync(AzureStore store, string secret)
    {
        (StoreFault Fault, Func<Task> Call)[] calls =
        [
            (StoreFault.Denied, () => store.GetAsync("repository", 10, Cancellation)),
            (StoreFault.Denied, () => store.GetRangeAsync("repository", 0, new byte[10], Cancellation)),
            (StoreFault.Denied, () => store.StatAsync("repository", Cancellation)),
            (StoreFault.Denied, async () => await store.ListAsync("", Cancellation).ToListAsync(Cancellation)),
            (StoreFault.ReadOnly, () => store.PutAsync("repository", Bytes(10), Cancellation)),
            (StoreFault.ReadOnly, () => store.DeleteAsync("repository", Cancellation)),
        ];
        foreach (var (fault, call) in calls)
        {
            var failure = await Assert.ThrowsAsync<StoreException>(call);
            Assert.Equal(fault, failure.Fault);
            Assert.False(failure.Retryable);
            AssertSilent(failure, secret);
        }
    }

    private static void AssertSilent(Exception failure, string secret)
    {
        for (var each = failure; each is not null; each = each.InnerException)
        {
            Assert.DoesNotContain(secret, each.ToString(), StringComparison.Ordinal);
            Assert.DoesNotContain(Uri.EscapeDataString(secret), each.ToString(), StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain("sig=", each.ToString(), StringComparison.Ordinal);
        }
    }
}
