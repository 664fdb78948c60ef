using System.Collections.Concurrent;
using Backup.Engine.Sites;
using Backup.Engine.Stores;
using CsCheck;

namespace Backup.Engine.Tests.Sites;

/// <summary>A site that lags or hangs costs itself: the run goes on with the others, in bounded memory, and what it skipped is its backlog.</summary>
public sealed class OvertakingTests
{
    private static readonly FanoutLimits Limits = new(3) { Patience = new Patience(2, TimeSpan.Zero), Lag = TimeSpan.FromMilliseconds(1) };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static Fanout Open(IReadOnlyList<Site> sites, FanoutLimits? limits = null) => new(sites, limits ?? Limits, TimeProvider.System, Cancellation);

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task Put_OneOfThreeHangs_TheOthersGoOnInBoundedMemory(int connections)
    {
        var gate = new TaskCompletionSource();
        MemoryStore hung = new() { Before = (_, _) => gate.Task }, a = new(), b = new();
        Site[] sites = [hung.AsSite("hung", connections), a.AsSite("a"), b.AsSite("b")];
        var memory = new Memory();
        await using var fanout = Open(sites);

        var handovers = await PutAsync(fanout, memory, 40);
        await fanout.FlushAsync(Cancellation);

        Assert.All(handovers, handover => Assert.Equal(["a", "b"], Standing(handover), StringComparer.Ordinal));
        Assert.Equal((40, 40), (a.Objects.Count, b.Objects.Count));
        Assert.Equal(40, sites[0].Backlog.Count);
        Assert.InRange(memory.Most, 1, Limits.InFlight + Limits.Strays);
        Assert.True(sites[0].IsUp);
        Assert.False(sites[0].Quiet.IsCompleted);

        gate.SetResult();
        await sites[0].Quiet;
        await memory.AllReleased;
        Assert.InRange(hung.Objects.Count, 1, connections);
        Assert.Equal(40 - hung.Objects.Count, sites[0].Backlog.Count);
        Assert.Empty(sites[0].Backlog.Intersect(hung.Objects.Keys, StringComparer.Ordinal));
    }

    [Fact]
    public async Task Put_TwoOfThreeHang_WhatTheSpoolTookGoesOn()
    {
        var gate = new TaskCompletionSource();
        MemoryStore first = new() { Before = (_, _) => gate.Task }, second = new() { Before = (_, _) => gate.Task }, good = new();
        Site[] sites = [first.AsSite("first"), second.AsSite("second"), good.AsSite("good")];
        var kept = new ConcurrentDictionary<string, byte[]>(StringComparer.Ordinal);
        var memory = new Memory();
        await using var fanout = Open(sites, Limits with { Keep = handover => handover.Names.All(name => kept.TryAdd(name, []) || kept.ContainsKey(name)) });

        var handovers = await PutAsync(fanout, memory, 20);
        await fanout.FlushAsync(Cancellation);

        Assert.All(handovers, handover => Assert.Equal(["good"], Standing(handover), StringComparer.Ordinal));
        Assert.Equal(20, kept.Count);
        Assert.InRange(memory.Most, 1, Limits.InFlight + Limits.Strays);
        gate.SetResult();
    }

    [Fact]
    public async Task Put_OneOfTwoHangsAndNothingIsKept_IsNotSafeAndWaits()
    {
        var gate = new TaskCompletionSource();
        MemoryStore hung = new() { Before = (_, _) => gate.Task }, good = new();
        var asked = new TaskCompletionSource();
        await using var fanout = Open([hung.AsSite("hung"), good.AsSite("good")], Limits with
        {
            Keep = _ =>
            {
                asked.TrySetResult();
                return false;
            },
        });
        await PutAsync(fanout, new Memory(), Limits.InFlight);

        var next = fanout.PutAsync("packs/next", new byte[1], null, Cancellation);
        await asked.Task;

        Assert.False(next.IsCompleted);
        gate.SetResult();
        Assert.Equal(2, await (await next).SettledAsync());
    }

    [Fact]
    public async Task Put_OneOfTwoHangsAndThePatienceEnds_GoesOnWithOne()
    {
        var gate = new TaskCompletionSource();
        MemoryStore hung = new() { Before = (_, _) => gate.Task }, good = new();
        Site[] sites = [hung.AsSite("hung"), good.AsSite("good")];
        await using var fanout = Open(sites, Limits with { Wait = TimeSpan.FromMilliseconds(1) });

        await PutAsync(fanout, new Memory(), 20);
        await fanout.FlushAsync(Cancellation);

        Assert.Equal(20, good.Objects.Count);
        Assert.Equal(20, sites[0].Backlog.Count);
        gate.SetResult();
    }

    [Fact]
    public async Task Put_SlowSite_TakesWhatItCanAndHasTheRestAsBacklog()
    {
        using var pace = new SemaphoreSlim(0);
        MemoryStore slow = new() { Before = (_, _) => pace.WaitAsync(Cancellation) }, a = new(), b = new();
        Site[] sites = [slow.AsSite("slow"), a.AsSite("a"), b.AsSite("b")];
        await using var fanout = Open(sites);

        for (var i = 0; i < 30; i++)
        {
            await fanout.PutAsync($"packs/{i}", new byte[1], null, Cancellation);
            if (i % 5 == 0)
            {
                pace.Release();
            }
        }

        await fanout.FlushAsync(Cancellation);
        pace.Release(100);
        await sites[0].Quiet;

        Assert.Equal(30, a.Objects.Count);
        Assert.InRange(slow.Objects.Count, 2, 29);
        Assert.Equal(a.Objects.Keys.Order(StringComparer.Ordinal), slow.Objects.Keys.Concat(sites[0].Backlog).Order(StringComparer.Ordinal), StringComparer.Ordinal);
    }

