using Backup.Engine.Format;
using Backup.Engine.Policies;
using Backup.Engine.Snapshots;

namespace Backup.Engine.Runs;

/// <summary>
/// What snapshots hold of a person outside the person's domains: entries that today's rules would have put there, and that lie elsewhere, because the rules were
/// others when the snapshot was made.
/// </summary>
internal sealed class OutsideRules(Session session, IReadOnlySet<string> subjects) : IRewriteRules
{
    private readonly Dictionary<string, SubjectRules> _rules = session.Context.Policy.Sources.OfType<PathSourceConfig>()
        .ToDictionary(static source => source.Id, static source => source.Rules, StringComparer.Ordinal);

    /// <summary>The snapshots that hold something so, with the number of entries. Only those made under other rules are looked at.</summary>
    public IReadOnlyList<OutsideFinding> Find(CancellationToken cancellation)
    {
        var found = new List<OutsideFinding>();
        foreach (var snapshot in session.Snapshots.All.Where(snapshot => IsOfOtherRules(snapshot.Record)))
        {
            var walk = new RawWalk(new TreeReader(session.NewBlobReader().Read), session.Keyring.Find);
            var entries = walk.Of(snapshot.Record, cancellation).Count(entry => IsOutside(snapshot.Record.Source, entry));
            if (entries > 0)
            {
                found.Add(new OutsideFinding(snapshot.Id, snapshot.Record.Source, entries));
            }
        }

        return found;
    }

    /// <inheritdoc/>
    public RewriteAction Decide(string source, RawEntry entry) => IsOutside(source, entry) ? RewriteAction.Drop : RewriteAction.Keep;

    /// <inheritdoc/>
    public bool Replaces(DomainRecord domain) => false;

    /// <inheritdoc/>
    public void Filter(string source, RawEntry entry, Stream input, Stream output, CancellationToken cancellation) => throw new NotSupportedException("Nothing is filtered.");

    private bool IsOfOtherRules(SnapshotRecord snapshot) => _rules.TryGetValue(snapshot.Source, out var rules) && rules.Hash != snapshot.Rules;

    private bool IsOutside(string source, RawEntry entry) =>
        _rules.TryGetValue(source, out var rules) && (entry.Domain.Subject is null || !subjects.Contains(entry.Domain.Subject))
        && rules.Find(entry.Path, entry.Entry.Kind == EntryKind.Directory).Assignment.Subject is { } subject && subjects.Contains(subject);
}
