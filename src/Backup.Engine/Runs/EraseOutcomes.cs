using Backup.Engine.Format;

namespace Backup.Engine.Runs;

/// <summary>What is to be erased.</summary>
public sealed record EraseRequest
{
    /// <summary>Identifiers of one person, as typed.</summary>
    public required IReadOnlyList<string> Subjects { get; init; }

    /// <summary>One of <see cref="EraseRun.Reasons"/>.</summary>
    public required string Reason { get; init; }

    /// <summary>Only files of the person that these patterns name, as those of <c>restore --include</c>; none: everything of the person.</summary>
    public IReadOnlyList<string> Paths { get; init; } = [];

    /// <summary>Records of the person that go from files that mix people.</summary>
    public IReadOnlyList<Policies.RedactionRule> Redactions { get; init; } = [];

    public bool DryRun { get; init; }

    /// <summary>Whether single files go, and the rest of what the person has stays.</summary>
    internal bool IsOfPaths => Paths.Count > 0;
}

/// <summary>What an erasure would touch: nothing is changed by it.</summary>
public sealed record ErasePlan
{
    public required int Domains { get; init; }

    /// <summary>Packs that hold something of it.</summary>
    public required int Objects { get; init; }

    /// <summary>Of its members in them.</summary>
    public required long Bytes { get; init; }

    public required int Snapshots { get; init; }

    /// <summary>By class: what goes, with the number of domains.</summary>
    public required IReadOnlyList<(string? Class, int Domains)> Classes { get; init; }

    /// <summary>What stays, and why.</summary>
    public required IReadOnlyList<EraseHold> Holds { get; init; }

    public required IReadOnlyList<SiteOutcome> Sites { get; init; }

    /// <summary>Snapshots that were made under other rules and hold something of the person in a domain that is not the person's.</summary>
    public required IReadOnlyList<OutsideFinding> Outside { get; init; }

    /// <summary>Versions of files of which records, or which as a whole, go from snapshots that are written anew.</summary>
    public int Files { get; init; }

    /// <summary>Whether people have to agree first.</summary>
    public required int Approvers { get; init; }
}

/// <summary>A part that a duty keeps.</summary>
/// <param name="Class">Its class.</param>
/// <param name="Until">When the duty ends.</param>
/// <param name="Reason">Of the hold, or the legal basis of the class.</param>
public sealed record EraseHold(string? Class, DateTimeOffset Until, string Reason);

/// <summary>A place in a snapshot where today's rules would have put an entry into the person's domain.</summary>
/// <param name="Snapshot">The snapshot.</param>
/// <param name="Source">Its source.</param>
/// <param name="Entries">How many entries.</param>
public sealed record OutsideFinding(Hash Snapshot, string Source, int Entries);

/// <summary>How far a request is.</summary>
public sealed record EraseStatus
{
    public required Id128 Request { get; init; }

    /// <summary>Null: it is done, and nothing of it is open.</summary>
    public required RequestState? State { get; init; }

    /// <summary>0 nothing is touched yet, 1 blocked, 2 keys gone, 3 objects gone: the lowest of all sites.</summary>
    public required int Level { get; init; }

    public required string Reason { get; init; }

    public required DateTimeOffset Received { get; init; }

    /// <summary>When the cooling-off ends; null if it does not wait for that.</summary>
    public required DateTimeOffset? Due { get; init; }

    /// <summary>How many more people must agree.</summary>
    public required int ApprovalsMissing { get; init; }

    public required int Domains { get; init; }

    public required long Objects { get; init; }

    public required long Bytes { get; init; }

    public required int Snapshots { get; init; }

    public required IReadOnlyList<EraseSite> Sites { get; init; }

    public required IReadOnlyList<EraseHold> Holds { get; init; }

    /// <summary>What the erasure has not reached: sites by their ids, and retired ones.</summary>
    public required IReadOnlyList<EraseGap> NotReached { get; init; }

    /// <summary>Whether everything that may go is gone everywhere.</summary>
    public bool IsComplete => Level >= ErasureProgress.Gone;
}

/// <summary>How far a request is at one site.</summary>
public sealed record EraseSite(string Id, string City, bool KeysDestroyed, bool ObjectsDeleted, bool Verified, DateTimeOffset? VerifiedAt, DateTimeOffset? RetainedUntil);

/// <summary>Where something may still be.</summary>
/// <param name="Site">The site.</param>
/// <param name="Since">Since when it is not reached.</param>
/// <param name="Reason">Why, for a reader.</param>
public sealed record EraseGap(string Site, DateTimeOffset Since, string Reason);
