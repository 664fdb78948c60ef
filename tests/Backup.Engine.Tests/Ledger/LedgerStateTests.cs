using Backup.Engine.Format;
using Backup.Engine.Ledger;
using Backup.Engine.Tests.Indexing;
using CsCheck;
using Hash = Backup.Engine.Format.Hash;

namespace Backup.Engine.Tests.Ledger;

public sealed class LedgerStateTests
{
    [Fact]
    public void Fold_AnyOrderOfAdd_GivesTheSame() => RandomLedger.Gen.Sample(
        ledger => Assert.Equal(Shown(FoldAll(TestLedger.Graph(ledger.Entries))), Shown(FoldAll(TestLedger.Graph(ledger.Shuffled)))),
        iter: 60);

    [Fact]
    public void Fold_RandomGraph_IsTheUnionOfItsEntries() => RandomLedger.Gen.Sample(
        ledger =>
        {
            var state = FoldAll(TestLedger.Graph(ledger.Shuffled));
            var payloads = ledger.Entries.Select(entry => LedgerPayload.Decode(LedgerEntry.Decode(entry.Bytes).Payload)).ToList();
            Assert.Equal(ledger.Entries.SelectMany(entry => entry.Body.Condemned).Distinct().Order(), state.Condemned.Order());
            Assert.Equal(ledger.Entries.SelectMany(entry => entry.Body.Deleted).Distinct().Order(), state.Deleted.Order());
            Assert.Equal(
                ledger.Entries.SelectMany(entry => entry.Body.Erased)
                    .GroupBy(item => item.Domain)
                    .Select(same => (same.Key, same.Min(item => item.Time)))
                    .Order(),
                state.Erased.Select(pair => (pair.Key, pair.Value)).Order());
            Assert.Equal(
                payloads.SelectMany(payload => payload.SnapshotsAdded)
                    .Except(payloads.SelectMany(payload => payload.SnapshotsRemoved))
                    .Order(),
                state.Snapshots.Select(snapshot => snapshot.Id).Order());
            var live = state.Snapshots.Select(snapshot => snapshot.Id).ToHashSet();
            Assert.Equal(
                payloads.SelectMany(payload => payload.Complete).Where(mark => live.Contains(mark.Snapshot)).ToHashSet(),
                state.Snapshots.SelectMany(item => item.CompleteAt.Select(site => new CompleteSnapshot(item.Id, site))).ToHashSet());
            Assert.True(state.IsWhole);
            Assert.Equal(ledger.Entries.Max(entry => entry.Body.Time), state.NewestTime);
        },
        iter: 60);

    [Fact]
    public void Fold_AfterAJoin_LosesNothingThatAnyBranchDestroyed() => RandomLedger.Gen.Sample(
        ledger =>
        {
            var graph = TestLedger.Graph(ledger.Entries);
            var branches = graph.Heads.Select(head => LedgerState.Fold(graph, [head], TestLedger.Open)).ToList();
            var heads = graph.Heads.Select(head => head.Hash).ToHashSet();
            var join = TestLedger.Entry(
                [.. ledger.Entries.Where(entry => heads.Contains(entry.Hash))],
                body => body with { Kind = LedgerKind.Join, Term = TestLedger.Term(9) });
            graph.Add(join.Name, join.Bytes);

            var state = FoldAll(graph);

            Assert.Equal(join.Hash, state.Head.Hash);
            Assert.All(branches, branch =>
            {
                Assert.Subset(state.Condemned.ToHashSet(), branch.Condemned.ToHashSet());
                Assert.Subset(state.Deleted.ToHashSet(), branch.Deleted.ToHashSet());
                Assert.Subset(state.Erased.Keys.ToHashSet(), branch.Erased.Keys.ToHashSet());
                Assert.All(branch.Erased, pair => Assert.True(state.Erased[pair.Key] <= pair.Value));
                Assert.Subset(state.Inventories.ToHashSet(), branch.Inventories.ToHashSet());
            });
        },
        iter: 60);

    [Fact]
    public void Snapshots_Order_IsThatOfTheLedgerNotOfTheClock()
    {
        var first = TestLedger.Entry([], payload: Adds(1, 2));
        var second = TestLedger.Entry([first], body => body with { Time = 5 }, Adds(3, 1));

        var state = FoldAll(TestLedger.Graph(second, first));

        Assert.Equal([Snapshot(1), Snapshot(2), Snapshot(3)], state.Snapshots.Select(snapshot => snapshot.Id));
        Assert.Equal(first.Hash, state.Snapshots[0].AddedBy.Hash);
        Assert.Equal(1_700_000_000, state.NewestTime);
    }

