using Backup.Engine.Format;
using Backup.Engine.Sources;

namespace Backup.Engine.Runs;

/// <summary>What of a snapshot is restored: everything, or what an include pattern names with all below it, less what an exclude pattern names.</summary>
internal sealed class RestoreFilter(RestoreRequest request)
{
    private readonly ExcludePatterns _include = ExcludePatterns.Parse(request.Include);
    private readonly ExcludePatterns _exclude = ExcludePatterns.Parse(request.Exclude);

    /// <summary>The state in the directory where the restore begins.</summary>
    public FilterState Top() => new(_include, _exclude, _include.Top(), _exclude.Top(), _include.IsEmpty, request.Only);
}

/// <summary>How far the patterns are in a directory.</summary>
/// <param name="Include">Patterns that take in.</param>
/// <param name="Exclude">Patterns that leave out.</param>
/// <param name="IncludeState">How far the former are.</param>
/// <param name="ExcludeState">How far the latter are.</param>
/// <param name="Included">Whether the entry itself is restored; a directory that is not may still hold something that is.</param>
/// <param name="Only">Nothing but these paths, whatever the patterns say; null: what the patterns say.</param>
internal sealed record FilterState(
    ExcludePatterns Include, ExcludePatterns Exclude, ExcludeState IncludeState, ExcludeState ExcludeState, bool Included, PathSelection? Only = null)
{
    /// <summary>Whether a name that the snapshot does not have may be removed here: where everything is restored, and never what is left out on purpose.</summary>
    public bool MayRemove(ReadOnlySpan<byte> name) =>
        Included && Only is null && (Exclude.IsEmpty || (!Exclude.Excludes(ExcludeState, name, false) && !Exclude.Excludes(ExcludeState, name, true)));

    /// <summary>The state of an entry of this directory; null if nothing of it can be restored.</summary>
    public FilterState? Decide(Entry entry)
    {
        if (Only is not null)
        {
            return Only.Find(entry.Name) is { } below ? this with { Only = below } : null;
        }

        var directory = entry.Kind == EntryKind.Directory;
        if (!Exclude.IsEmpty && Exclude.Excludes(ExcludeState, entry.Name, directory))
        {
            return null;
        }

        var included = Included || Include.Excludes(IncludeState, entry.Name, directory);
        if (!included && !directory)
        {
            return null;
        }

        if (!directory || (Exclude.IsEmpty && included))
        {
            return included == Included ? this : this with { Included = included };
        }

        return this with { IncludeState = Include.Enter(IncludeState, entry.Name), ExcludeState = Exclude.Enter(ExcludeState, entry.Name), Included = included };
    }
}
