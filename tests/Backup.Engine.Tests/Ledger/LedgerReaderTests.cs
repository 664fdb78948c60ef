using System.Runtime.Versioning;
using Backup.Engine.Format;
using Backup.Engine.Keys;
using Backup.Engine.Ledger;
using Backup.Engine.Sites;
using Backup.Engine.Stores;
using Backup.Engine.Tests.Indexing;
using Backup.Engine.Tests.Posix;
using Backup.Engine.Tests.Sites;

namespace Backup.Engine.Tests.Ledger;

[SupportedOSPlatform("linux")]
public sealed class LedgerReaderTests : IDisposable
{
    private static readonly TestEntry[] Chain = MakeChain(5);

    private readonly ScratchFolder _scratch = new();
    private readonly MemoryStore[] _stores = [new(), new(), new()];
    private readonly StateDirectory _state;

    public LedgerReaderTests() => _state = State("state");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public async Task Read_EmptyState_TakesEverythingFromTheSites()
    {
        Fill(_stores[0], Chain[..3]);
        Fill(_stores[1], Chain[2..]);

        var reading = await ReadAsync();

        Assert.Equal(TestLedger.Repository, reading.Repository!.RepositoryId);
        Assert.Equal(Chain.Select(entry => entry.Hash), reading.Graph.Entries.Select(node => node.Hash));
        Assert.Equal(Chain.Select(entry => entry.Hash), reading.New.Select(item => item.Node.Hash));
        Assert.Equal([SiteStanding.Behind, SiteStanding.Current, SiteStanding.Empty], reading.Sites.Select(site => site.Standing));
        Assert.Equal(Chain[2].Hash, reading.Sites[0].Head!.Hash);
        Assert.Empty(_scratch.Files());
        Assert.Null(reading.Pin);
    }

    [Fact]
    public async Task Keep_AfterReading_NeedsNoSiteTheNextTime()
    {
        Fill(_stores[0], Chain);
        var reading = await ReadAsync();
        reading.Keep(_state);
        _stores[0].Before = (_, _) => throw new StoreException(StoreFault.Unreachable, "down");

        var again = await ReadAsync();

        Assert.Equal(Chain[^1].Hash, again.Graph.Head!.Hash);
        Assert.Empty(again.New);
        Assert.Equal(new LedgerPin(TestLedger.Repository, 5, Chain[^1].Hash), again.Pin);
        Assert.Equal(SiteStanding.Unreachable, again.Sites[0].Standing);
        Assert.Equal("down", again.Sites[0].Message);
    }

    [Fact]
    public async Task Read_WithAPin_SaysOfEachSiteHowItStandsToThePin()
    {
        var fork = TestLedger.Entry([Chain[1]], body => body with { Time = 7 });
        Pin(Chain[2]);
        Fill(_stores[0], Chain[..2]);
        Fill(_stores[1], Chain);
        Fill(_stores[2], [Chain[0], Chain[1], fork]);

        var reading = await ReadAsync();

        Assert.Equal([SiteStanding.Behind, SiteStanding.Ahead, SiteStanding.Forked], reading.Sites.Select(site => site.Standing));
        Assert.All(reading.Sites, site => Assert.True(site.Holds));
        Assert.Equal([Chain[^1].Hash, fork.Hash], reading.Graph.Heads.Select(node => node.Hash));
    }

    [Fact]
    public async Task Read_PinnedHeadGoneEverywhere_OlderSitesAreBehind()
    {
        _state.WritePin(new LedgerPin(TestLedger.Repository, 4, Ids.Hash("gone", 1)));
        Fill(_stores[0], Chain[..3]);
        Fill(_stores[1], Chain);

        var reading = await ReadAsync();

        Assert.Equal([SiteStanding.Behind, SiteStanding.Forked, SiteStanding.Empty], reading.Sites.Select(site => site.Standing));
    }

