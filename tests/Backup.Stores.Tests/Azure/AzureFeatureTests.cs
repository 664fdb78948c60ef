using System.Runtime.Versioning;
using Backup.Engine.Stores;
using Backup.Stores.Azure;

namespace Backup.Stores.Tests.Azure;

/// <summary>
/// Versions, soft delete and immutability, against a stand-in in this process: Azurite has none of them, and the real service is not in reach
/// of a test. It does what the service's documentation says; that the service does so too is not shown here.
/// </summary>
[SupportedOSPlatform("linux")]
public sealed class AzureFeatureTests
{
    private static readonly TimeSpan Days = TimeSpan.FromDays(30);
    private static readonly TimeSpan SecretDays = TimeSpan.FromDays(3);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Delete_Versions_AreRemovedOneByOne()
    {
        await using var standIn = new AzureStandIn { Versioning = true };
        await using var store = StandInStore.Open(standIn);
        for (var i = 0; i < 5; i++)
        {
            await store.PutAsync("slots/a", new byte[i + 1], Cancellation);
            standIn.Blobs.Single(blob => blob.IsCurrent).IsCurrent = false; // as removed by somebody with a portal
        }

        await store.PutAsync("slots/a", new byte[9], Cancellation);
        await store.PutAsync("slots/ab", new byte[1], Cancellation);
        Assert.Equal(7, standIn.Blobs.Count);

        Assert.Equal(DeleteOutcome.Gone, await store.DeleteAsync("slots/a", Cancellation));

        Assert.Equal("main/slots/ab", Assert.Single(standIn.Blobs).Name);
    }

