using Backup.Engine.Sites;
using Backup.Engine.Stores;

namespace Backup.Engine.Tests.Sites;

public sealed class FanoutTests
{
    private static readonly FanoutLimits Limits = new(4) { Patience = new Patience(3, TimeSpan.Zero) };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static Fanout Open(IReadOnlyList<Site> sites, FanoutLimits? limits = null, CancellationToken? cancellation = null) =>
        new(sites, limits ?? Limits, TimeProvider.System, cancellation ?? Cancellation);

    private static Func<string, string, Task> Throw(StoreFault fault) => (_, _) => Task.FromException(new StoreException(fault, $"{fault} it is."));

    [Fact]
    public async Task Put_AllUp_StandsEverywhereAndCounts()
    {
        MemoryStore[] stores = [new(), new(), new()];
        Site[] sites = [.. stores.Select((store, i) => store.AsSite($"s{i}"))];
        await using var fanout = Open(sites);
        var owner = new Owner();

        var handover = await fanout.PutAsync("packs/00/a", new byte[100], owner, Cancellation);
        await fanout.FlushAsync(Cancellation);

        Assert.Equal(3, await handover.StandsAtAsync(2));
        Assert.Equal(sites, handover.Standing.OrderBy(site => site.Id, StringComparer.Ordinal));
        Assert.All(stores, store => Assert.Equal(new byte[100], store.Objects["packs/00/a"]));
        Assert.All(sites, site => Assert.Equal((1L, 100L, true), (site.ObjectsPut, site.BytesPut, site.IsUp)));
        Assert.All(sites, site => Assert.Empty(site.Backlog));
        Assert.Equal(1, owner.Disposals);
    }

    [Fact]
    public async Task Put_NameTaken_StandsAndDoesNotCount()
    {
        var store = new MemoryStore();
        await store.PutAsync("packs/00/a", new byte[100], Cancellation);
        var site = store.AsSite("s");
        await using var fanout = Open([site]);

        var handover = await fanout.PutAsync("packs/00/a", new byte[100], null, Cancellation);

        Assert.Equal(1, await handover.SettledAsync());
        Assert.Equal((0L, 0L), (site.ObjectsPut, site.BytesPut));
    }

    [Theory]
    [InlineData(StoreFault.Full)]
    [InlineData(StoreFault.ReadOnly)]
    [InlineData(StoreFault.Denied)]
    [InlineData(StoreFault.Missing)]
    [InlineData(StoreFault.Unreachable)]
    [InlineData(StoreFault.Damaged)]
    [InlineData(StoreFault.NotFound)]
    public async Task Put_OneSiteFails_GoesDownWithItsReasonAndTheOthersGoOn(StoreFault fault)
    {
        MemoryStore good = new(), bad = new();
        Site[] sites = [good.AsSite("good"), bad.AsSite("bad")];
        await using var fanout = Open(sites);
        await fanout.PutAsync("packs/00/a", new byte[1], null, Cancellation);
        await fanout.FlushAsync(Cancellation);
        bad.Before = Throw(fault);

        var second = await fanout.PutAsync("packs/00/b", new byte[1], null, Cancellation);
        await fanout.FlushAsync(Cancellation);
        bad.Before = null;
        await fanout.PutAsync("index/1", new byte[1], null, Cancellation);
        await fanout.FlushAsync(Cancellation);

        Assert.Equal(1, await second.StandsAtAsync(2));
        Assert.Equal(fault, sites[1].Failure?.Fault);
        Assert.Equal(["packs/00/b", "index/1"], sites[1].Backlog, StringComparer.Ordinal);
        Assert.Equal(["packs/00/a"], bad.Puts, StringComparer.Ordinal);
        Assert.Equal(["packs/00/a", "packs/00/b", "index/1"], good.Puts, StringComparer.Ordinal);
        Assert.True(sites[0].IsUp);
    }

