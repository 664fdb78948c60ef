using Backup.Engine.Format;
using Backup.Engine.Sources;

namespace Backup.Engine.Runs;

/// <summary>Names a snapshot and a place in it, as typed: <c>latest</c>, <c>latest~2</c>, <c>mail@latest</c>, <c>3fa0</c>, each with <c>:/path</c>.</summary>
/// <param name="Name">The part before the colon.</param>
/// <param name="Path">Absolute path in bytes without a trailing slash; null for the whole snapshot.</param>
public sealed record SnapshotSelector(string Name, byte[]? Path)
{
    /// <summary>Whether it is the whole snapshot.</summary>
    public bool IsRoot => Path is null or [] or [(byte)'/'];
}

/// <summary>Options that every reading command shares.</summary>
/// <param name="Site">Open no other site than this.</param>
/// <param name="AcceptFork">Read although the head is neither ancestor nor descendant of the pinned one.</param>
/// <param name="ExpectedHead">A ledger head that the chain must contain.</param>
public sealed record ReadOptions(string? Site = null, bool AcceptFork = false, Hash? ExpectedHead = null)
{
    /// <summary>Set by runs that write: branches are joined, not refused.</summary>
    internal bool Writes { get; init; }

    /// <summary>With <see cref="Writes"/>: everything is opened as for a run that writes, and nothing is written.</summary>
    internal bool DryRun { get; init; }

    /// <summary>The sites are not listed at opening: the run lists them by itself, in less memory.</summary>
    internal bool ListsItself { get; init; }

    /// <summary>A recovery key that was replaced opens by the one in the state that took its place: see <see cref="RecoveryDraft"/>.</summary>
    internal bool TakesDraft { get; init; }
}

public sealed record InitRequest(string? RecoveryOut, bool DryRun);

public sealed record BackupRequest(IReadOnlyList<string> Sources, IReadOnlyList<string> Tags, bool DryRun);

public sealed record RestoreRequest
{
    public required SnapshotSelector Snapshot { get; init; }

    public required string Target { get; init; }

    /// <summary>Gitignore-like patterns, relative to the root of the snapshot; empty: everything.</summary>
    public IReadOnlyList<string> Include { get; init; } = [];

    public IReadOnlyList<string> Exclude { get; init; } = [];

    public OverwriteMode Overwrite { get; init; }

    /// <summary>Remove in the restored directories what the snapshot does not have.</summary>
    public bool Delete { get; init; }

    /// <summary>Write to where the files came from; <see cref="Target"/> is "/".</summary>
    public bool InPlace { get; init; }

    /// <summary>Read every restored file again and compare.</summary>
    public bool Verify { get; init; }

    /// <summary>Wait until everything stands on the disk.</summary>
    public bool Fsync { get; init; }

    public bool DryRun { get; init; }

    public ReadOptions Read { get; init; } = new();

    /// <summary>
    /// What gave way stands nowhere else: then a power cut after the end must not cost what took its place. What only came is in the repository too, and the
    /// disk may take its time.
    /// </summary>
    internal bool IsDurable => Fsync || InPlace || Delete || Overwrite is not OverwriteMode.Never;

    /// <summary>In a drill: the paths that were picked; null: everything.</summary>
    internal PathSelection? Only { get; init; }

    /// <summary>In a drill: the target lies in the state directory, where else nothing is written.</summary>
    internal bool InState { get; init; }
}

/// <summary>How much to check: all, a share, or nothing.</summary>
/// <param name="Percent">0–100.</param>
public readonly record struct Share(double Percent)
{
    public static Share All => new(100);

    public static Share None => new(0);
}

public sealed record VerifyRequest(string? Site, Share Hashes, Share ReadData, bool Heal, bool DryRun);

/// <param name="Source">Null: every source of the repository.</param>
/// <param name="Site">Null: every site, one after the other.</param>
/// <param name="Files">How many files; null: all.</param>
public sealed record DrillRequest(string? Source, string? Site, int? Files);

public sealed record SyncRequest(string? From, string? To, bool Rebuild, bool DryRun);

/// <param name="PassphraseFile">Holds the passphrase of the new slot.</param>
/// <param name="Label">What a person calls the slot.</param>
/// <param name="DryRun">Only say what would be done.</param>
public sealed record KeyAddRequest(string PassphraseFile, string Label, bool DryRun);

/// <param name="Id">The site, as the policy names it.</param>
/// <param name="DryRun">Only say what would be done.</param>
public sealed record SiteChangeRequest(string Id, bool DryRun);

/// <param name="Snapshot">As typed, without a path.</param>
/// <param name="DryRun">Only say what would be done.</param>
public sealed record SnapshotChangeRequest(string Snapshot, bool DryRun);
