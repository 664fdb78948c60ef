using Backup.Engine.Chunking;
using Backup.Engine.Format;
using Backup.Engine.Policies;
using Backup.Engine.Sources;

namespace Backup.Engine.Snapshots;

/// <summary>
/// The first half of a snapshot: follows the walk, compares each entry with the parent snapshot, and reads the small files that are new or changed, so that
/// the second half, which hashes them, never waits for a file to be opened. Runs on a thread of its own.
/// </summary>
/// <remarks>It looks at nothing that a commit in the middle of a run replaces: in which domain an entry lies is the second half's to say.</remarks>
/// <param name="rules">Of the source.</param>
/// <param name="parent">The parent snapshot's root; null: there is none.</param>
/// <param name="chunks">How the source's files are cut: shorter ones are read ahead.</param>
internal sealed class SnapshotPlanner(SubjectRules rules, ParentDirectory? parent, ChunkSizes chunks)
{
    private readonly Stack<(SourceDirectory Directory, RuleState Rules, ParentDirectory? Parent)> _above = new();

    /// <summary>The entries of each directory in the order of the walk.</summary>
    public IEnumerable<PlannedEntries> Plan(IEnumerable<SourceDirectory> walk)
    {
        foreach (var directory in walk)
        {
            while (_above.Count > directory.Depth)
            {
                _above.Pop();
            }

            var place = Enter(directory);
            _above.Push((directory, place.Rules, place.Parent));
            var count = directory.Entries.Count;
            for (var first = 0; first == 0 || first < count; first += PlannedEntries.Most)
            {
                var next = Math.Min(first + PlannedEntries.Most, count);
                var piece = new PlannedEntries
                {
                    Directory = directory, Rules = place.Rules, Parent = place.Parent, IsFirst = first == 0, IsLast = next == count, Entries = new PlannedEntry[next - first],
                };
                for (var i = first; i < next; i++)
                {
                    var entry = directory.Entries[i];
                    var assignment = Own(entry) ?? place.Rules.Enter(entry.Name, entry.Kind == EntryKind.Directory).Assignment;
                    piece.Entries[i - first] = new PlannedEntry(
                        entry, assignment, entry.Kind == EntryKind.Directory ? null : place.Parent?.Find(assignment.Subject, assignment.Class, entry.Name));
                }

                piece.Read(static planned => planned.Known is not { } known || !IsUnchanged(known.Entry, planned.Entry), chunks.Minimum);
                yield return piece;
            }
        }
    }

    /// <summary>The content is that of the parent: FORMAT.md, section 9.2, says which fields are only kept for this comparison.</summary>
    public static bool IsUnchanged(Entry before, Entry now) =>
        before is { Kind: EntryKind.File, Incomplete: false } && before.Size == now.Size && before.Modified == now.Modified &&
        before.Changed == now.Changed && before.Inode == now.Inode;

    /// <summary>Where the source itself says that an entry lies; null if it says nothing.</summary>
    private static DomainAssignment? Own(Entry entry) => entry.Subject is null ? null
        : new DomainAssignment(entry.Subject, entry.Class, entry.Period is { } period ? PeriodSource.Fixed(period) : PeriodSource.None, CutDepth: -1, Mixed: false, Problem: null);

    private (RuleState Rules, ParentDirectory? Parent) Enter(SourceDirectory directory)
    {
        if (!_above.TryPeek(out var above))
        {
            return (rules.Root, parent);
        }

        var name = directory.Self.Name;
        var state = above.Rules.Enter(name, directory: true);
        var inside = state.Place == RulePlace.Inside;
        var shared = inside && state.Assignment is { Problem: null, Subject: null };
        return (state, above.Parent?.Enter(name, inside ? state.Assignment.Subject : null, shared || IsHidden(state)));
    }

    private static bool IsHidden(RuleState state) =>
        state.Place == RulePlace.Inside && state.Assignment.Subject?.StartsWith(SubjectIdentifier.RawType + ':', StringComparison.Ordinal) == true;
}
