using Backup.Engine.Format;
using Backup.Engine.Ledger;
using Backup.Engine.Tests.Indexing;
using CsCheck;
using Hash = Backup.Engine.Format.Hash;

namespace Backup.Engine.Tests.Ledger;

public sealed class LedgerGraphTests
{
    [Fact]
    public void Add_Chain_HasOneHeadAndTheOrderOfTheLedger()
    {
        var chain = Chain(5);

        var graph = TestLedger.Graph(chain.Reverse());

        Assert.Equal(chain[^1].Hash, graph.Head!.Hash);
        Assert.Equal(chain.Select(entry => entry.Hash), graph.Entries.Select(node => node.Hash));
        Assert.Empty(graph.Branches);
        Assert.Empty(graph.Missing);
        Assert.Empty(graph.Alarms);
    }

    [Fact]
    public void Heads_TwoBranches_TheLargerTermComesFirstWhateverItsLength()
    {
        var chain = Chain(2);
        var branch = Extend(chain[^1], 5);
        var term = TestLedger.Term(2, owner: 1);
        var taken = TestLedger.Entry([chain[^1]], body => body with { Term = term, Kind = LedgerKind.Takeover }, owner: 1);

        var graph = TestLedger.Graph([.. chain, .. branch, taken]);

        Assert.Equal([taken.Hash, branch[^1].Hash], graph.Heads.Select(node => node.Hash));
        Assert.Equal([branch[^1].Hash], graph.Branches.Select(node => node.Hash));
    }

    [Fact]
    public void Heads_TermsOfOneNumber_TheLargerRandomWins()
    {
        var chain = Chain(1);
        byte[] owners = [1, 2];
        var terms = owners.Select(owner => (Owner: owner, Term: TestLedger.Term(2, owner))).OrderBy(item => item.Term.Random).ToList();
        var entries = terms.ConvertAll(item => TestLedger.Entry([chain[0]], body => body with { Term = item.Term }, owner: item.Owner));
        Assert.NotEqual(terms[0].Term.Random, terms[1].Term.Random);

        Assert.Equal(entries[1].Hash, TestLedger.Graph([.. chain, .. entries]).Head!.Hash);
    }

    [Fact]
    public void Heads_BranchesOfOneTerm_TheLongerThenTheLargerHashWins()
    {
        var chain = Chain(1);
        var short1 = TestLedger.Entry(chain, body => body with { Time = 1 });
        var short2 = TestLedger.Entry(chain, body => body with { Time = 2 });
        var longer = Extend(TestLedger.Entry(chain, body => body with { Time = 3 }), 1);

        var graph = TestLedger.Graph([.. chain, short1, short2]);
        Assert.Equal(new[] { short1.Hash, short2.Hash }.OrderDescending(), graph.Heads.Select(node => node.Hash));

        var withLonger = TestLedger.Graph([.. chain, short1, short2, .. longer, TestLedger.Entry(chain, body => body with { Time = 3 })]);
        Assert.Equal(longer[0].Hash, withLonger.Head!.Hash);
        Assert.Equal(3, withLonger.Heads.Count);
    }

    [Fact]
    public void Missing_PredecessorNotFound_IsNamedUntilItComes()
    {
        var chain = Chain(4);
        var graph = TestLedger.Graph(chain[0], chain[1], chain[3]);

        Assert.Equal([chain[2].Hash], graph.Missing);
        Assert.Equal([chain[3].Hash, chain[1].Hash], graph.Heads.Select(node => node.Hash));
        Assert.True(graph.IsAncestor(chain[2].Hash, chain[3].Hash));
        Assert.Equal(LedgerRelation.Fork, graph.Relate(chain[1].Hash, chain[3].Hash));

        graph.Add(chain[2].Name, chain[2].Bytes);
        Assert.Empty(graph.Missing);
        Assert.Equal(LedgerRelation.Ancestor, graph.Relate(chain[1].Hash, chain[3].Hash));
        Assert.Equal(LedgerRelation.Descendant, graph.Relate(chain[3].Hash, chain[1].Hash));
        Assert.Equal(LedgerRelation.Same, graph.Relate(chain[3].Hash, chain[3].Hash));
    }

