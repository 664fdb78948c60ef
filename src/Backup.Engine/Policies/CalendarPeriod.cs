namespace Backup.Engine.Policies;

/// <summary>
/// A length of time as people agree on it: whole months, which have no fixed number of days, or an exact time. <c>8y</c> is 96 months, <c>4w</c> is 28 days.
/// </summary>
/// <param name="Months">Whole calendar months, years included; at least 0.</param>
/// <param name="Exact">The part that does not depend on the calendar; at least zero.</param>
public readonly record struct CalendarPeriod(int Months, TimeSpan Exact)
{
    private const double DaysOfMonth = 365.0 / 12;

    public static CalendarPeriod Zero => default;

    /// <summary>Its length in days where a comparison is all that is needed; a year counts 365.</summary>
    public double ApproximateDays => (Months * DaysOfMonth) + Exact.TotalDays;

    public static CalendarPeriod OfDays(int days) => new(0, TimeSpan.FromDays(days));

    /// <summary>The moment that lies this long after <paramref name="start"/>; 31 January and one month give the last day of February.</summary>
    public DateTimeOffset After(DateTimeOffset start) => start.AddMonths(Months) + Exact;

    /// <summary>The moment that lies this long before <paramref name="end"/>.</summary>
    public DateTimeOffset Before(DateTimeOffset end) => end.AddMonths(-Months) - Exact;

    /// <summary>As a policy writes it.</summary>
    public override string ToString() => Quantity.Format(this);
}