    [Fact]
    public void Inventories_AfterACheckpoint_BeginWithItAndKeepTheOtherBranch()
    {
        var root = TestLedger.Entry([], WithInventory(1));
        var old = TestLedger.Entry([root], WithInventory(2));
        var listed = new ObjectReference(Ids.Hash("checkpoint", 1), 9);
        var checkpoint = TestLedger.Entry([old], body => WithInventory(3)(body) with { Checkpoint = listed });
        var branch = TestLedger.Entry([root], WithInventory(4));
        var last = TestLedger.Entry([checkpoint], WithInventory(5));

        var state = FoldAll(TestLedger.Graph(root, old, checkpoint, branch, last));

        Assert.Equal(listed, state.Checkpoint);
        Assert.Equal(new[] { 3L, 4, 5 }, state.Inventories.Select(inventory => inventory.Length).Order());
        Assert.Equal(5, state.Inventories[^1].Length);
        Assert.Equal([1L, 2], FoldAll(TestLedger.Graph(root, old)).Inventories.Select(inventory => inventory.Length));
    }

    [Fact]
    public void Slots_RemovedInABranch_StayRemoved()
    {
        var root = TestLedger.Entry([], body => body with { Slots = Slots(1, 2, 3) });
        var removes = TestLedger.Entry([root], body => body with { Slots = Slots(1, 3) });
        var adds = TestLedger.Entry([root], body => body with { Slots = Slots(1, 2, 3, 4) });

        Assert.Equal(Slots(1, 3, 4).Order(), FoldAll(TestLedger.Graph(root, removes, adds)).Slots.Order());
        Assert.Equal(Slots(1, 2, 3, 4), FoldAll(TestLedger.Graph(root, adds)).Slots);
    }

    [Fact]
    public void Sites_DifferentInTwoHeads_TheLaterStateCounts()
    {
        SiteRecord Site(string id, SiteState state, long since) => new(id, "local", "Unna", "DE", state, since);
        var root = TestLedger.Entry([]);
        SiteRecord[] retires = [Site("a", SiteState.Active, 1), Site("b", SiteState.Retired, 8)];
        SiteRecord[] adds = [Site("a", SiteState.Active, 1), Site("b", SiteState.Active, 2), Site("c", SiteState.Awaited, 3)];
        var one = TestLedger.Entry([root], body => body with { Sites = retires });
        var two = TestLedger.Entry([root], body => body with { Sites = adds });

        var sites = FoldAll(TestLedger.Graph(root, one, two)).Sites.OrderBy(site => site.Id, StringComparer.Ordinal);

        Assert.Equal([Site("a", SiteState.Active, 1), Site("b", SiteState.Retired, 8), Site("c", SiteState.Awaited, 3)], sites);
    }

    [Fact]
    public void Epochs_TwoHeads_NamesBothThatOfTheHeadFirst()
    {
        var root = TestLedger.Entry([]);
        var one = TestLedger.Entry([root], body => body with { Epoch = TestLedger.EpochOf(3) });
        var two = TestLedger.Entry([root], body => body with { Epoch = TestLedger.EpochOf(2), Term = TestLedger.Term(2) });

        var state = FoldAll(TestLedger.Graph(root, one, two));

        Assert.Equal(TestLedger.EpochOf(2).Id, state.Epoch.Id);
        Assert.Equal([TestLedger.EpochOf(2).Id, TestLedger.EpochOf(3).Id], state.Epochs.Select(epoch => epoch.Id));
        Assert.Equal(TestLedger.Term(2).Random, state.Term.Random);
        Assert.Single(FoldAll(TestLedger.Graph(root)).Epochs);
    }

    [Fact]
    public void Facts_OfOneName_TheLastCounts()
    {
        LedgerFact[] known = [new("a", "read", "1"), new("b", "read", "1"), new(null, "read", "0")];
        var first = TestLedger.Entry([], payload: new LedgerPayload { Facts = known });
        var second = TestLedger.Entry([first], payload: new LedgerPayload { Facts = [new("a", "read", "2")] });

        var facts = FoldAll(TestLedger.Graph(first, second)).Facts;

        Assert.Equal("0 1 2", string.Join(' ', facts.Select(recorded => recorded.Fact.Value).Order(StringComparer.Ordinal)));
        Assert.Equal(second.Hash, facts.Single(recorded => recorded.Fact.Site == "a").Entry.Hash);
    }

