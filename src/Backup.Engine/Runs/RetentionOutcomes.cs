using Backup.Engine.Format;

namespace Backup.Engine.Runs;

/// <summary>Outcome of <c>forget</c>.</summary>
/// <param name="Snapshots">Every snapshot, by source and then in ledger order, with what became of it.</param>
/// <param name="Warnings">Sources of which nothing is forgotten because the policy does not say what.</param>
/// <param name="Sites">Where the entry stands.</param>
public sealed record ForgetOutcome(IReadOnlyList<RetainedSnapshot> Snapshots, IReadOnlyList<RunFinding> Warnings, IReadOnlyList<SiteOutcome> Sites);

/// <summary>What the rules say of a snapshot.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Source">Its source.</param>
/// <param name="Time">When its run began.</param>
/// <param name="Class">The class of the source; null if it has none.</param>
/// <param name="Keep">False if it is forgotten.</param>
/// <param name="Reasons">Why; at least one.</param>
public sealed record RetainedSnapshot(Hash Id, string Source, DateTimeOffset Time, string? Class, bool Keep, IReadOnlyList<string> Reasons);

/// <summary>Outcome of <c>pin</c>, <c>unpin</c> and <c>undelete</c>.</summary>
/// <param name="Id">The snapshot.</param>
/// <param name="Source">Its source.</param>
/// <param name="Time">When its run began.</param>
/// <param name="Sites">Where the entry stands.</param>
public sealed record SnapshotChangeOutcome(Hash Id, string Source, DateTimeOffset Time, IReadOnlyList<SiteOutcome> Sites);

/// <summary>What <c>gc</c> is asked for.</summary>
/// <param name="MaxTime">After so long it begins nothing more, and the next run goes on; null: to the end.</param>
/// <param name="MaxDelete">The largest share of all data that it may condemn; null: as the policy says.</param>
/// <param name="DryRun">Only say what would be done.</param>
public sealed record GcRequest(TimeSpan? MaxTime, Share? MaxDelete, bool DryRun);

/// <summary>Outcome of <c>gc</c>.</summary>
public sealed record GcOutcome
{
    /// <summary>Packs, indexes and snapshots that nothing needs any more, or whose content was written anew.</summary>
    public required ObjectSum Condemned { get; init; }

    /// <summary>New packs that took over what still lives of others.</summary>
    public required ObjectSum Rewritten { get; init; }

    /// <summary>How much of all data became free, in percent.</summary>
    public required double FreedPercent { get; init; }

    public required IReadOnlyList<GcSite> Sites { get; init; }

    /// <summary>What was met and is worth knowing.</summary>
    public required IReadOnlyList<RunFinding> Warnings { get; init; }

    /// <summary>Blobs that a snapshot needs and that stand in no pack.</summary>
    public required long Lost { get; init; }

    /// <summary>False if the time was over before everything was done.</summary>
    public required bool Finished { get; init; }
}

/// <summary>How many objects, and how many bytes they are.</summary>
public readonly record struct ObjectSum(long Objects, long Bytes)
{
    public static ObjectSum operator +(ObjectSum left, ObjectSum right) => new(left.Objects + right.Objects, left.Bytes + right.Bytes);
}

/// <summary>What <c>gc</c> did at a site.</summary>
/// <param name="Id">The site.</param>
/// <param name="City">Where it is.</param>
/// <param name="Deleted">Condemned objects that are gone there now.</param>
/// <param name="Leftovers">Of <paramref name="Deleted"/> apart: what runs left that did not finish.</param>
/// <param name="Waiting">Condemned objects that stand there until their grace is over, or the site may be deleted from.</param>
/// <param name="RetainedUntil">Until when the store keeps what was deleted; null if nothing is kept.</param>
/// <param name="Message">Why nothing was deleted there; null if nothing stood in the way.</param>
public sealed record GcSite(string Id, string City, ObjectSum Deleted, ObjectSum Leftovers, ObjectSum Waiting, DateTimeOffset? RetainedUntil, string? Message);

/// <summary>One entry of <c>ledger show</c>.</summary>
public sealed record LedgerItem
{
    public required long Sequence { get; init; }

    public required Hash Hash { get; init; }

    public required DateTimeOffset Time { get; init; }

    /// <summary>What it is about, in one word.</summary>
    public required string Kind { get; init; }

    public required long Term { get; init; }

    public required long Epoch { get; init; }

    /// <summary>What changed of the snapshots: "added", "removed", "restored", "pinned", "unpinned", each with an id.</summary>
    public required IReadOnlyList<(string What, Hash Snapshot)> Snapshots { get; init; }

    /// <summary>Objects that its inventory adds; null if it was not read.</summary>
    public required long? ObjectsAdded { get; init; }

    /// <summary>Objects that it or its inventory condemns.</summary>
    public required long ObjectsCondemned { get; init; }

    /// <summary>Objects that it names as deleted.</summary>
    public required long ObjectsDeleted { get; init; }

    public required long DomainsErased { get; init; }

    /// <summary>Figures of verifications, drills and so on: site, name, value.</summary>
    public required IReadOnlyList<LedgerFact> Facts { get; init; }

    /// <summary>The ids of the sites at which it stands.</summary>
    public required IReadOnlyList<string> Sites { get; init; }
}

/// <summary>Outcome of <c>ledger verify</c>.</summary>
/// <param name="Entries">Number of entries below the head.</param>
/// <param name="Head">The head.</param>
/// <param name="Sequence">Its number.</param>
/// <param name="Term">Its term.</param>
/// <param name="Branches">Heads beside it that the owner has not joined.</param>
/// <param name="Broken">What is wrong with the chain: empty if nothing is.</param>
/// <param name="Sites">Each site's copy of it.</param>
public sealed record LedgerVerifyOutcome(
    long Entries, Hash Head, long Sequence, long Term, IReadOnlyList<Hash> Branches, IReadOnlyList<RunFinding> Broken, IReadOnlyList<LedgerSite> Sites);

/// <summary>The ledger at a site.</summary>
/// <param name="Id">The site.</param>
/// <param name="City">Where it is.</param>
/// <param name="Entries">How many of the entries stand there whole.</param>
/// <param name="Missing">How many do not stand there.</param>
/// <param name="Damaged">How many are not what was put.</param>
/// <param name="Message">Why it was not read to the end; null if it was.</param>
public sealed record LedgerSite(string Id, string City, long Entries, long Missing, long Damaged, string? Message);
