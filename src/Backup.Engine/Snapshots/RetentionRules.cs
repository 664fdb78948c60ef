using System.Globalization;
using Backup.Engine.Format;
using Backup.Engine.Policies;

namespace Backup.Engine.Snapshots;

/// <summary>A snapshot as the rules see it.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Time">When its run began, by the clock of that time.</param>
internal readonly record struct RetentionItem(Hash Id, DateTimeOffset Time)
{
    /// <summary>Whether it stays whatever the rules say.</summary>
    public bool Pinned { get; init; }

    /// <summary>True if no site holds it complete: what restores from nowhere never wins over what does.</summary>
    public bool IsIncomplete { get; init; }
}

/// <summary>What becomes of a snapshot.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Keep">Whether it stays.</param>
/// <param name="Reasons">Why, for a reader; at least one.</param>
internal sealed record RetentionDecision(Hash Id, bool Keep, IReadOnlyList<string> Reasons);

/// <summary>
/// Which snapshots of one source stay: the newest ones, and the newest of as many hours, days, weeks, months and years (UTC; a week begins on Monday). Pure.
/// </summary>
/// <param name="rules">The class of the source; null: everything stays.</param>
/// <param name="now">A time that was compared with the sites' clocks.</param>
/// <param name="hold">Why a legal hold keeps all of them; null if none does.</param>
internal sealed class RetentionRules(RetentionClass? rules, DateTimeOffset now, string? hold = null)
{
    /// <summary>They stay whatever the rules say.</summary>
    public const int LastStaying = 3;

    /// <summary>A snapshot that is dated later than this after now is of a clock that was wrong: it stays, and wins nothing.</summary>
    public static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(5);

    private readonly KeepCounts _keep = rules?.Keep ?? KeepCounts.None;

    /// <summary>One decision for each snapshot, in the same order.</summary>
    /// <param name="snapshots">All of one source, in the order of the ledger: the last is the newest.</param>
    public IReadOnlyList<RetentionDecision> Decide(IReadOnlyList<RetentionItem> snapshots)
    {
        var reasons = snapshots.Select(static _ => new List<string>()).ToList();
        var counted = Enumerable.Range(0, snapshots.Count).Where(i => !IsFuture(snapshots[i]) && !snapshots[i].IsIncomplete).ToList();
        var oldestStaying = counted.Count >= LastStaying ? counted[^LastStaying] : 0;
        var newest = counted.Where(i => !IsExpired(snapshots[i])).OrderByDescending(i => snapshots[i].Time).ThenByDescending(static i => i).ToList();
        foreach (var (winner, reason) in Winners(newest, snapshots))
        {
            reasons[winner].Add(reason);
        }

        for (var i = 0; i < snapshots.Count; i++)
        {
            reasons[i].AddRange(Others(snapshots[i]));
            if (i >= oldestStaying && !IsFuture(snapshots[i]))
            {
                reasons[i].Add(snapshots[i].IsIncomplete ? "complete at no site: not counted" : "one of the last three");
            }
        }

        return [.. snapshots.Select((snapshot, i) => reasons[i].Count > 0
            ? new RetentionDecision(snapshot.Id, Keep: true, reasons[i])
            : new RetentionDecision(snapshot.Id, Keep: false, [IsExpired(snapshot) ? $"older than delete_after {rules!.DeleteAfter}" : "no rule keeps it"]))];
    }

    private bool IsFuture(RetentionItem snapshot) => snapshot.Time > now + Tolerance;

    private bool IsExpired(RetentionItem snapshot) => rules?.DeleteAfter is { } most && most.After(snapshot.Time) < now;

    /// <summary>The reasons that do not depend on other snapshots.</summary>
    private IEnumerable<string> Others(RetentionItem snapshot)
    {
        if (snapshot.Pinned)
        {
            yield return "pinned";
        }

        if (IsFuture(snapshot))
        {
            yield return "dated in the future: not counted";
        }

        if (hold is not null)
        {
            yield return hold;
        }

        if (rules is null)
        {
            yield return "its source has no class";
        }
        else if (_keep == KeepCounts.None && !IsExpired(snapshot))
        {
            yield return $"the class {rules.Name} forgets nothing by number";
        }

        if (rules?.RetainUntil is { } duty && EndOf(duty, snapshot.Time) is var end && now < end)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"to be kept until {end:yyyy-MM-dd}");
        }
    }

    private DateTimeOffset EndOf(CalendarPeriod duty, DateTimeOffset time) =>
        duty.After(rules!.From == RetentionStart.YearEnd ? new DateTimeOffset(time.UtcDateTime.Year + 1, 1, 1, 0, 0, 0, TimeSpan.Zero) : time);

    /// <summary>Which snapshots win a place of which rule.</summary>
    /// <param name="newestFirst">Places in <paramref name="snapshots"/>.</param>
    /// <param name="snapshots">All.</param>
    private IEnumerable<(int Index, string Reason)> Winners(List<int> newestFirst, IReadOnlyList<RetentionItem> snapshots)
    {
        foreach (var i in newestFirst.Take(_keep.Last))
        {
            yield return (i, "last");
        }

        foreach (var (count, name, bucket) in Buckets())
        {
            foreach (var winner in newestFirst.DistinctBy(i => bucket(snapshots[i].Time.UtcDateTime), StringComparer.Ordinal).Take(count))
            {
                yield return (winner, $"{name} {bucket(snapshots[winner].Time.UtcDateTime)}");
            }
        }
    }

    private IEnumerable<(int Count, string Name, Func<DateTime, string> Bucket)> Buckets()
    {
        yield return (_keep.Hourly, "hourly", static time => time.ToString("yyyy-MM-dd HH'h'", CultureInfo.InvariantCulture));
        yield return (_keep.Daily, "daily", static time => time.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
        yield return (_keep.Weekly, "weekly", static time => string.Create(CultureInfo.InvariantCulture, $"{ISOWeek.GetYear(time)}-W{ISOWeek.GetWeekOfYear(time):D2}"));
        yield return (_keep.Monthly, "monthly", static time => time.ToString("yyyy-MM", CultureInfo.InvariantCulture));
        yield return (_keep.Yearly, "yearly", static time => time.ToString("yyyy", CultureInfo.InvariantCulture));
    }
}
