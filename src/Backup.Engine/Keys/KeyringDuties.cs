using Backup.Engine.Format;

namespace Backup.Engine.Keys;

/// <summary>
/// What a keyring knows besides keys: who is one person, what may not be erased, what may not be restored, what is being erased.
/// </summary>
public sealed record KeyringDuties
{
    /// <summary>Subjects that are one person.</summary>
    public IReadOnlyList<IReadOnlyList<string>> Ties { get; init; } = [];

    public IReadOnlyList<HoldRecord> Holds { get; init; } = [];

    public IReadOnlyList<RestrictionRecord> Restrictions { get; init; } = [];

    public IReadOnlyList<RequestRecord> Requests { get; init; } = [];

    /// <summary>Slots whose holders approve erasures.</summary>
    public IReadOnlyList<Hash> Approvers { get; init; } = [];

    public IReadOnlyList<WatchRecord> Watch { get; init; } = [];

    /// <summary>
    /// Everything that either knows: joining voids nothing that protects. Of one thing known in two states the later one counts.
    /// </summary>
    public KeyringDuties Union(KeyringDuties other) => new()
    {
        Ties = [.. Ties.Concat(other.Ties).DistinctBy(NameOf, StringComparer.Ordinal)],
        Holds = [.. Holds.Concat(other.Holds).OrderByDescending(static hold => hold.Until).DistinctBy(static hold => hold.Id)],
        Restrictions = [.. Restrictions.Concat(other.Restrictions).DistinctBy(static restriction => restriction.Id)],
        Requests = [.. Requests.Concat(other.Requests).GroupBy(static request => request.Id).Select(Latest)],
        Approvers = [.. Approvers.Union(other.Approvers)],
        Watch = [.. Watch.Concat(other.Watch).OrderByDescending(static watch => watch.Until).DistinctBy(static watch => watch.SubjectHash)],
    };

    /// <summary>The same text for the same identifiers, in whatever order.</summary>
    public static string NameOf(IReadOnlyList<string> tie) => string.Join('\0', tie.Order(StringComparer.Ordinal));

    /// <summary>The one that is furthest, with what either knows: what was begun in one branch goes on.</summary>
    private static RequestRecord Latest(IEnumerable<RequestRecord> same)
    {
        var requests = same.ToList();
        var latest = requests.MaxBy(static request => (request.State, request.Approved))!;
        IReadOnlyList<DomainId> domains = [.. requests.SelectMany(static request => request.Domains).Distinct()];
        return latest with
        {
            Domains = domains,
            Held = [.. requests.SelectMany(static request => request.Held).Distinct().Except(domains)],
            Approvals = [.. requests.SelectMany(static request => request.Approvals).DistinctBy(static approval => approval.Slot)],
        };
    }
}
