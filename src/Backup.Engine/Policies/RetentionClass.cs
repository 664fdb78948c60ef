using Backup.Engine.Format;

namespace Backup.Engine.Policies;

/// <summary>From when a duty to keep counts.</summary>
public enum RetentionStart
{
    /// <summary>From the date that <see cref="RetentionClass.Starts"/> gives.</summary>
    Event,

    /// <summary>From the end of the calendar year of that date.</summary>
    YearEnd,
}

/// <summary>How many snapshots are kept of each kind: the newest ones, and the newest of as many hours, days, weeks, months and years.</summary>
public sealed record KeepCounts(int Last = 0, int Hourly = 0, int Daily = 0, int Weekly = 0, int Monthly = 0, int Yearly = 0)
{
    public static KeepCounts None { get; } = new();
}

/// <summary>A retention class: how long at least and at most, from which start, on which legal basis.</summary>
public sealed record RetentionClass
{
    internal const string ByMtime = "mtime";

    public required string Name { get; init; }

    /// <summary>Which snapshots stay. <see cref="KeepCounts.None"/>: the class forgets nothing by number.</summary>
    public KeepCounts Keep { get; init; } = KeepCounts.None;

    /// <summary>At most this long after the start; null if the class sets no end.</summary>
    public CalendarPeriod? DeleteAfter { get; init; }

    /// <summary>At least this long after the start, against any erasure; null if there is no duty to keep.</summary>
    public CalendarPeriod? RetainUntil { get; init; }

    /// <summary>What the start is. Default <see cref="RetentionStart.Event"/>.</summary>
    public RetentionStart From { get; init; }

    /// <summary>
    /// Where the date comes from: <c>mtime</c>, or a text with placeholders of the rule's match like <c>{year}</c>. Null: the data has no date of its own,
    /// and <see cref="RetainUntil"/> counts from when it was first saved.
    /// </summary>
    public string? Starts { get; init; }

    /// <summary>The legal basis, as the operator's records name it.</summary>
    public string? Basis { get; init; }

    /// <summary>Whether the class divides its data by time.</summary>
    public bool HasPeriod => Starts is not null;

    /// <summary>
    /// How finely: by year, unless the class ends sooner than a year after the event: then by month from 60 days on, else by day. What counts
    /// from the end of a year has no use for months.
    /// </summary>
    public PeriodUnit Unit
    {
        get
        {
            var days = Math.Min(DeleteAfter?.ApproximateDays ?? double.MaxValue, RetainUntil?.ApproximateDays ?? double.MaxValue);
            return From == RetentionStart.YearEnd || days >= 365 ? PeriodUnit.Year : days >= 60 ? PeriodUnit.Month : PeriodUnit.Day;
        }
    }

    /// <summary>The period of data that is dated by an mtime or another moment; null if the class does not divide by time.</summary>
    /// <param name="modified">The moment.</param>
    /// <param name="seen">The start of the run: a later moment counts as this one.</param>
    public string? PeriodOf(Timestamp modified, DateTimeOffset seen) => HasPeriod ? Period.Of(Unit, modified, seen) : null;

    /// <summary>The period of data that is dated by a text; null if the class does not divide by time, or the text is no date.</summary>
    public string? PeriodOf(string text) => HasPeriod ? Period.Of(Unit, text) : null;

    internal PeriodSource MtimePeriod => HasPeriod ? PeriodSource.ByMtime(Unit) : PeriodSource.None;
}