    [Fact]
    public async Task Read_SiteThatHeldItIsEmpty_IsLostAndAnAwaitedOneIsNot()
    {
        SiteRecord[] records = [Record("s0", SiteState.Active), Record("s1", SiteState.Active), Record("s2", SiteState.Awaited)];
        var entry = TestLedger.Entry([], body => body with { Sites = records });
        Fill(_stores[0], entry);

        var reading = await ReadAsync();

        Assert.Equal([SiteStanding.Current, SiteStanding.Lost, SiteStanding.Empty], reading.Sites.Select(site => site.Standing));
        Assert.NotNull(reading.Sites[1].Message);
        Assert.False(reading.Sites[1].Holds);
    }

    [Fact]
    public async Task Read_SiteLostOnlyItsFirstObject_IsLostAndSaysSo()
    {
        var entry = TestLedger.Entry([], body => body with { Sites = [Record("s0", SiteState.Active), Record("s1", SiteState.Active)] });
        Fill(_stores[0], entry);
        Fill(_stores[1], entry);
        _stores[1].Lose(ObjectNames.Repository);

        var reading = await ReadAsync();

        Assert.Equal(SiteStanding.Lost, reading.Sites[1].Standing);
        Assert.Contains("'repository'", reading.Sites[1].Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Read_AnotherRepositoryAtASite_IsForeignAndNothingOfItIsTaken()
    {
        using var other = Keyring.Draw();
        Pin(Chain[0]);
        Put(_stores[0], ObjectNames.Repository, Signing.SignRepository(other.RootSeed.Span, 1));
        Put(_stores[0], "ledger/x", [1]);
        Fill(_stores[1], Chain);

        var reading = await ReadAsync();

        Assert.Equal(SiteStanding.Foreign, reading.Sites[0].Standing);
        Assert.Contains($"{other.RepositoryId}", reading.Sites[0].Message, StringComparison.Ordinal);
        Assert.Equal(TestLedger.Repository, reading.Repository!.RepositoryId);
        Assert.Empty(reading.Graph.Alarms);
    }

    [Fact]
    public async Task Read_NoSiteAndNoState_FindsNoRepository()
    {
        var reading = await ReadAsync();
        reading.Keep(_state);

        Assert.Null(reading.Repository);
        Assert.All(reading.Sites, site => Assert.Equal(SiteStanding.Empty, site.Standing));
        Assert.Empty(_scratch.Files());
    }

    [Fact]
    public async Task Read_OnlyAnotherThanExpected_IsForeign()
    {
        Fill(_stores[0], Chain);

        var reading = await ReadAsync(expected: Ids.Hash("sheet", 1));

        Assert.Null(reading.Repository);
        Assert.Equal(SiteStanding.Foreign, reading.Sites[0].Standing);
    }

    [Fact]
    public async Task Read_EntryDamagedAtOneSite_ComesFromTheOther()
    {
        Fill(_stores[0], Chain);
        Fill(_stores[1], Chain);
        _stores[0].Corrupt(Chain[2].Name, bytes => [.. bytes[..^1], (byte)(bytes[^1] ^ 1)]);

        var reading = await ReadAsync();

        Assert.Equal(5, reading.Graph.Count);
        var damage = Assert.Single(reading.Damage);
        Assert.Equal(("s0", Chain[2].Name, Damage.Damaged), (damage.Site.Id, damage.Name, damage.Damage));
    }

    [Fact]
    public async Task Read_EntryDamagedInTheState_IsReadAgainAndKept()
    {
        Pin(Chain);
        File.WriteAllText(_scratch[$"state/{Chain[2].Name}"], "damaged");
        Fill(_stores[0], Chain);

        var reading = await ReadAsync();
        reading.Keep(_state);

        Assert.Equal([Chain[2].Hash], reading.New.Select(item => item.Node.Hash));
        Assert.Equal(Chain[2].Bytes, _state.ReadEntry(Chain[2].Name));
        Assert.Contains(reading.Graph.Alarms, alarm => alarm.Name == Chain[2].Name);
    }

    [Fact]
    public async Task Read_ForgedEntryAndForeignName_AreAlarmsAndNotKept()
    {
        var forged = TestLedger.Sign(TestLedger.Entry(Chain).Body with { Sequence = 99 }, new LedgerPayload().Encode(), owner: 9);
        Fill(_stores[0], [.. Chain, forged]);
        Put(_stores[0], "ledger/0000000001-readme", [1]);

        var reading = await ReadAsync();
        reading.Keep(_state);

        Assert.Equal(Chain[^1].Hash, reading.Graph.Head!.Hash);
        Assert.Equal(2, reading.Graph.Alarms.Count);
        Assert.Equal(5, _state.EntryNames().Count);
    }

    [Fact]
    public async Task Read_RepositoryObjectDamagedAtASite_ItsEntriesAreReadAllTheSame()
    {
        Fill(_stores[0], Chain[..2]);
        Fill(_stores[1], Chain);
        _stores[1].Corrupt(ObjectNames.Repository, bytes => bytes[..^1]);

        var reading = await ReadAsync();

        Assert.Equal(Chain[^1].Hash, reading.Graph.Head!.Hash);
        Assert.Equal(SiteStanding.Current, reading.Sites[1].Standing);
        Assert.Contains("damaged", reading.Sites[1].Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Keep_OlderHead_LeavesThePin()
    {
        Pin(Chain[..4]);
        Fill(_stores[0], Chain[..2]);

        (await ReadAsync()).Keep(_state);

        Assert.Equal(Chain[3].Hash, _state.ReadPin()!.Head);
    }

    [Fact]
    public async Task Keep_ForkOfALargerTerm_LeavesThePinAndKeepsTheEntry()
    {
        Pin(Chain[..4]);
        var fork = TestLedger.Entry([Chain[0]], body => body with { Term = TestLedger.Term(2) });
        Fill(_stores[0], Chain[0], fork);

        var reading = await ReadAsync();
        reading.Keep(_state);

        Assert.Equal(fork.Hash, reading.Graph.Head!.Hash);
        Assert.Equal(Chain[3].Hash, _state.ReadPin()!.Head);
        Assert.True(_state.HasEntry(fork.Name));
    }

    [Fact]
    public async Task Keep_HeadThatBuildsOnThePin_IsPinned()
    {
        Pin(Chain[..4]);
        Fill(_stores[0], Chain);

        (await ReadAsync()).Keep(_state);

        Assert.Equal(new LedgerPin(TestLedger.Repository, 5, Chain[4].Hash), _state.ReadPin());
    }

    [Fact]
    public async Task Read_KilledBetweenStateAndSites_TheEntryIsTheHeadAndTheSitesAreBehind()
    {
        Fill(_stores[0], Chain);
        (await ReadAsync()).Keep(_state);
        var graph = TestLedger.Graph(Chain);
        var draft = new LedgerDraft { Kind = LedgerKind.Takeover, Epoch = TestLedger.Epoch, Slots = [], Sites = [] };
        using var next = TestLedger.DrawOwner(2);
        var written = new LedgerWriter(_state, graph, next, payload => payload, TimeProvider.System).Write(draft, graph.Heads);
        LedgerReading.Advance(_state, TestLedger.Repository, graph);

        var reading = await ReadAsync();

        Assert.Equal(written.Node.Hash, reading.Graph.Head!.Hash);
        Assert.Equal(SiteStanding.Behind, reading.Sites[0].Standing);
        Assert.DoesNotContain(written.Node.Name, reading.Sites[0].Names);
        Assert.Equal(written.Bytes, _state.ReadEntry(written.Node.Name));
        Assert.False(reading.IsRolledBack(next));
        Assert.Equal(written.Node.Hash, reading.NewestOf(next)!.Hash);
    }

    [Fact]
    public async Task Read_StateCopiedBackFromAnOldBackup_IsSeenAndItsBranchIsFound()
    {
        using var owner = TestLedger.DrawOwner(1);
        var draft = new LedgerDraft { Kind = LedgerKind.Backup, Epoch = TestLedger.Epoch, Slots = [], Sites = [] };
        var writer = new LedgerWriter(_state, TestLedger.Graph(), owner, payload => payload, TimeProvider.System);
        var first = writer.Write(draft, []);
        CopyState("state", "old");
        var second = writer.Write(draft, [first.Node]);
        FillBytes(_stores[0], first, second);
        Assert.False((await ReadAsync()).IsRolledBack(owner));

        var old = State("old");
        var reading = await ReadAsync(old);
        Assert.True(reading.IsRolledBack(owner));
        Assert.Equal(second.Node.Hash, reading.NewestOf(owner)!.Hash);

        // It wrote before it could see that: two branches of one term, to be joined.
        var blind = new LedgerWriter(old, TestLedger.Graph(), owner, payload => payload, TimeProvider.System);
        blind.Refresh();
        var branch = blind.Write(draft with { Kind = LedgerKind.Verified }, [first.Node]);
        var forked = await ReadAsync(old);
        Assert.Equal(new[] { second.Node.Hash, branch.Node.Hash }.Order(), forked.Graph.Heads.Select(node => node.Hash).Order());
        Assert.True(forked.IsRolledBack(owner));
    }

    [Fact]
    public async Task Read_AnotherRunOfThisMachineWroteMeanwhile_IsNoRollback()
    {
        using var owner = TestLedger.DrawOwner(1);
        var draft = new LedgerDraft { Kind = LedgerKind.Backup, Epoch = TestLedger.Epoch, Slots = [], Sites = [] };
        var writer = new LedgerWriter(_state, TestLedger.Graph(), owner, payload => payload, TimeProvider.System);
        var first = writer.Write(draft, []);
        FillBytes(_stores[0], first);
        _stores[0].Before = (method, _) =>
        {
            if (method == "list" && _state.EntryNames().Count == 1)
            {
                FillBytes(_stores[0], writer.Write(draft, [first.Node]));
            }

            return Task.CompletedTask;
        };

        var reading = await ReadAsync();

        Assert.Equal(2, reading.Graph.Count);
        Assert.False(reading.IsRolledBack(owner));
    }

    private static TestEntry[] MakeChain(int length)
    {
        var chain = new List<TestEntry>();
        for (var i = 0; i < length; i++)
        {
            chain.Add(TestLedger.Entry(chain.TakeLast(1).ToList()));
        }

        return [.. chain];
    }

    private static SiteRecord Record(string id, SiteState state) => new(id, "local", "Unna", "DE", state, 1);

    private static void Put(MemoryStore store, string name, byte[] content) =>
        store.PutAsync(name, content, Cancellation).GetAwaiter().GetResult();

    private static void Fill(MemoryStore store, params TestEntry[] entries)
    {
        Put(store, ObjectNames.Repository, TestLedger.RepositoryObject);
        foreach (var entry in entries)
        {
            Put(store, entry.Name, entry.Bytes);
        }
    }

    private static void FillBytes(MemoryStore store, params WrittenEntry[] entries)
    {
        Put(store, ObjectNames.Repository, TestLedger.RepositoryObject);
        foreach (var entry in entries)
        {
            Put(store, entry.Node.Name, entry.Bytes);
        }
    }

    private StateDirectory State(string name) => StateDirectory.Open(_scratch[name]);

    private void CopyState(string from, string to)
    {
        foreach (var file in _scratch.Files().Where(file => file.StartsWith($"{from}/", StringComparison.Ordinal)))
        {
            var copy = _scratch[$"{to}{file[from.Length..]}"];
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(_scratch[file], copy);
        }
    }

    private void Pin(params TestEntry[] entries)
    {
        _state.WriteRepository(TestLedger.RepositoryObject);
        _state.SaveEntries([.. entries.Select(entry => (entry.Name, (ReadOnlyMemory<byte>)entry.Bytes))]);
        _state.WritePin(new LedgerPin(TestLedger.Repository, entries[^1].Body.Sequence, entries[^1].Hash));
    }

    private List<Site> Sites() => [.. _stores.Select((store, i) => store.AsSite($"s{i}"))];

    private Task<LedgerReading> ReadAsync(StateDirectory? state = null, Hash? expected = null) =>
        new LedgerReader(state ?? _state, new Patience(1, TimeSpan.Zero), TimeProvider.System).ReadAsync(Sites(), expected, Cancellation);
}
