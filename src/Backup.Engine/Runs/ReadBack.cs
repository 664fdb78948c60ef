using Backup.Engine.Format;
using Backup.Engine.Ledger;

namespace Backup.Engine.Runs;

/// <summary>Which snapshots count as <em>read</em> at a site: those that stood there when every byte of it was last read and found good.</summary>
internal sealed class ReadBack(LedgerGraph graph, LedgerState ledger)
{
    /// <summary>
    /// The fact that says so: recorded with the site when <c>verify</c> has compared the hash of everything there, at once or share by share, and nothing was
    /// wrong or all was healed. Its value is the hash of the entry that was the head when that reading began.
    /// </summary>
    public const string Fact = "read-whole";

    private readonly Dictionary<Hash, LedgerNode> _addedBy = ledger.Snapshots.ToDictionary(static snapshot => snapshot.Id, static snapshot => snapshot.AddedBy);
    private readonly Dictionary<string, HashSet<Hash>> _before = ledger.Facts
        .Where(static recorded => recorded.Fact is { Name: Fact, Site: not null })
        .ToDictionary(
            static recorded => recorded.Fact.Site!,
            recorded => graph.Below([Hash.TryParse(recorded.Fact.Value, out var head) ? head : recorded.Entry.Hash]).Select(static node => node.Hash).ToHashSet(),
            StringComparer.Ordinal);

    public bool Covers(string site, Hash snapshot) =>
        _before.TryGetValue(site, out var before) && _addedBy.TryGetValue(snapshot, out var added) && before.Contains(added.Hash);
}
