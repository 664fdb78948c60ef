using System.Collections.Concurrent;
using Backup.Engine.Stores;
using CsCheck;

namespace Backup.Stores.Tests;

/// <summary>
/// What every store owes, whatever is behind it. A store's tests inherit this and say how to reach an empty place; nothing here knows a
/// vendor.
/// </summary>
public abstract class ObjectStoreContract : IAsyncLifetime
{
    private const int Limit = 64 << 20;

    protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>On an empty place that exists.</summary>
    protected IObjectStore Store { get; private set; } = null!;

    public virtual async ValueTask InitializeAsync() => Store = await OpenEmptyAsync();

    public virtual async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>A new empty place at each call, gone after the test.</summary>
    protected abstract Task<IObjectStore> OpenEmptyAsync();

    /// <summary>A second store on the place of <see cref="Store"/>, as another process would have it.</summary>
    protected abstract Task<IObjectStore> OpenAgainAsync();

    /// <summary>A store whose folder, bucket or container does not exist.</summary>
    protected abstract Task<IObjectStore> OpenMissingAsync();

    /// <summary>Bytes that a test can make again from the seed.</summary>
    protected static byte[] Bytes(int length, int seed = 0)
    {
        var bytes = new byte[length];
        for (var i = 0; i < length; i++)
        {
            bytes[i] = (byte)((i * 31) + (i >> 8) + seed);
        }

        return bytes;
    }

    protected static async Task<StoreFault> FaultOfAsync(Func<Task> call) => (await Assert.ThrowsAsync<StoreException>(call)).Fault;

    protected static async Task<StorePresence> PresenceAsync(IObjectStore store) => (await store.ProbeAsync(Cancellation)).Presence;

    protected static void AssertNames(IEnumerable<string> expected, IEnumerable<string> actual) =>
        Assert.Equal(expected, actual, StringComparer.Ordinal);