    [Fact]
    public async Task Put_FaultThatPasses_IsRepeatedAndSucceeds()
    {
        var calls = 0;
        var fails = Throw(StoreFault.Unreachable);
        var store = new MemoryStore { Before = (call, name) => Interlocked.Increment(ref calls) <= 2 ? fails(call, name) : Task.CompletedTask };
        var site = store.AsSite("s");
        await using var fanout = Open([site]);

        var handover = await fanout.PutAsync("packs/00/a", new byte[1], null, Cancellation);

        Assert.Equal(1, await handover.SettledAsync());
        Assert.Equal((3, true), (calls, site.IsUp));
    }

    [Fact]
    public async Task Put_MistakeInAStore_TakesOnlyThatSiteDown()
    {
        var bad = new MemoryStore { Before = (_, _) => throw new InvalidOperationException("A mistake.") };
        Site[] sites = [bad.AsSite("bad"), new MemoryStore().AsSite("good")];
        await using var fanout = Open(sites);

        var handover = await fanout.PutAsync("packs/00/a", new byte[1], null, Cancellation);

        Assert.Equal(1, await handover.SettledAsync());
        Assert.Equal("A mistake.", sites[0].Failure?.Reason);
    }

    [Fact]
    public async Task Put_SlowSite_HoldsUpTheOthersOnlyAtTheBound()
    {
        var gate = new TaskCompletionSource();
        MemoryStore slow = new() { Before = (_, _) => gate.Task }, fast = new();
        await using var fanout = Open([slow.AsSite("slow"), fast.AsSite("fast")]);

        var handovers = new List<Handover>();
        for (var i = 0; i < Limits.InFlight; i++)
        {
            handovers.Add(await fanout.PutAsync($"packs/00/{i}", new byte[1], null, Cancellation));
        }

        Assert.All(await Task.WhenAll(handovers.Select(handover => handover.StandsAtAsync(1))), copies => Assert.Equal(1, copies));
        var next = fanout.PutAsync("packs/00/next", new byte[1], null, Cancellation);
        Assert.False(next.IsCompleted);
        Assert.False(fast.Objects.ContainsKey("packs/00/next"));

        gate.SetResult();
        await (await next).SettledAsync();
        Assert.Equal(Limits.InFlight + 1, slow.Puts.Count);
    }

    [Fact]
    public async Task Put_SiteGoesDownMeanwhile_LeavesWhatWasQueuedAsBacklog()
    {
        var gate = new TaskCompletionSource();
        var store = new MemoryStore
        {
            Before = async (_, _) =>
            {
                await gate.Task;
                throw new StoreException(StoreFault.Full, "No space.");
            },
        };
        var site = store.AsSite("s");
        await using var fanout = Open([site]);
        Owner[] owners = [new(), new(), new()];
        foreach (var (owner, i) in owners.Select((owner, i) => (owner, i)))
        {
            await fanout.PutAsync($"packs/00/{i}", new byte[1], owner, Cancellation);
        }

        gate.SetResult();
        await fanout.FlushAsync(Cancellation);

        Assert.Equal(["packs/00/0", "packs/00/1", "packs/00/2"], site.Backlog, StringComparer.Ordinal);
        Assert.All(owners, owner => Assert.Equal(1, owner.Disposals));
    }

    [Fact]
    public async Task PutMany_Batch_IsOneHandover()
    {
        var store = new MemoryStore();
        var site = store.AsSite("s");
        await using var fanout = Open([site, new MemoryStore { Before = Throw(StoreFault.Full) }.AsSite("bad")]);

        var handover = await fanout.PutManyAsync([("keyring/a", new byte[1]), ("keyring/b", new byte[2])], null, Cancellation);

        Assert.Equal(1, await handover.SettledAsync());
        Assert.Equal(["keyring/a", "keyring/b"], store.Puts, StringComparer.Ordinal);
        Assert.Equal((2L, 3L), (site.ObjectsPut, site.BytesPut));
    }

