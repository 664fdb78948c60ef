using System.Runtime.Versioning;
using Backup.Engine.Format;
using Backup.Engine.Ledger;
using Backup.Engine.Posix;
using Backup.Engine.Tests.Indexing;
using Backup.Engine.Tests.Posix;

namespace Backup.Engine.Tests.Ledger;

[SupportedOSPlatform("linux")]
public sealed class LedgerWriterTests : IDisposable
{
    private static readonly LedgerDraft Draft =
        new() { Kind = LedgerKind.Backup, Epoch = TestLedger.Epoch, Slots = [Ids.Hash("slot", 1)], Sites = [] };

    private readonly ScratchFolder _scratch = new();
    private readonly Owner _owner = TestLedger.DrawOwner(1);
    private readonly Clock _clock = new();

    public void Dispose()
    {
        _owner.Dispose();
        _scratch.Dispose();
    }

    [Fact]
    public void Write_OneAfterTheOther_MakesAChainThatStandsInTheState()
    {
        var (writer, graph) = Start();
        var payload = new LedgerPayload { SnapshotsAdded = [Ids.Hash("snapshot", 1)] };

        var first = writer.Write(Draft with { Kind = LedgerKind.Opened }, []);
        var second = writer.Write(Draft with { Payload = payload, Inventory = new ObjectReference(Ids.Inventory(1), 7) }, [first.Node]);

        Assert.Equal(1, first.Node.Body.Sequence);
        Assert.Equal(2, second.Node.Body.Sequence);
        Assert.Equal([first.Node.Hash], second.Node.Body.Predecessors);
        Assert.Equal(_clock.Now.ToUnixTimeSeconds(), second.Node.Body.Time);
        Assert.Equal(second.Node.Hash, graph.Head!.Hash);
        Assert.Equal(second.Bytes, State().ReadEntry(second.Node.Name));
        Assert.Equal(second.Node.Hash, Hash.Of(second.Bytes));
        var state = LedgerState.Fold(graph, graph.Heads, TestLedger.Open);
        Assert.Equal(Ids.Hash("snapshot", 1), Assert.Single(state.Snapshots).Id);
        Assert.Equal(LedgerDraft.After(state, LedgerKind.Verified).Slots, Draft.Slots);
    }

    [Fact]
    public void Write_EveryHundredthEntry_DemandsACheckpoint()
    {
        var (writer, _) = Start();
        var last = writer.Write(Draft, []).Node;
        for (var i = 2; i < 100; i++)
        {
            Assert.False(LedgerWriter.NeedsCheckpoint([last]));
            last = writer.Write(Draft, [last]).Node;
        }

        var checkpoint = new ObjectReference(Ids.Hash("checkpoint", 1), 5);
        Assert.True(LedgerWriter.NeedsCheckpoint([last]));
        Assert.Throws<ArgumentException>(() => writer.Write(Draft, [last]));
        var hundredth = writer.Write(Draft with { Checkpoint = checkpoint }, [last]);

        Assert.Equal(checkpoint, hundredth.Node.Body.Checkpoint);
        Assert.Throws<ArgumentException>(() => writer.Write(Draft with { Checkpoint = checkpoint }, [hundredth.Node]));
    }

    [Fact]
    public void Write_ClockBehindThePredecessor_UsesTheClockAndSaysSo()
    {
        var (writer, _) = Start();
        var first = writer.Write(Draft, []);
        _clock.Now -= TimeSpan.FromHours(3);

        var second = writer.Write(Draft, [first.Node]);

        Assert.Equal(TimeSpan.Zero, first.ClockBehind);
        Assert.Equal(TimeSpan.FromHours(3), second.ClockBehind);
        Assert.Equal(_clock.Now.ToUnixTimeSeconds(), second.Node.Body.Time);
    }

    [Fact]
    public void Write_Join_NamesEveryHeadInOrder()
    {
        var root = TestLedger.Entry([]);
        TestEntry[] branches = [.. Enumerable.Range(1, 4).Select(i => TestLedger.Entry([root], body => body with { Time = i }))];
        using var owner = TestLedger.DrawOwner(2);
        var graph = TestLedger.Graph([root, .. branches]);
        var writer = new LedgerWriter(State(), graph, owner, payload => payload, _clock);

        var join = writer.Write(Draft with { Kind = LedgerKind.Takeover }, graph.Heads);

        Assert.Equal(branches.Select(entry => entry.Hash).Order(), join.Node.Body.Predecessors);
        Assert.Equal(3, join.Node.Body.Sequence);
        Assert.Single(graph.Heads);
    }

    [Fact]
    public void Write_AnotherTookOver_IsRefusedWithTheWayOut()
    {
        var (writer, graph) = Start();
        var first = writer.Write(Draft, []);
        using var other = TestLedger.DrawOwner(2);
        new LedgerWriter(State(), graph, other, payload => payload, _clock).Write(Draft with { Kind = LedgerKind.Takeover }, [first.Node]);
        var names = State().EntryNames().Count;

        var failure = Assert.Throws<BackupException>(() => writer.Write(Draft, graph.Heads));

        Assert.Equal(FailureKind.NotOwner, failure.Kind);
        Assert.Contains("takeover", failure.Remedy, StringComparison.Ordinal);
        Assert.Equal(names, State().EntryNames().Count);
        Assert.Equal(Ownership.Former, Owner.Of(_owner, graph));
        Assert.Equal(Ownership.Current, Owner.Of(other, graph));
        Assert.Equal(Ownership.Never, Owner.Of(null, graph));
        using var next = TestLedger.DrawOwner(3);
        Assert.Equal(Ownership.Current, Owner.Of(next, graph));
    }

    [Fact]
    public void Write_AfterAnEntryThatIsNoHead_IsRefused()
    {
        var (writer, graph) = Start();
        var first = writer.Write(Draft, []);
        writer.Write(Draft, [first.Node]);

        Assert.Throws<ArgumentException>(() => writer.Write(Draft, [first.Node]));
        Assert.Throws<ArgumentException>(() => writer.Write(Draft, []));
        Assert.Equal(2, graph.Count);
    }

    [Fact]
    public void Write_AnotherRunWroteMeanwhile_SeesItAndRefusesToBranch()
    {
        var (writer, graph) = Start();
        var first = writer.Write(Draft, []);
        var (other, _) = Start();
        other.Refresh();
        var second = other.Write(Draft, [first.Node]);

        Assert.Throws<ArgumentException>(() => writer.Write(Draft, [first.Node]));

        Assert.Equal(second.Node.Hash, graph.Head!.Hash);
        Assert.Equal(3, writer.Write(Draft, graph.Heads).Node.Body.Sequence);
    }

    [Fact]
    public void Write_StateCannotBeWritten_LeavesNothingToBuildOn()
    {
        var (writer, graph) = Start();
        var first = writer.Write(Draft, []);
        Directory.Delete(_scratch["state/tmp"], recursive: true);
        File.WriteAllText(_scratch["state/tmp"], "in the way");

        Assert.Throws<PosixException>(() => writer.Write(Draft, [first.Node]));

        Assert.Equal(1, graph.Count);
    }

    private StateDirectory State() => StateDirectory.Open(_scratch["state"]);

    private (LedgerWriter Writer, LedgerGraph Graph) Start()
    {
        var graph = TestLedger.Graph();
        return (new LedgerWriter(State(), graph, _owner, payload => payload, _clock), graph);
    }

    private sealed class Clock : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = DateTimeOffset.FromUnixTimeSeconds(1_700_000_000);

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
