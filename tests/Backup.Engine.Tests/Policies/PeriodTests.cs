using Backup.Engine.Format;
using Backup.Engine.Policies;

namespace Backup.Engine.Tests.Policies;

public sealed class PeriodTests
{
    private static readonly DateTimeOffset Seen = new(2026, 11, 23, 2, 15, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(PeriodUnit.Year, "2026-01-01T00:00:00Z", "2026")]
    [InlineData(PeriodUnit.Year, "2025-12-31T23:59:59Z", "2025")]
    [InlineData(PeriodUnit.Month, "2026-11-01T00:00:00Z", "2026-11")]
    [InlineData(PeriodUnit.Day, "2026-11-22T23:59:59Z", "2026-11-22")]
    [InlineData(PeriodUnit.Day, "1969-12-31T23:59:59Z", "1969-12-31")]
    [InlineData(PeriodUnit.Day, "2099-01-01T00:00:00Z", "2026-11-23")]
    public void Of_Mtime_IsTheDateInUtcAndNeverInTheFuture(PeriodUnit unit, string modified, string expected)
    {
        var seconds = DateTimeOffset.Parse(modified, System.Globalization.CultureInfo.InvariantCulture).ToUnixTimeSeconds();
        Assert.Equal(expected, Period.Of(unit, new Timestamp(seconds, 999_999_999), Seen));
    }

    [Theory]
    [InlineData(long.MinValue, "0001")]
    [InlineData(long.MaxValue, "2026")]
    public void Of_MtimeOutsideTheCalendar_IsItsEnd(long seconds, string expected) => Assert.Equal(expected, Period.Of(PeriodUnit.Year, new Timestamp(seconds, 0), Seen));

    [Theory]
    [InlineData(PeriodUnit.Year, "2026", "2026")]
    [InlineData(PeriodUnit.Year, "2026-11", "2026")]
    [InlineData(PeriodUnit.Year, "2026-11-23", "2026")]
    [InlineData(PeriodUnit.Month, "2026-11-23", "2026-11")]
    [InlineData(PeriodUnit.Month, "2026", "2026")]
    [InlineData(PeriodUnit.Day, "2026-11-23", "2026-11-23")]
    [InlineData(PeriodUnit.Day, "2028-02-29", "2028-02-29")]
    [InlineData(PeriodUnit.Year, "26", null)]
    [InlineData(PeriodUnit.Year, "", null)]
    [InlineData(PeriodUnit.Year, "0000", null)]
    [InlineData(PeriodUnit.Year, "2026-13", null)]
    [InlineData(PeriodUnit.Year, "2026-02-29", null)]
    [InlineData(PeriodUnit.Year, "2026-1-1", null)]
    [InlineData(PeriodUnit.Year, " 2026", null)]
    [InlineData(PeriodUnit.Year, "２０２６", null)]
    public void Of_Text_IsThatDateOrNone(PeriodUnit unit, string text, string? expected) => Assert.Equal(expected, Period.Of(unit, text));

    [Theory]
    [InlineData("2026", "2026-01-01", "2027-01-01")]
    [InlineData("2026-12", "2026-12-01", "2027-01-01")]
    [InlineData("2026-02-28", "2026-02-28", "2026-03-01")]
    public void TryRange_Period_GivesItsFirstDayAndTheNextAfterIt(string period, string first, string next)
    {
        Assert.True(Period.TryRange(period, out var from, out var to));
        Assert.Equal((first, next), (from.ToString("yyyy-MM-dd", null), to.ToString("yyyy-MM-dd", null)));
        Assert.False(Period.TryRange("soon", out _, out _));
    }

    [Fact]
    public void PeriodOf_Class_FollowsItsUnitOrIsNone()
    {
        var dated = new RetentionClass { Name = "log", DeleteAfter = CalendarPeriod.OfDays(7), Starts = "mtime" };
        Assert.Equal("2026-11-23", dated.PeriodOf(new Timestamp(Seen.ToUnixTimeSeconds(), 0), Seen));
        Assert.Equal("2025-07-01", dated.PeriodOf("2025-07-01"));
        Assert.Null(dated.PeriodOf("soon"));
        Assert.Null(new RetentionClass { Name = "everyday" }.PeriodOf("2025"));
    }

    [Theory]
    [InlineData("59d", RetentionStart.Event, PeriodUnit.Day)]
    [InlineData("60d", RetentionStart.Event, PeriodUnit.Month)]
    [InlineData("8w", RetentionStart.Event, PeriodUnit.Day)]
    [InlineData("2mo", RetentionStart.Event, PeriodUnit.Month)]
    [InlineData("11mo", RetentionStart.Event, PeriodUnit.Month)]
    [InlineData("364d", RetentionStart.Event, PeriodUnit.Month)]
    [InlineData("12mo", RetentionStart.Event, PeriodUnit.Year)]
    [InlineData("1y", RetentionStart.Event, PeriodUnit.Year)]
    [InlineData("6mo", RetentionStart.YearEnd, PeriodUnit.Year)]
    public void Unit_Class_FollowsItsShortestTime(string time, RetentionStart from, PeriodUnit expected)
    {
        Assert.True(Quantity.TryPeriod(time, out var period));
        Assert.Equal(expected, new RetentionClass { Name = "c", DeleteAfter = period, From = from, Starts = "mtime" }.Unit);
        Assert.Equal(expected, new RetentionClass { Name = "c", RetainUntil = period, From = from, Starts = "mtime" }.Unit);
        Assert.Equal(expected, new RetentionClass { Name = "c", RetainUntil = period, DeleteAfter = new CalendarPeriod(120, TimeSpan.Zero), From = from, Starts = "mtime" }.Unit);
    }
}
