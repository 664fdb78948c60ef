using Backup.Engine.Format;
using Backup.Engine.Sources;

namespace Backup.Engine.Snapshots;

/// <summary>What a snapshot builder works with.</summary>
internal sealed record SnapshotBuilderTools
{
    public required TreeWriter Trees { get; init; }

    public required FileSaver Files { get; init; }

    public required DomainFinder Domains { get; init; }

    public required IWalkReport Report { get; init; }

    /// <summary>Whether the content of a parent's entry still stands at some site.</summary>
    public required Predicate<Entry> IsStored { get; init; }

    /// <summary>Files and bytes that are done.</summary>
    public required Action<long, long> Progress { get; init; }

    /// <summary>Called after the files of each directory: the moment to commit what a long run has stored.</summary>
    public required Action<CancellationToken> AfterDirectory { get; init; }
}