    [Fact]
    public async Task Put_StalledSite_GoesDownAndKeepsTheBytesUntilItsCallEnds()
    {
        var gate = new TaskCompletionSource();
        var hung = new MemoryStore { Before = (_, _) => gate.Task };
        Site[] sites = [hung.AsSite("hung"), new MemoryStore().AsSite("good")];
        await using var fanout = Open(sites, Limits with { Stall = TimeSpan.FromMilliseconds(1) });
        Owner first = new(), second = new();

        var handover = await fanout.PutAsync("packs/00/a", new byte[1], first, Cancellation);
        Assert.Equal(1, await handover.SettledAsync());
        Assert.Equal(1, await (await fanout.PutAsync("packs/00/b", new byte[1], second, Cancellation)).SettledAsync());

        Assert.Equal(StoreFault.Unreachable, sites[0].Failure?.Fault);
        Assert.Equal(["packs/00/a", "packs/00/b"], sites[0].Backlog, StringComparer.Ordinal);
        Assert.Equal((0, 1), (first.Disposals, second.Disposals));
        gate.SetResult();
        await first.Disposed;
    }

    [Fact]
    public async Task Put_SiteDownFromTheStart_IsBacklog()
    {
        var site = new MemoryStore().AsSite("s");
        site.GoDown(new SiteFailure(StoreFault.Missing, "Lost."));
        site.GoDown(new SiteFailure(StoreFault.Full, "Later."));
        await using var fanout = Open([site]);
        var owner = new Owner();

        Assert.Equal(0, await (await fanout.PutAsync("packs/00/a", new byte[1], owner, Cancellation)).StandsAtAsync(1));

        Assert.Equal(["packs/00/a"], site.Backlog, StringComparer.Ordinal);
        Assert.Equal("Lost.", site.Failure?.Reason);
        Assert.Equal(1, owner.Disposals);
    }

    [Fact]
    public async Task Cancel_UnderWay_GivesUpWithoutBlamingTheSite()
    {
        using var run = new CancellationTokenSource();
        var gate = new TaskCompletionSource();
        var site = new MemoryStore { Before = (_, _) => gate.Task }.AsSite("s");
        await using var fanout = Open([site], Limits with { InFlight = 1 }, run.Token);
        Owner first = new(), second = new();
        var handover = await fanout.PutAsync("packs/00/a", new byte[1], first, Cancellation);
        var waiting = fanout.PutAsync("packs/00/b", new byte[1], second, Cancellation);

        await run.CancelAsync();

        Assert.Equal(0, await handover.SettledAsync());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => fanout.FlushAsync(Cancellation));
        Assert.True(site.IsUp);
        Assert.Equal(["packs/00/a"], site.Backlog, StringComparer.Ordinal);
        gate.SetResult();
        await Task.WhenAll(first.Disposed, second.Disposed);
    }

    [Fact]
    public async Task Dispose_WithoutFlush_KeepsTheBytesUntilThePutEnds()
    {
        var begun = new TaskCompletionSource();
        var gate = new TaskCompletionSource();
        var store = new MemoryStore
        {
            Before = (_, _) =>
            {
                begun.SetResult();
                return gate.Task;
            },
        };
        var owner = new Owner();
        await using (var fanout = Open([store.AsSite("s")]))
        {
            await fanout.PutAsync("packs/00/a", new byte[1], owner, Cancellation);
            await begun.Task;
        }

        Assert.Equal(0, owner.Disposals);
        gate.SetResult();
        await owner.Disposed;
    }

    [Fact]
    public async Task Put_Connections_RunAtOnce()
    {
        using var both = new CountdownEvent(2);
        var gate = new TaskCompletionSource();
        var store = new MemoryStore
        {
            Before = (_, _) =>
            {
                if (both.Signal())
                {
                    gate.SetResult();
                }

                return gate.Task;
            },
        };
        await using var fanout = Open([store.AsSite("s", connections: 2)]);

        await fanout.PutAsync("packs/00/a", new byte[1], null, Cancellation);
        await fanout.PutAsync("packs/00/b", new byte[1], null, Cancellation);
        await fanout.FlushAsync(Cancellation);

        Assert.Equal(2, store.Objects.Count);
    }
}
