using System.Globalization;
using Backup.Engine.Policies;
using Backup.Engine.Snapshots;
using Backup.Engine.Tests.Indexing;
using CsCheck;

namespace Backup.Engine.Tests.Snapshots;

/// <summary>Which snapshots stay: against a model that is as simple as the sentence it stands for.</summary>
public sealed class RetentionRulesTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 28, 12, 0, 0, TimeSpan.Zero);

    private static readonly Gen<KeepCounts> Keeps = Gen.Select(Gen.Int[0, 4], Gen.Int[0, 4], Gen.Int[0, 4], Gen.Int[0, 4], Gen.Int[0, 4], Gen.Int[0, 3])
        .Select(static (last, hourly, daily, weekly, monthly, yearly) => new KeepCounts(last, hourly, daily, weekly, monthly, yearly));

    /// <summary>In no order of time: clocks were wrong now and then; some are dated in the future.</summary>
    private static readonly Gen<List<RetentionItem>> Histories = Gen.Select(Gen.Int[-3 * 24 * 60, 3 * 365 * 24 * 60], Gen.Bool, Gen.Int[0, 9]).Array[0, 60]
        .Select(static items => items.Select(static (item, i) => new RetentionItem(Ids.Hash("snapshot", i), Now.AddMinutes(-item.Item1))
        {
            Pinned = item.Item2 && item.Item3 == 0,
            IsIncomplete = item.Item3 == 1,
        }).ToList());

    [Fact]
    public void Decide_AnyHistory_IsThatOfTheModel() => Gen.Select(Keeps, Histories).Sample(
        static (keep, history) =>
        {
            var decisions = Rules(keep).Decide(history);
            Assert.Equal(history.Where((_, i) => Stays(keep, history, i)).Select(static item => item.Id), decisions.Where(static one => one.Keep).Select(static one => one.Id));
            Assert.All(decisions, static one => Assert.NotEmpty(one.Reasons));
        },
        iter: 2_000);

    [Fact]
    public void Decide_AnyHistory_LeavesTheLastThreeThatCount() => Gen.Select(Keeps, Histories).Sample(
        static (keep, history) =>
        {
            var counted = history.Where(static item => Counts(item)).Select(static item => item.Id).TakeLast(3);
            var kept = Rules(keep).Decide(history).Where(static one => one.Keep).Select(static one => one.Id);
            Assert.Empty(counted.Except(kept));
        },
        iter: 500);

    [Fact]
    public void Decide_FutureDated_TakesNoPlaceOfAnother()
    {
        List<RetentionItem> real = [.. Enumerable.Range(0, 9).Select(static i => At(i, Now.AddDays(i - 9)))];
        List<RetentionItem> all = [.. real, .. Enumerable.Range(20, 9).Select(static i => At(i, Now.AddYears(i)))];
        var rules = Rules(new KeepCounts(Daily: 4));

        var alone = rules.Decide(real).Where(static one => one.Keep).Select(static one => one.Id);
        var together = rules.Decide(all).Where(static one => one.Keep).Select(static one => one.Id).ToList();

        Assert.Equal(alone, together.Where(id => real.Exists(item => item.Id == id)));
        Assert.Equal(4 + 9, together.Count);
    }

    [Fact]
    public void Decide_WithoutClass_KeepsEverything() =>
        Assert.All(new RetentionRules(null, Now).Decide([.. Enumerable.Range(0, 9).Select(static i => At(i, Now.AddDays(i - 99)))]), static one => Assert.True(one.Keep));

    [Fact]
    public void Decide_DeleteAfter_EndsWhatKeepWouldKeep()
    {
        var rules = new RetentionRules(Class(new KeepCounts(Daily: 30)) with { DeleteAfter = CalendarPeriod.OfDays(7) }, Now);

        var decisions = rules.Decide([.. Enumerable.Range(0, 20).Select(static i => At(i, Now.AddDays(i - 20)))]);

        Assert.Equal(7, decisions.Count(static one => one.Keep));
        Assert.Equal("older than delete_after 7d", Assert.Single(decisions[0].Reasons));
    }

    [Theory]
    [InlineData(RetentionStart.Event, 2, 3)]
    [InlineData(RetentionStart.YearEnd, 0, 8)]
    public void Decide_RetainUntil_KeepsAsLongAsTheDutyLasts(RetentionStart from, int forgotten, int kept)
    {
        var rules = new RetentionRules(Class(new KeepCounts(Last: 1)) with { RetainUntil = new CalendarPeriod(12, TimeSpan.Zero), From = from }, Now);
        var history = from == RetentionStart.Event
            ? [At(0, Now.AddDays(-400)), At(1, Now.AddDays(-380)), At(2, Now.AddDays(-300)), At(3, Now.AddDays(-2)), At(4, Now)]
            : (List<RetentionItem>)[.. Enumerable.Range(0, 8).Select(static i => At(i, new DateTimeOffset(2025, 1 + i, 1, 0, 0, 0, TimeSpan.Zero)))];

        var decisions = rules.Decide(history);

        Assert.Equal((forgotten, kept), (decisions.Count(static one => !one.Keep), decisions.Count(static one => one.Keep)));
    }

    [Fact]
    public void Decide_Hold_KeepsEverything() =>
        Assert.All(
            new RetentionRules(Class(new KeepCounts(Last: 1)), Now, "a legal hold").Decide([.. Enumerable.Range(0, 9).Select(static i => At(i, Now.AddDays(i - 99)))]),
            static one => Assert.True(one.Keep));

    private static RetentionItem At(int i, DateTimeOffset time) => new(Ids.Hash("snapshot", i), time);

    private static RetentionRules Rules(KeepCounts keep) => new(Class(keep), Now);

    private static RetentionClass Class(KeepCounts keep) => new() { Name = "class", Keep = keep };

    private static bool Counts(RetentionItem item) => !item.IsIncomplete && item.Time <= Now.AddMinutes(5);

    /// <summary>The model: one sentence for each reason.</summary>
    private static bool Stays(KeepCounts keep, List<RetentionItem> history, int index)
    {
        var item = history[index];
        var newer = history.Where(static (other, _) => Counts(other)).Where(other => (other.Time, history.IndexOf(other)).CompareTo((item.Time, index)) > 0).ToList();
        bool Wins(int count, Func<DateTimeOffset, string> bucket) =>
            newer.TrueForAll(other => bucket(other.Time) != bucket(item.Time)) && newer.Select(other => bucket(other.Time)).Distinct(StringComparer.Ordinal).Count() < count;
        var after = history.Skip(index + 1).Count(Counts);
        return item.Pinned
            || item.Time > Now.AddMinutes(5)
            || keep == KeepCounts.None
            || after < 3
            || (Counts(item) && (newer.Count < keep.Last
                || Wins(keep.Hourly, static time => time.ToString("yyyyMMddHH", CultureInfo.InvariantCulture))
                || Wins(keep.Daily, static time => time.ToString("yyyyMMdd", CultureInfo.InvariantCulture))
                || Wins(keep.Weekly, static time => time.AddDays(-(((int)time.DayOfWeek + 6) % 7)).ToString("yyyyMMdd", CultureInfo.InvariantCulture))
                || Wins(keep.Monthly, static time => time.ToString("yyyyMM", CultureInfo.InvariantCulture))
                || Wins(keep.Yearly, static time => time.ToString("yyyy", CultureInfo.InvariantCulture))));
    }
}