    [Fact]
    public async Task List_OldVersionsAndRemovedBlobs_AreNotShown()
    {
        await using var standIn = new AzureStandIn { Versioning = true, SoftDeleteDays = 7 };
        await using var store = StandInStore.Open(standIn);
        foreach (var name in new[] { "slots/a", "slots/b", "slots/c" })
        {
            await store.PutAsync(name, new byte[1], Cancellation);
        }

        await store.DeleteAsync("slots/b", Cancellation);
        standIn.Blobs[0].IsCurrent = false;

        Assert.Equal(["slots/c"], await store.ListAsync("", Cancellation).Select(found => found.Name).ToListAsync(Cancellation));
        Assert.Null(await store.StatAsync("slots/a", Cancellation));
        Assert.True(await store.PutAsync("slots/b", new byte[2], Cancellation));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Delete_SoftDelete_IsRetainedUntilTheServiceEndsIt(bool versioning)
    {
        await using var standIn = new AzureStandIn { Versioning = versioning, SoftDeleteDays = 7 };
        await using var store = StandInStore.Open(standIn);
        await store.PutAsync("slots/a", new byte[10], Cancellation);

        var outcome = await store.DeleteAsync("slots/a", Cancellation);

        var blob = Assert.Single(standIn.Blobs);
        Assert.False(outcome.Final);
        Assert.InRange(outcome.RetainedUntil!.Value, Seconds(blob.Removed!.Value.AddDays(7)), Seconds(blob.Removed!.Value.AddDays(8)));
        Assert.Equal(outcome, await store.DeleteAsync("slots/a", Cancellation));
        Assert.Null(await store.StatAsync("slots/a", Cancellation));
    }

    [Theory]
    [InlineData(0, 7, 8)]
    [InlineData(0, 6, 7)]
    [InlineData(0.001, 7, 8)]
    [InlineData(0.001, 6, 7)]
    [InlineData(2.5, 4, 7)]
    [InlineData(2.5, 5, 8)]
    [InlineData(6.9, 0, 7)]
    public void EndOf_DaysLeft_IsNeverTooEarly(double daysAfter, int left, int expected)
    {
        var removed = new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

        Assert.Equal(removed.AddDays(expected), AzureRemoval.EndOf(removed, left, removed.AddDays(daysAfter)));
    }

    [Fact]
    public async Task Put_WithLock_LocksByWhatTheNameIs()
    {
        await using var standIn = new AzureStandIn { Versioning = true, Immutability = true };
        await using var store = StandInStore.Open(standIn, new StoreLock(Compliance: true, Days, SecretDays));
        var before = standIn.Now;

        await store.PutAsync("packs/00/a", new byte[10], Cancellation);
        await store.PutAsync("slots/a", new byte[10], Cancellation);

        Assert.All(standIn.Blobs, blob => Assert.True(blob.IsLocked));
        Assert.InRange(standIn.Blobs[0].Until!.Value, before + Days, before + Days + TimeSpan.FromMinutes(5));
        Assert.InRange(standIn.Blobs[1].Until!.Value, before + SecretDays, before + SecretDays + TimeSpan.FromMinutes(5));
    }

    [Fact]
    public async Task Put_WithLockButNoImmutability_IsRefusedAndNothingStands()
    {
        await using var standIn = new AzureStandIn { Versioning = true };
        await using var store = StandInStore.Open(standIn, new StoreLock(Compliance: true, Days, SecretDays));

        var failure = await Assert.ThrowsAsync<StoreException>(() => store.PutAsync("packs/00/a", new byte[10], Cancellation));

        Assert.Equal(StoreFault.ReadOnly, failure.Fault);
        Assert.Contains("ContainerImmutableStorageWithVersioningNotEnabled", failure.Message, StringComparison.Ordinal);
        Assert.Empty(standIn.Blobs);
    }

    [Fact]
    public async Task Put_TakenByALockedObject_ReturnsFalse()
    {
        await using var standIn = new AzureStandIn { Versioning = true, Immutability = true };
        await using var store = StandInStore.Open(standIn, new StoreLock(Compliance: true, Days, SecretDays));
        await store.PutAsync("packs/00/a", new byte[10], Cancellation);
        standIn.Instead = static request => request.Method == "PUT" ? StandInAnswer.Error(409, "BlobImmutableDueToPolicy") : null;

        Assert.False(await store.PutAsync("packs/00/a", new byte[10], Cancellation));
    }

    [Fact]
    public async Task Lock_Later_ExtendsAndNeverShortens()
    {
        await using var standIn = new AzureStandIn { Versioning = true, Immutability = true };
        await using var store = StandInStore.Open(standIn, new StoreLock(Compliance: false, Days, SecretDays));
        await store.PutAsync("packs/00/a", new byte[10], Cancellation);
        var blob = Assert.Single(standIn.Blobs);
        Assert.False(blob.IsLocked);
        var until = blob.Until!.Value;

        await store.LockAsync("packs/00/a", until.AddDays(-1), Cancellation);
        Assert.Equal(until, blob.Until);

        await store.LockAsync("packs/00/a", until.AddDays(1), Cancellation);
        Assert.Equal(until.AddDays(1), blob.Until);
        Assert.False(blob.IsLocked);

        await using var strict = StandInStore.Open(standIn, new StoreLock(Compliance: true, Days, SecretDays));
        await strict.LockAsync("packs/00/a", until, Cancellation);
        Assert.Equal((until.AddDays(1), true), (blob.Until, blob.IsLocked));

        await store.LockAsync("packs/00/a", until.AddDays(2).AddTicks(1), Cancellation);
        Assert.Equal((until.AddDays(2).AddSeconds(1), true), (blob.Until, blob.IsLocked));
    }

    [Fact]
    public async Task Delete_Locked_IsRetainedUntilTheLockEnds()
    {
        await using var standIn = new AzureStandIn { Versioning = true, Immutability = true };
        await using var store = StandInStore.Open(standIn, new StoreLock(Compliance: true, Days, SecretDays));
        await store.PutAsync("packs/00/a", new byte[10], Cancellation);

        var outcome = await store.DeleteAsync("packs/00/a", Cancellation);

        var blob = Assert.Single(standIn.Blobs);
        Assert.Equal(new DeleteOutcome(Final: false, blob.Until), outcome);
        blob.Until = standIn.Now;
        Assert.Equal(DeleteOutcome.Gone, await store.DeleteAsync("packs/00/a", Cancellation));
    }

    [Fact]
    public async Task Delete_LockedByTheContainer_IsRetained()
    {
        await using var standIn = new AzureStandIn { DefaultPolicy = TimeSpan.FromDays(5) };
        await using var store = StandInStore.Open(standIn);
        await store.PutAsync("packs/00/a", new byte[10], Cancellation);

        var outcome = await store.DeleteAsync("packs/00/a", Cancellation);

        Assert.Equal(new DeleteOutcome(Final: false, Seconds(standIn.Blobs[0].Until!.Value)), outcome);
        Assert.NotNull(await store.StatAsync("packs/00/a", Cancellation));
    }

    [Fact]
    public async Task Examine_Plain_SaysSo()
    {
        await using var standIn = new AzureStandIn { ClockAhead = TimeSpan.FromMinutes(3) };
        await using var store = StandInStore.Open(standIn);

        var found = await store.ExamineAsync(Cancellation);

        Assert.StartsWith(
            "exclusive-put=yes atomic-put=yes durable-put=unknown final-delete=yes daily-delete=yes versioning=no soft-delete=no object-lock=no " +
            "default-lock=no replication=no clock-ahead=1",
            found.ToString(), StringComparison.Ordinal);
        Assert.InRange(found.ClockAhead!.Value.TotalSeconds, 120, 181);
        Assert.Empty(standIn.Blobs);
    }

    [Fact]
    public async Task Examine_VersionsAndImmutability_AreFoundAndNothingIsLeft()
    {
        await using var standIn = new AzureStandIn { Versioning = true, Immutability = true };
        await using var store = StandInStore.Open(standIn, new StoreLock(Compliance: true, Days, SecretDays));

        var found = await store.ExamineAsync(Cancellation);

        Assert.Equal((Capability.Yes, Capability.Yes, Capability.No), (found.Versioning, found.ObjectLock, found.DefaultLock));
        Assert.Equal((Capability.Yes, Capability.No, Capability.Unknown), (found.FinalDelete, found.SoftDelete, found.Replication));
        Assert.Empty(standIn.Blobs);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Examine_SoftDelete_IsFoundAndDeletesAreNotFinal(bool versioning)
    {
        await using var standIn = new AzureStandIn { Versioning = versioning, SoftDeleteDays = 7 };
        await using var store = StandInStore.Open(standIn);

        var found = await store.ExamineAsync(Cancellation);

        Assert.Equal((Capability.Yes, Capability.No, Capability.Yes), (found.SoftDelete, found.FinalDelete, found.DailyDelete));
    }

    [Fact]
    public async Task Examine_PolicyOfTheContainer_IsADefaultLock()
    {
        await using var standIn = new AzureStandIn { DefaultPolicy = TimeSpan.FromDays(5) };
        await using var store = StandInStore.Open(standIn);

        var found = await store.ExamineAsync(Cancellation);

        Assert.Equal((Capability.Yes, Capability.No, Capability.Unknown), (found.DefaultLock, found.FinalDelete, found.DailyDelete));
        Assert.Equal(StorePresence.Empty, (await store.ProbeAsync(Cancellation)).Presence);
    }

    [Fact]
    public async Task Sweep_ByTheServicesClock_RemovesWhatIsOldThere()
    {
        await using var standIn = new AzureStandIn { DefaultPolicy = TimeSpan.FromDays(5) };
        await using var store = StandInStore.Open(standIn);
        await store.ExamineAsync(Cancellation);
        standIn.Blobs[0].Until = null;

        await store.SweepAsync(TimeSpan.FromHours(1), Cancellation);
        Assert.Single(standIn.Blobs);

        standIn.ClockAhead = TimeSpan.FromHours(2);
        await store.SweepAsync(TimeSpan.FromHours(1), Cancellation);
        Assert.Empty(standIn.Blobs);
    }

    /// <summary>Accounts with a hierarchical namespace show a blob for each folder.</summary>
    [Fact]
    public async Task Folders_OfAHierarchicalNamespace_AreNoObjects()
    {
        await using var standIn = new AzureStandIn();
        await using var store = StandInStore.Open(standIn);
        await store.PutAsync("packs", default, Cancellation);
        await store.PutAsync("packs/00", default, Cancellation);
        Assert.Equal(StorePresence.Foreign, (await store.ProbeAsync(Cancellation)).Presence);

        foreach (var blob in standIn.Blobs)
        {
            blob.Metadata["hdi_isfolder"] = "true";
        }

        Assert.Equal(StorePresence.Empty, (await store.ProbeAsync(Cancellation)).Presence);
        Assert.Null(await store.StatAsync("packs", Cancellation));
        Assert.Empty(await store.ListAsync("", Cancellation).ToListAsync(Cancellation));
        Assert.Equal(StoreFault.NotFound, (await Assert.ThrowsAsync<StoreException>(() => store.GetAsync("packs", 1, Cancellation))).Fault);
    }

    /// <summary>The service's times have whole seconds.</summary>
    private static DateTimeOffset Seconds(DateTimeOffset time) => DateTimeOffset.FromUnixTimeSeconds(time.ToUnixTimeSeconds());
}
