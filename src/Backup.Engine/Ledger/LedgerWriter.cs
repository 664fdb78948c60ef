using Backup.Engine.Format;

namespace Backup.Engine.Ledger;

/// <summary>What an entry says, but for its place in the chain.</summary>
internal sealed record LedgerDraft
{
    public required LedgerKind Kind { get; init; }

    public required LedgerEpoch Epoch { get; init; }

    public required IReadOnlyList<Hash> Slots { get; init; }

    public required IReadOnlyList<SiteRecord> Sites { get; init; }

    public ObjectReference? Inventory { get; init; }

    public IReadOnlyList<Hash> Condemned { get; init; } = [];

    public IReadOnlyList<Hash> Deleted { get; init; } = [];

    public IReadOnlyList<ErasedDomain> Erased { get; init; } = [];

    public IReadOnlyList<LockRecord> Locks { get; init; } = [];

    /// <summary>Demanded where <see cref="LedgerWriter.NeedsCheckpoint"/> says so, refused elsewhere.</summary>
    public ObjectReference? Checkpoint { get; init; }

    public LedgerPayload Payload { get; init; } = new();

    /// <summary>A draft that leaves epoch, slots and sites as they are.</summary>
    public static LedgerDraft After(LedgerState state, LedgerKind kind) =>
        new() { Kind = kind, Epoch = state.Epoch, Slots = state.Slots, Sites = state.Sites };
}

/// <summary>An entry that is durable in the state, and may now be put to the sites.</summary>
/// <param name="Node">It.</param>
/// <param name="Bytes">The object, to be put under <see cref="LedgerNode.Name"/>.</param>
/// <param name="ClockBehind">How far this machine's clock is behind the newest predecessor; zero if it is not: to be reported.</param>
internal sealed record WrittenEntry(LedgerNode Node, byte[] Bytes, TimeSpan ClockBehind);

/// <summary>
/// Writes entries of the own term. The caller holds the state's step lock from reading the head until <see cref="Write"/> has returned, and
/// brings the entry to every reachable site before the next.
/// </summary>
/// <param name="state">Where an entry is made durable.</param>
/// <param name="graph">Everything known; the new entry is added to it.</param>
/// <param name="owner">The term that is written in.</param>
/// <param name="seal">Seals a payload under the repository key <em>ledger</em>.</param>
/// <param name="clock">For the time of the entry.</param>
internal sealed class LedgerWriter(StateDirectory state, LedgerGraph graph, Owner owner, Func<byte[], byte[]> seal, TimeProvider clock)
{
    private const int CheckpointInterval = 100;

    /// <summary>Whether the entry after these must name an inventory of everything live.</summary>
    public static bool NeedsCheckpoint(IReadOnlyCollection<LedgerNode> predecessors) =>
        NextSequence(predecessors) % CheckpointInterval == 0;

    /// <summary>Takes up entries that another run of this machine has written meanwhile.</summary>
    public void Refresh() => graph.AddRange(
        state.EntryNames().Where(name => ObjectNames.TryParse(name, out var parsed) && graph.Find(parsed.Hash) is null)
            .Select(name => (name, (ReadOnlyMemory<byte>)state.ReadEntry(name))));

    /// <summary>Builds, signs and keeps the next entry.</summary>
    /// <param name="draft">What it says.</param>
    /// <param name="predecessors">The head; every head where it joins or takes over; none for the first.</param>
    /// <exception cref="BackupException">
    /// <see cref="FailureKind.NotOwner"/>: a larger term exists, or the state cannot be written.
    /// </exception>
    /// <exception cref="ArgumentException">Other entries build on a predecessor, or the checkpoint is missing or unasked for.</exception>
    public WrittenEntry Write(LedgerDraft draft, IReadOnlyCollection<LedgerNode> predecessors)
    {
        Refresh();
        Check(draft, predecessors);
        var now = clock.GetUtcNow().ToUnixTimeSeconds();
        var payload = seal(draft.Payload.Encode());
        var body = new LedgerBody
        {
            RepositoryId = owner.Repository,
            Sequence = NextSequence(predecessors),
            Predecessors = [.. predecessors.Select(node => node.Hash).Order()],
            Time = now,
            Term = owner.Term,
            Epoch = draft.Epoch,
            Slots = draft.Slots,
            Sites = draft.Sites,
            Inventory = draft.Inventory,
            Condemned = draft.Condemned,
            Deleted = draft.Deleted,
            Erased = draft.Erased,
            PayloadHash = Hash.Of(payload),
            Kind = draft.Kind,
            Checkpoint = draft.Checkpoint,
            Locks = draft.Locks,
        };
        var bytes = owner.Sign(body, payload).Encode();
        var name = ObjectNames.Ledger(body.Sequence, Hash.Of(bytes));

        if (graph.Verify(name, bytes, out var alarm) is null)
        {
            throw new InvalidOperationException($"The entry {name} would not be valid: {alarm?.Reason}");
        }

        state.PutEntry(name, bytes);
        var node = graph.Add(name, bytes)!;
        var newest = predecessors.Select(predecessor => predecessor.Body.Time).DefaultIfEmpty(now).Max();
        return new WrittenEntry(node, bytes, TimeSpan.FromSeconds(Math.Max(0, newest - now)));
    }

    private static long NextSequence(IReadOnlyCollection<LedgerNode> predecessors) =>
        1 + predecessors.Select(node => node.Body.Sequence).DefaultIfEmpty(0).Max();

    private void Check(LedgerDraft draft, IReadOnlyCollection<LedgerNode> predecessors)
    {
        if (Owner.Of(owner, graph) != Ownership.Current)
        {
            throw new BackupException(
                FailureKind.NotOwner,
                $"Another machine has taken over this repository (term {graph.Head!.Body.Term.Number}, here {owner.Term.Number}).",
                "Run 'backupctl takeover' here if this machine shall write it again.");
        }

        var heads = graph.Heads.Select(node => node.Hash).ToHashSet();
        if (predecessors.Count == 0 ? heads.Count > 0 : !predecessors.All(node => heads.Contains(node.Hash)))
        {
            throw new ArgumentException("An entry builds on heads only, or it opens a branch.", nameof(predecessors));
        }

        if (NeedsCheckpoint(predecessors) != draft.Checkpoint is not null)
        {
            throw new ArgumentException($"Every {CheckpointInterval}th entry names a checkpoint, and no other.", nameof(draft));
        }
    }
}