    [Fact]
    public void Add_ForgedEntries_AreIgnoredWithAnAlarmEach()
    {
        var chain = Chain(2);
        var text = new LedgerPayload().Encode();
        var body = TestLedger.Entry(chain).Body;
        var another = new LedgerPayload { SnapshotsRemoved = [Ids.Hash("snapshot", 1)] };
        TestEntry[] forged =
        [
            // Signed by an owner whom the term does not name.
            TestLedger.Sign(body, text, owner: 9),

            // A term that the root key did not sign.
            TestLedger.Sign(body with { Term = TestLedger.Term(7, owner: 9) with { Number = 8 } }, text, owner: 9),
            TestLedger.Sign(body with { RepositoryId = Ids.Hash("another", 1) }, text),
            TestLedger.Sign(body with { Predecessors = [] }, text),
            TestLedger.Sign(body with { Sequence = 1 }, text),
            TestLedger.Sign(body, text) with { Name = chain[1].Name },
            TestLedger.Named(Signed(body, text) with { Payload = another.Encode() }, body),
            TestLedger.Sign(body, text) with { Bytes = [] },
        ];
        var graph = TestLedger.Graph(chain);

        Assert.All(forged, entry => Assert.Null(graph.Add(entry.Name, entry.Bytes)));

        Assert.Equal(chain[^1].Hash, graph.Head!.Hash);
        Assert.Equal(2, graph.Count);
        Assert.Equal(forged.Length, graph.Alarms.Count);
        Assert.All(graph.Alarms, alarm => Assert.False(alarm.Unsupported));
    }

    [Fact]
    public void Add_AnyByteChanged_IsIgnored()
    {
        var entry = TestLedger.Entry(Chain(1), payload: new LedgerPayload { SnapshotsAdded = [Ids.Hash("snapshot", 1)] });

        Gen.Select(Gen.Int[0, entry.Bytes.Length - 1], Gen.Byte[1, 255]).Sample(
            (at, mask) =>
            {
                var changed = entry.Bytes.ToArray();
                changed[at] ^= mask;
                var graph = TestLedger.Graph();

                // Under its old name, and under the name that its bytes have now.
                Assert.Null(graph.Add(entry.Name, changed));
                Assert.Null(graph.Add(ObjectNames.Ledger(entry.Body.Sequence, Hash.Of(changed)), changed));
                Assert.NotEmpty(graph.Alarms);
            },
            iter: 300);
    }

    [Fact]
    public void Add_EntryOfALaterVersion_IsIgnoredAndSaidToBeThat()
    {
        var entry = TestLedger.Entry(Chain(1));

        // Key 17 is not known, and critical.
        var body = entry.Body.Encode();
        body[0]++;
        byte[] later = [.. body, 17, 0xF5];
        var named = TestLedger.Named(new LedgerEntry(later, new byte[64], new LedgerPayload().Encode()), entry.Body);
        var graph = TestLedger.Graph();

        Assert.Null(graph.Add(named.Name, named.Bytes));

        Assert.True(Assert.Single(graph.Alarms).Unsupported);
    }

    [Fact]
    public void Add_SameEntryTwice_CountsOnce()
    {
        var chain = Chain(3);
        var graph = TestLedger.Graph([.. chain, .. chain]);

        Assert.Equal(3, graph.Count);
        Assert.Same(graph.Find(chain[1].Hash), graph.Add(chain[1].Name, chain[1].Bytes));
    }