    protected async Task<string[]> NamesAsync(string prefix = "") =>
        [.. (await Store.ListAsync(prefix, Cancellation).ToListAsync(Cancellation)).Select(found => found.Name).Order(StringComparer.Ordinal)];

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(65_536)]
    [InlineData((17 << 20) + 3)]
    public async Task Put_NewName_IsReadBackByAnother(int length)
    {
        var content = Bytes(length);

        Assert.True(await Store.PutAsync("packs/3f/3f0a", content, Cancellation));

        await using var again = await OpenAgainAsync();
        Assert.Equal(content, await again.GetAsync("packs/3f/3f0a", Limit, Cancellation));
        Assert.Equal(length, (await again.StatAsync("packs/3f/3f0a", Cancellation))?.Length);
    }

    [Fact]
    public async Task Put_LongestName_IsReadBackAndListed()
    {
        var name = "index/" + string.Join('/', new string('a', 255), new string('b', 250));
        Assert.Equal(ObjectName.MaximumLength, name.Length);

        Assert.True(await Store.PutAsync(name, Bytes(10), Cancellation));

        Assert.Equal(Bytes(10), await Store.GetAsync(name, 10, Cancellation));
        AssertNames([name], await NamesAsync("index/"));
        Assert.True((await Store.DeleteAsync(name, Cancellation)).Final);
    }

    [Fact]
    public async Task Put_TakenName_ReturnsFalseAndLeavesWhatIsThere()
    {
        await Store.PutAsync("repository", Bytes(100), Cancellation);
        await using var again = await OpenAgainAsync();

        Assert.False(await Store.PutAsync("repository", Bytes(50, seed: 1), Cancellation));
        Assert.False(await again.PutAsync("repository", Bytes(50, seed: 2), Cancellation));

        Assert.Equal(Bytes(100), await Store.GetAsync("repository", Limit, Cancellation));
    }

    [Fact]
    public async Task Put_ManyAtOnceUnderOneName_OneWins()
    {
        await using var again = await OpenAgainAsync();
        IObjectStore[] stores = [Store, again];
        var puts = Enumerable.Range(0, 8).Select(async i => await stores[i % 2].PutAsync("ledger/1", Bytes(300_000, i), Cancellation) ? i : -1);

        var winner = Assert.Single(await Task.WhenAll(puts), i => i >= 0);

        Assert.Equal(Bytes(300_000, winner), await Store.GetAsync("ledger/1", Limit, Cancellation));
    }

    [Fact]
    public async Task Put_ManyAtOnce_AllStand()
    {
        var names = Enumerable.Range(0, 24).Select(i => $"packs/{i % 3:x2}/{i:x4}").ToArray();

        await Task.WhenAll(names.Select((name, i) => Store.PutAsync(name, Bytes(100_000 + i, i), Cancellation)));

        AssertNames(names.Order(StringComparer.Ordinal), await NamesAsync("packs/"));
        foreach (var (name, i) in names.Select((name, i) => (name, i)))
        {
            Assert.Equal(Bytes(100_000 + i, i), await Store.GetAsync(name, Limit, Cancellation));
        }
    }

    [Fact]
    public async Task Put_CancelledBefore_LeavesNothing()
    {
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Store.PutAsync("index/1", Bytes(10), new CancellationToken(canceled: true)));

        Assert.Null(await Store.StatAsync("index/1", Cancellation));
    }

    [Fact]
    public async Task Put_CancelledMeanwhile_IsWholeOrAbsent()
    {
        var content = Bytes(8 << 20);
        for (var i = 0; i < 5; i++)
        {
            using var source = new CancellationTokenSource(TimeSpan.FromMilliseconds(i));
            var stored = false;
            try
            {
                stored = await Store.PutAsync($"packs/00/{i}", content, source.Token);
            }
            catch (OperationCanceledException)
            {
                // That is one of the two outcomes; what stands there tells whether it is a right one.
            }

            var found = await Store.StatAsync($"packs/00/{i}", Cancellation);
            Assert.True(found is null ? !stored : found.Value.Length == content.Length);
        }
    }

    [Fact]
    public async Task PutMany_SomeTaken_StoresTheRest()
    {
        await Store.PutAsync("keyring/0", Bytes(5, seed: 9), Cancellation);
        var objects = Enumerable.Range(0, 40).Select(i => ($"keyring/{i}", (ReadOnlyMemory<byte>)Bytes(1_000 + i, i))).ToList();

        await Store.PutManyAsync(objects, Cancellation);
        await Store.PutManyAsync([], Cancellation);

        Assert.Equal(Bytes(5, seed: 9), await Store.GetAsync("keyring/0", Limit, Cancellation));
        Assert.Equal(40, (await NamesAsync("keyring/")).Length);
        for (var i = 1; i < 40; i++)
        {
            Assert.Equal(Bytes(1_000 + i, i), await Store.GetAsync($"keyring/{i}", Limit, Cancellation));
        }
    }

    [Fact]
    public async Task Get_Absent_IsNotFound()
    {
        await Store.PutAsync("index/11", Bytes(10), Cancellation);

        Assert.Equal(StoreFault.NotFound, await FaultOfAsync(() => Store.GetAsync("index/1", Limit, Cancellation)));
        Assert.Equal(StoreFault.NotFound, await FaultOfAsync(() => Store.GetAsync("index/11/1", Limit, Cancellation)));
        Assert.Equal(StoreFault.NotFound, await FaultOfAsync(() => Store.GetRangeAsync("index/1", 0, new byte[1], Cancellation)));
        Assert.Null(await Store.StatAsync("index/1", Cancellation));
        Assert.Null(await Store.StatAsync("index", Cancellation));
    }

    [Fact]
    public async Task Get_LongerThanTheLimit_IsDamaged()
    {
        await Store.PutAsync("slots/a", Bytes(1_000), Cancellation);

        Assert.Equal(1_000, (await Store.GetAsync("slots/a", 1_000, Cancellation)).Length);
        Assert.Equal(StoreFault.Damaged, await FaultOfAsync(() => Store.GetAsync("slots/a", 999, Cancellation)));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0, 1)]
    [InlineData(0, 300_000)]
    [InlineData(299_999, 1)]
    [InlineData(1_234, 270_001)]
    public async Task GetRange_Inside_ReadsExactlyThat(int offset, int length)
    {
        var content = Bytes(300_000);
        await Store.PutAsync("packs/aa/aa", content, Cancellation);
        var read = new byte[length + 2];

        await Store.GetRangeAsync("packs/aa/aa", offset, read.AsMemory(1, length), Cancellation);

        Assert.Equal(content.AsSpan(offset, length), read.AsSpan(1, length));
        Assert.Equal((0, 0), (read[0], read[^1]));
    }

    [Theory]
    [InlineData(0, 101)]
    [InlineData(99, 2)]
    [InlineData(100, 1)]
    [InlineData(5_000_000_000, 1)]
    public async Task GetRange_PastTheEnd_IsDamaged(long offset, int length)
    {
        await Store.PutAsync("packs/aa/aa", Bytes(100), Cancellation);

        Assert.Equal(StoreFault.Damaged, await FaultOfAsync(() => Store.GetRangeAsync("packs/aa/aa", offset, new byte[length], Cancellation)));
    }

    [Fact]
    public async Task List_Prefixes_ReturnsEachObjectOnceWithItsLength()
    {
        string[] names = ["repository", "packs/00/a", "packs/00/b", "packs/01/c", "packs-else/x", "snapshots/a"];
        await Store.PutManyAsync([.. names.Select((name, i) => (name, (ReadOnlyMemory<byte>)Bytes(i)))], Cancellation);

        AssertNames(names.Order(StringComparer.Ordinal), await NamesAsync());
        AssertNames(["packs/00/a", "packs/00/b", "packs/01/c"], await NamesAsync("packs/"));
        AssertNames(["packs/00/a", "packs/00/b"], await NamesAsync("packs/00/"));
        Assert.Empty(await NamesAsync("pac/"));
        await foreach (var found in Store.ListAsync("", Cancellation))
        {
            Assert.Equal(Array.IndexOf(names, found.Name), found.Length);
        }
    }

    [Fact]
    public async Task List_MoreThanAPage_ReturnsAll()
    {
        var objects = Enumerable.Range(0, 1_100).Select(i => ($"ledger/{i:d6}-aa", (ReadOnlyMemory<byte>)Bytes(i % 7))).ToList();
        await Store.PutManyAsync(objects, Cancellation);

        AssertNames(objects.Select(found => found.Item1), await NamesAsync("ledger/"));
    }

    [Fact]
    public async Task List_WhileOthersPut_HoldsWhatStoodBefore()
    {
        var before = Enumerable.Range(0, 200).Select(i => $"index/{i:d4}").ToArray();
        await Store.PutManyAsync([.. before.Select(name => (name, (ReadOnlyMemory<byte>)Bytes(1)))], Cancellation);
        var puts = Task.WhenAll(Enumerable.Range(0, 20).Select(i => Store.PutAsync($"index/x{i}", Bytes(1), Cancellation)));

        var names = await NamesAsync("index/");
        await puts;

        AssertNames(before, names.Intersect(before, StringComparer.Ordinal));
        AssertNames(names.Distinct(StringComparer.Ordinal), names);
    }

    [Fact]
    public async Task Delete_Object_IsGoneForAll()
    {
        await Store.PutAsync("slots/a", Bytes(10), Cancellation);
        await using var again = await OpenAgainAsync();

        Assert.True((await Store.DeleteAsync("slots/a", Cancellation)).Final);

        Assert.Equal(StoreFault.NotFound, await FaultOfAsync(() => again.GetAsync("slots/a", Limit, Cancellation)));
        Assert.Empty(await again.ListAsync("", Cancellation).ToListAsync(Cancellation));
        Assert.True((await Store.DeleteAsync("slots/a", Cancellation)).Final);
        Assert.True(await Store.PutAsync("slots/a", Bytes(20), Cancellation));
        Assert.Equal(Bytes(20), await Store.GetAsync("slots/a", Limit, Cancellation));
    }

    [Fact]
    public async Task Probe_EmptyUnfinishedRepository_AreToldApart()
    {
        Assert.Equal(StorePresence.Empty, await PresenceAsync(Store));

        await Store.PutAsync("packs/00/a", Bytes(10), Cancellation);
        Assert.Equal(StorePresence.Unfinished, await PresenceAsync(Store));

        await Store.PutAsync("repository", Bytes(10), Cancellation);
        Assert.Equal(StorePresence.Repository, await PresenceAsync(Store));

        await Store.DeleteAsync("repository", Cancellation);
        await Store.DeleteAsync("packs/00/a", Cancellation);
        Assert.Equal(StorePresence.Empty, await PresenceAsync(Store));
    }

    [Fact]
    public async Task Missing_Place_IsMissingAndIsNotMade()
    {
        await using var missing = await OpenMissingAsync();

        Assert.Equal(StorePresence.Missing, await PresenceAsync(missing));
        Assert.Equal(StoreFault.Missing, await FaultOfAsync(() => missing.PutAsync("repository", Bytes(1), Cancellation)));
        (string, ReadOnlyMemory<byte>)[] many = [("index/a", Bytes(1)), ("index/b", Bytes(1)), ("index/c", Bytes(1))];
        Assert.Equal(StoreFault.Missing, await FaultOfAsync(() => missing.PutManyAsync(many, Cancellation)));
        Assert.Equal(StoreFault.Missing, await FaultOfAsync(() => missing.GetAsync("repository", 10, Cancellation)));
        Assert.Equal(StoreFault.Missing, await FaultOfAsync(() => missing.GetRangeAsync("repository", 0, new byte[1], Cancellation)));
        Assert.Equal(StoreFault.Missing, await FaultOfAsync(() => missing.StatAsync("repository", Cancellation)));
        Assert.Equal(StoreFault.Missing, await FaultOfAsync(async () => await missing.ListAsync("", Cancellation).ToListAsync(Cancellation)));
        Assert.Equal(StoreFault.Missing, await FaultOfAsync(() => missing.DeleteAsync("repository", Cancellation)));
        Assert.Equal(StoreFault.Missing, await FaultOfAsync(() => missing.SweepAsync(TimeSpan.Zero, Cancellation)));
        Assert.Equal(StorePresence.Missing, await PresenceAsync(missing));
    }

    [Theory]
    [InlineData("")]
    [InlineData("/repository")]
    [InlineData("repository/")]
    [InlineData("packs//a")]
    [InlineData("../repository")]
    [InlineData("packs/./a")]
    [InlineData("Packs/a")]
    [InlineData("packs\\a")]
    [InlineData("packs/a b")]
    [InlineData("packs/ä")]
    [InlineData("tmp/a")]
    [InlineData("tmp")]
    public async Task Names_AgainstTheRules_AreRefused(string name)
    {
        await Assert.ThrowsAsync<ArgumentException>(() => Store.PutAsync(name, Bytes(1), Cancellation));
        await Assert.ThrowsAsync<ArgumentException>(() => Store.PutManyAsync([(name, Bytes(1))], Cancellation));
        await Assert.ThrowsAsync<ArgumentException>(() => Store.GetAsync(name, 1, Cancellation));
        await Assert.ThrowsAsync<ArgumentException>(() => Store.GetRangeAsync(name, 0, new byte[1], Cancellation));
        await Assert.ThrowsAsync<ArgumentException>(() => Store.StatAsync(name, Cancellation));
        await Assert.ThrowsAsync<ArgumentException>(() => Store.DeleteAsync(name, Cancellation));
        Assert.Equal(StorePresence.Empty, await PresenceAsync(Store));
    }

    [Fact]
    public async Task Sweep_LeavesObjectsAlone()
    {
        await Store.PutAsync("packs/00/a", Bytes(10), Cancellation);

        await Store.SweepAsync(TimeSpan.Zero, Cancellation);

        AssertNames(["packs/00/a"], await NamesAsync());
    }

    /// <summary>Any sequence of calls answers as a dictionary does.</summary>
    [Fact]
    public async Task Calls_InAnyOrder_AnswerAsADictionaryDoes()
    {
        var calls = Gen.Select(Gen.Int[0, 4], Gen.Int[0, 5], Gen.Int[0, 40]).List[1, 30];
        var round = 0;
        await calls.SampleAsync(
            async sequence =>
            {
                // Each sequence in a folder of its own saves a new place for each.
                var folder = $"journal/{Interlocked.Increment(ref round)}";
                var model = new ConcurrentDictionary<string, byte[]>(StringComparer.Ordinal);
                foreach (var (call, which, length) in sequence)
                {
                    await StepAsync(call, $"{folder}/{which}", Bytes(length, which), model);
                }

                AssertNames(model.Keys.Order(StringComparer.Ordinal), await NamesAsync(folder + "/"));
            },
            iter: 25, threads: 1);
    }

    private async Task StepAsync(int call, string name, byte[] content, ConcurrentDictionary<string, byte[]> model)
    {
        switch (call)
        {
            case 0:
                Assert.Equal(model.TryAdd(name, content), await Store.PutAsync(name, content, Cancellation));
                break;
            case 1:
                model.TryRemove(name, out _);
                await Store.DeleteAsync(name, Cancellation);
                break;
            case 2 when model.TryGetValue(name, out var expected):
                Assert.Equal(expected, await Store.GetAsync(name, Limit, Cancellation));
                break;
            case 2:
                Assert.Equal(StoreFault.NotFound, await FaultOfAsync(() => Store.GetAsync(name, Limit, Cancellation)));
                break;
            case 3:
                Assert.Equal(model.GetValueOrDefault(name)?.Length, (int?)(await Store.StatAsync(name, Cancellation))?.Length);
                break;
            default:
                model.TryAdd(name, content);
                model.TryAdd(name + "b", content);
                model.TryAdd(name + "c", content);
                await Store.PutManyAsync([(name, content), (name + "b", content), (name + "c", content)], Cancellation);
                break;
        }
    }
}
