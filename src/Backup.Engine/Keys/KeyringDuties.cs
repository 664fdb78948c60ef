using Backup.Engine.Format;

namespace Backup.Engine.Keys;

/// <summary>What a keyring knows besides keys: who is one person, what may not be erased, what may not be restored, what is being erased.</summary>
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

    /// <summary>Everything that either knows: joining voids nothing that protects. Of one thing known in two states the later one counts.</summary>
    public KeyringDuties Union(KeyringDuties other) => new()
    {
        Ties = [.. Ties.Concat(other.Ties).DistinctBy(static tie => string.Join('\0', tie.Order(StringComparer.Ordinal)), StringComparer.Ordinal)],
        Holds = [.. Holds.Concat(other.Holds).GroupBy(static hold => hold.Id).Select(static same => same.MaxBy(static hold => hold.Until)!)],
        Restrictions = [.. Restrictions.Concat(other.Restrictions).DistinctBy(static restriction => restriction.Id)],
        Requests = [.. Requests.Concat(other.Requests).GroupBy(static request => request.Id).Select(Latest)],
        Approvers = [.. Approvers.Union(other.Approvers)],
        Watch = [.. Watch.Concat(other.Watch).GroupBy(static watch => watch.SubjectHash).Select(static same => same.MaxBy(static watch => watch.Until)!)],
    };

    private static RequestRecord Latest(IEnumerable<RequestRecord> same)
    {
        var requests = same.OrderByDescending(static request => request.Since).ThenByDescending(static request => request.State, StringComparer.Ordinal).ToList();
        return requests[0] with { Domains = [.. requests.SelectMany(static request => request.Domains).Distinct()] };
    }
}
