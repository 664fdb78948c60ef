using Backup.Engine.Format;
using Backup.Engine.Tests.Indexing;
using CsCheck;
using Hash = Backup.Engine.Format.Hash;

namespace Backup.Engine.Tests.Ledger;

/// <summary>
/// A ledger as no single owner would write it: chains, branches of one term and of several, joins, and everything that a fold unites.
/// </summary>
internal sealed record RandomLedger(IReadOnlyList<TestEntry> Entries, IReadOnlyList<TestEntry> Shuffled)
{
    private enum Shape
    {
        Extend,
        Branch,
        Join,
    }

    public static Gen<RandomLedger> Gen { get; } =
        CsCheck.Gen.Select(Steps.List[1, 14], CsCheck.Gen.Int, (steps, seed) => Build(steps, seed));

    private static Gen<Step> Steps => CsCheck.Gen.Select(
        CsCheck.Gen.Int[0, 9],
        CsCheck.Gen.Int[0, 1000],
        CsCheck.Gen.Byte[0, 2],
        CsCheck.Gen.Int[1, 3],
        Few,
        Few,
        CsCheck.Gen.Select(Few, Few, Few, (deleted, erased, slots) => (deleted, erased, slots)),
        (shape, pick, owner, number, added, removed, more) => new Step(
            shape < 6 ? Shape.Extend : shape < 8 ? Shape.Branch : Shape.Join,
            pick, owner, number, added, removed, more.deleted, more.erased, more.slots));

    private static Gen<int[]> Few => CsCheck.Gen.Int[0, 5].Array[0, 2];

    /// <summary>The hashes of everything below an entry, found by trying all paths.</summary>
    public HashSet<Hash> Ancestors(TestEntry entry) =>
        [.. entry.Body.Predecessors.SelectMany(hash => Ancestors(Entries.Single(other => other.Hash == hash)).Append(hash))];

    public override string ToString() => string.Join('\n', Entries.Select(
        entry => $"{entry.Name[..25]} after {string.Join(' ', entry.Body.Predecessors.Select(hash => $"{hash}"[..8]))}"));

    private static RandomLedger Build(List<Step> steps, int seed)
    {
        var entries = new List<TestEntry>();
        foreach (var step in steps)
        {
            var named = entries.SelectMany(entry => entry.Body.Predecessors).ToHashSet();
            var heads = entries.Where(entry => !named.Contains(entry.Hash)).ToList();
            TestEntry[] after = heads.Count == 0 ? [] : step.Shape switch
            {
                Shape.Join => [.. heads],
                Shape.Branch => [entries[step.Pick % entries.Count]],
                _ => [heads[step.Pick % heads.Count]],
            };
            var next = Entry(step, after);
            if (entries.TrueForAll(entry => entry.Hash != next.Hash))
            {
                entries.Add(next);
            }
        }

        return new RandomLedger(entries, [.. entries.OrderBy(entry => entry.Hash.Low.Low ^ (uint)seed)]);
    }

    private static TestEntry Entry(Step step, TestEntry[] after) => TestLedger.Entry(
        after,
        body => body with
        {
            Time = 1_700_000_000 + step.Pick,
            Term = TestLedger.Term(step.Number, step.Owner),
            Condemned = [.. step.Removed.Distinct().Select(i => Ids.Hash("object", i))],
            Deleted = [.. step.Deleted.Distinct().Select(i => Ids.Hash("object", i))],
            Erased = [.. step.Erased.Distinct().Select(i => new ErasedDomain(Ids.Domain(i), step.Pick))],
            Slots = [.. step.Slots.Distinct().Select(i => Ids.Hash("slot", i))],
            Inventory = step.Pick % 2 == 0 ? new ObjectReference(Ids.Hash("inventory", step.Pick), step.Pick) : null,
            Kind = after.Length > 1 ? LedgerKind.Join : LedgerKind.Backup,
        },
        new LedgerPayload
        {
            SnapshotsAdded = [.. step.Added.Distinct().Select(i => Ids.Hash("snapshot", i))],
            SnapshotsRemoved = [.. step.Deleted.Distinct().Select(i => Ids.Hash("snapshot", i))],
            Complete = [.. step.Added.Distinct().Select(i => new CompleteSnapshot(Ids.Hash("snapshot", i), $"site {step.Owner}"))],
        },
        step.Owner);

    private sealed record Step(
        Shape Shape, int Pick, byte Owner, int Number, int[] Added, int[] Removed, int[] Deleted, int[] Erased, int[] Slots);
}