    [Fact]
    public void AddRange_SoundAndForged_GivesTheSoundOnes()
    {
        var chain = Chain(20);
        var forged = TestLedger.Sign(TestLedger.Entry(chain).Body, new LedgerPayload().Encode(), owner: 9);
        var graph = TestLedger.Graph();

        var added = graph.AddRange(Found([.. chain, forged]).Append(("ledger/x", new byte[] { 1 })));

        Assert.Equal(chain.Select(entry => entry.Hash).Reverse(), added.Select(node => node.Hash));
        Assert.Equal(2, graph.Alarms.Count);
        Assert.Contains(graph.Alarms, alarm => alarm.Name == forged.Name);
        Assert.Contains(graph.Alarms, alarm => alarm.Name == "ledger/x");
    }

    [Fact]
    public void AddRange_NamedEntryUnderAnotherName_IsIgnored()
    {
        var chain = Chain(3);
        var graph = TestLedger.Graph();

        var renamed = chain[1] with { Name = ObjectNames.Ledger(9, chain[1].Hash) };
        graph.AddRange(Found(chain[2], renamed, chain[1] with { Name = chain[0].Name }));

        Assert.Equal([chain[2].Hash], graph.Entries.Select(node => node.Hash));
        Assert.Equal(2, graph.Alarms.Count);
    }

    [Fact]
    public void AddRange_RandomGraphWithForgedEntries_TakesWhatAddTakes() => Gen.Select(RandomLedger.Gen, Gen.Int[0, 20]).Sample(
        (ledger, at) =>
        {
            var after = ledger.Entries[at % ledger.Entries.Count];
            var forged = TestLedger.Sign(TestLedger.Entry([after]).Body, new LedgerPayload().Encode(), owner: 9);
            TestEntry[] all = [.. ledger.Shuffled, forged];
            var (one, many) = (TestLedger.Graph(all), TestLedger.Graph());

            many.AddRange(Found(all));

            Assert.Equal(one.Entries.Select(node => node.Hash), many.Entries.Select(node => node.Hash));
            Assert.Equal([forged.Name], many.Alarms.Select(alarm => alarm.Name), StringComparer.Ordinal);
        },
        iter: 60);

    [Fact]
    public void EveryQuestion_RandomGraph_IsAnsweredAsByTryingAllPaths() => RandomLedger.Gen.Sample(
        ledger =>
        {
            var graph = TestLedger.Graph(ledger.Shuffled);
            var named = ledger.Entries.SelectMany(entry => entry.Body.Predecessors).ToHashSet();
            Assert.Equal(
                ledger.Entries.Select(entry => entry.Hash).Where(hash => !named.Contains(hash)).Order(),
                graph.Heads.Select(node => node.Hash).Order());
            foreach (var (entry, other) in ledger.Entries.SelectMany(entry => ledger.Entries.Select(other => (entry, other))))
            {
                Assert.Equal(ledger.Ancestors(other).Contains(entry.Hash), graph.IsAncestor(entry.Hash, other.Hash));
            }

            foreach (var entry in ledger.Entries)
            {
                var below = graph.Below([entry.Hash]).Select(node => node.Hash).ToList();
                Assert.Equal(ledger.Ancestors(entry).Append(entry.Hash).Order(), below.Order());
                Assert.All(
                    graph.Below([entry.Hash]).SelectMany(node => node.Body.Predecessors.Select(hash => (Before: hash, After: node.Hash))),
                    pair => Assert.True(below.IndexOf(pair.Before) < below.IndexOf(pair.After)));
            }
        },
        iter: 60);

    private static TestEntry[] Chain(int length) => [.. Extend(null, length)];

    private static List<TestEntry> Extend(TestEntry? from, int length)
    {
        var chain = new List<TestEntry>();
        for (var i = 0; i < length; i++)
        {
            from = TestLedger.Entry(from is null ? [] : [from]);
            chain.Add(from);
        }

        return chain;
    }

    private static IEnumerable<(string Name, ReadOnlyMemory<byte> Bytes)> Found(params TestEntry[] entries) =>
        entries.Select(entry => (entry.Name, (ReadOnlyMemory<byte>)entry.Bytes));

    private static LedgerEntry Signed(LedgerBody body, byte[] payload) => LedgerEntry.Decode(TestLedger.Sign(body, payload).Bytes);
}
