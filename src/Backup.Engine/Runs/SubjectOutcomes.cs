using Backup.Engine.Format;

namespace Backup.Engine.Runs;

/// <summary>One line of <c>subject find</c>: a domain of the person in one source.</summary>
public sealed record SubjectItem
{
    public required string Subject { get; init; }

    public required DomainId Domain { get; init; }

    /// <summary>Null: it lies in no live snapshot any more, and goes with the next gc.</summary>
    public required string? Source { get; init; }

    public required string? Class { get; init; }

    public required string? Period { get; init; }

    public required DomainState State { get; init; }

    /// <summary>In how many live snapshots it lies.</summary>
    public required int Snapshots { get; init; }

    /// <summary>The sites that hold some of these complete.</summary>
    public required IReadOnlyList<string> Sites { get; init; }

    /// <summary>Until when it must be kept; null: nothing keeps it.</summary>
    public required DateTimeOffset? KeepUntil { get; init; }

    public required bool Held { get; init; }
}

/// <param name="Subjects">Of one person, as typed.</param>
/// <param name="Class">Only of this class; null: of every one.</param>
/// <param name="DryRun">Only say what would be done.</param>
public sealed record RestrictionRequest(IReadOnlyList<string> Subjects, string? Class, bool DryRun);

/// <param name="Domains">How many domains changed.</param>
/// <param name="Sites">Where the keyring that says so stands.</param>
public sealed record RestrictionOutcome(int Domains, IReadOnlyList<SiteOutcome> Sites);

/// <param name="Class">What it covers; null: every class.</param>
/// <param name="Subject">As typed; null: every person.</param>
/// <param name="Until">When it ends.</param>
/// <param name="Reason">For the record.</param>
/// <param name="DryRun">Only say what would be done.</param>
public sealed record HoldRequest(string? Class, string? Subject, DateTimeOffset Until, string Reason, bool DryRun);

/// <summary>One line of <c>hold list</c>.</summary>
public sealed record HoldItem(Id128 Id, string? Class, string? Subject, DateTimeOffset Until, string Reason, bool Ended);