    [Fact]
    public async Task Press_NoHandoverIsOpen_DoesNothing()
    {
        await using var fanout = Open([new MemoryStore().AsSite("a")]);

        using (fanout.Press())
        {
            await fanout.FlushAsync(Cancellation);
        }

        Assert.Equal(1, await (await fanout.PutAsync("packs/a", new byte[1], null, Cancellation)).SettledAsync());
    }

    [Fact]
    public async Task Put_StrayFails_TakesTheSiteDownAndStaysBacklog()
    {
        var gate = new TaskCompletionSource();
        MemoryStore bad = new() { Before = (_, _) => gate.Task }, a = new(), b = new();
        Site[] sites = [bad.AsSite("bad"), a.AsSite("a"), b.AsSite("b")];
        await using var fanout = Open(sites);
        await PutAsync(fanout, new Memory(), 10);
        await fanout.FlushAsync(Cancellation);

        gate.SetException(new StoreException(StoreFault.Full, "No space."));
        await sites[0].Quiet;

        Assert.Equal(StoreFault.Full, sites[0].Failure?.Fault);
        Assert.Equal(10, sites[0].Backlog.Count);
    }

    /// <summary>A slow site still gets keys and ledger at once: what was on its way there is not in their way.</summary>
    [Fact]
    public async Task Flush_SiteThatLags_GivesUpWhatIsUnderWay()
    {
        MemoryStore slow = new() { Cancels = true, Before = static (_, _) => Task.Delay(Timeout.Infinite, CancellationToken.None) }, a = new(), b = new();
        Site[] sites = [slow.AsSite("slow", connections: 4), a.AsSite("a"), b.AsSite("b")];
        var memory = new Memory();
        await using var fanout = Open(sites);
        await PutAsync(fanout, memory, 10);

        await fanout.FlushAsync(Cancellation);

        await sites[0].Quiet;
        await memory.AllReleased;
        Assert.True(sites[0].IsUp);
        Assert.Equal(10, sites[0].Backlog.Count);
    }

    /// <summary>Whatever hangs how long: nothing is lost count of, two copies or the spool are never given up, and memory is bounded.</summary>
    [Fact]
    public async Task Put_AnyDelays_OutcomeIsWhatTheSitesHold() =>
        await Gen.Select(Gen.Int[0, 3].Array[1, 12].Array[2, 4], Gen.Int[1, 3], Gen.Int[1, 3], Gen.Bool).SampleAsync(
            async (delays, connections, strays, spool) =>
            {
                var stores = delays.Select(Delayed).ToArray();
                Site[] sites = [.. stores.Select((store, i) => store.AsSite($"s{i}", connections))];
                var kept = new ConcurrentDictionary<string, bool>(StringComparer.Ordinal);
                var memory = new Memory();
                List<Handover> handovers;
                var limits = Limits with { Strays = strays, Keep = handover => spool && handover.Names.All(name => kept.TryAdd(name, true) || true) };
                await using (var fanout = new Fanout(sites, limits, TimeProvider.System, CancellationToken.None))
                {
                    handovers = await PutAsync(fanout, memory, 25);
                    await fanout.FlushAsync(CancellationToken.None);
                    Assert.All(handovers, handover => Assert.True(handover.Standing.Count >= 2 || kept.ContainsKey(handover.Names.Single())));
                    await Task.WhenAll(sites.Select(site => site.Quiet));
                }

                await memory.AllReleased;
                Assert.InRange(memory.Most, 1, limits.InFlight + strays);
                foreach (var (site, store) in sites.Zip(stores))
                {
                    var standing = handovers.Where(handover => handover.Standing.Contains(site)).SelectMany(handover => handover.Names).ToList();
                    Assert.True(standing.ToHashSet(StringComparer.Ordinal).SetEquals(store.Objects.Keys));
                    Assert.Equal(handovers.SelectMany(handover => handover.Names).Order(StringComparer.Ordinal), standing.Concat(site.Backlog).Order(StringComparer.Ordinal), StringComparer.Ordinal);
                }
            },
            iter: 40, threads: 1);

    private static IEnumerable<string> Standing(Handover handover) => handover.Standing.Select(site => site.Id).Order(StringComparer.Ordinal);

    private static async Task<List<Handover>> PutAsync(Fanout fanout, Memory memory, int count)
    {
        var handovers = new List<Handover>();
        for (var i = 0; i < count; i++)
        {
            handovers.Add(await fanout.PutAsync($"packs/{i}", new byte[1], memory.Owner(), CancellationToken.None));
            memory.Taken();
        }

        return handovers;
    }

    private static MemoryStore Delayed(int[] delays)
    {
        var calls = new ConcurrentQueue<int>(delays);
        return new MemoryStore { Before = (_, _) => calls.TryDequeue(out var delay) ? Task.Delay(delay * delay * 5, CancellationToken.None) : Task.CompletedTask };
    }

    /// <summary>Counts the bytes that are held, in handovers.</summary>
    private sealed class Memory
    {
        private readonly List<Owner> _owners = [];
        private int _held;

        public int Most { get; private set; }

        public Task AllReleased => Task.WhenAll(_owners.Select(owner => owner.Disposed));

        public Owner Owner()
        {
            _owners.Add(new Owner(() => Interlocked.Decrement(ref _held)));
            return _owners[^1];
        }

        public void Taken() => Most = Math.Max(Most, Interlocked.Increment(ref _held));
    }
}