    [Fact]
    public void Fold_WithoutKeys_KnowsAllButThePayloads()
    {
        var entry = TestLedger.Entry([], WithInventory(1), Adds(1));
        var graph = TestLedger.Graph(entry);

        var state = LedgerState.Fold(graph, graph.Heads, open: null);

        Assert.Empty(state.Snapshots);
        Assert.Single(state.Inventories);
    }

    [Fact]
    public void Fold_PredecessorMissing_IsNotWhole()
    {
        var root = TestLedger.Entry([]);
        var second = TestLedger.Entry([root]);

        Assert.False(FoldAll(TestLedger.Graph(second)).IsWhole);
        Assert.True(FoldAll(TestLedger.Graph(second, root)).IsWhole);
    }

    [Fact]
    public void Fold_RemovedAndRestored_LivesAgain()
    {
        var added = TestLedger.Entry([], payload: Adds(1, 2));
        var removed = TestLedger.Entry([added], payload: Removes(1));
        var restored = TestLedger.Entry([removed], payload: new LedgerPayload { SnapshotsRestored = [Snapshot(1)] });
        var again = TestLedger.Entry([restored], payload: Removes(1));

        Assert.Equal([Snapshot(2)], FoldAll(TestLedger.Graph(added, removed)).Snapshots.Select(item => item.Id));
        Assert.Equal([Snapshot(1)], FoldAll(TestLedger.Graph(added, removed)).Forgotten.Select(item => item.Id));
        Assert.Equal([Snapshot(1), Snapshot(2)], FoldAll(TestLedger.Graph(added, removed, restored)).Snapshots.Select(item => item.Id));
        Assert.Equal([Snapshot(1)], FoldAll(TestLedger.Graph(added, removed, restored, again)).Forgotten.Select(item => item.Id));
    }

    [Fact]
    public void Fold_RemovedInABranchThatTheRestorerDidNotSee_StaysRemoved()
    {
        var added = TestLedger.Entry([], payload: Adds(1));
        var removed = TestLedger.Entry([added], payload: Removes(1));
        var other = TestLedger.Entry([added], payload: Removes(1), owner: 1);
        var restored = TestLedger.Entry([removed], payload: new LedgerPayload { SnapshotsRestored = [Snapshot(1)] });

        Assert.Empty(FoldAll(TestLedger.Graph(added, removed, other, restored)).Snapshots);
    }

    [Fact]
    public void Fold_Pins_TheLastWordCounts()
    {
        var pinned = TestLedger.Entry([], payload: Adds(1, 2) with { Pinned = [Snapshot(1), Snapshot(2)] });
        var unpinned = TestLedger.Entry([pinned], payload: new LedgerPayload { Unpinned = [Snapshot(1)] });

        Assert.Equal([Snapshot(2)], FoldAll(TestLedger.Graph(pinned, unpinned)).Pinned);
    }

    [Fact]
    public void Fold_NoHead_IsRefused() =>
        Assert.Throws<ArgumentException>(() => LedgerState.Fold(TestLedger.Graph(), [], TestLedger.Open));

    private static LedgerState FoldAll(LedgerGraph graph) => LedgerState.Fold(graph, graph.Heads, TestLedger.Open);

    private static string Shown(LedgerState state) => string.Join('\n', [
        string.Join(' ', state.Heads.Select(node => node.Name)),
        string.Join(' ', state.Snapshots.Select(item => $"{item.Id} {item.AddedBy.Name}")),
        string.Join(' ', state.Snapshots.SelectMany(item => item.CompleteAt.Order(StringComparer.Ordinal))),
        string.Join(' ', state.Inventories), string.Join(' ', state.Condemned.Order()), string.Join(' ', state.Deleted.Order()),
        string.Join(' ', state.Erased.OrderBy(pair => pair.Key)), string.Join(' ', state.Slots.Order()),
        $"{state.Term.Number} {state.Term.Random} {state.NewestTime}",
    ]);

    private static LedgerPayload Removes(params int[] snapshots) => new() { SnapshotsRemoved = [.. snapshots.Select(Snapshot)] };

    private static LedgerPayload Adds(params int[] snapshots) => new() { SnapshotsAdded = [.. snapshots.Select(Snapshot)] };

    private static Hash Snapshot(int i) => Ids.Hash("snapshot", i);

    private static List<Hash> Slots(params int[] slots) => [.. slots.Select(i => Ids.Hash("slot", i))];

    private static Func<LedgerBody, LedgerBody> WithInventory(int i) =>
        body => body with { Inventory = new ObjectReference(Ids.Hash("inventory", i), i) };
}
