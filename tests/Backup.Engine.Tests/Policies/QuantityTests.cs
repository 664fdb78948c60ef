using Backup.Engine.Policies;
using CsCheck;

namespace Backup.Engine.Tests.Policies;

public sealed class QuantityTests
{
    [Theory]
    [InlineData("90s", 0, 90)]
    [InlineData("30min", 0, 1_800)]
    [InlineData("12h", 0, 43_200)]
    [InlineData("7d", 0, 604_800)]
    [InlineData("4w", 0, 2_419_200)]
    [InlineData("0d", 0, 0)]
    [InlineData("12mo", 12, 0)]
    [InlineData("8y", 96, 0)]
    public void TryPeriod_Form_IsRead(string text, int months, long seconds)
    {
        Assert.True(Quantity.TryPeriod(text, out var period));
        Assert.Equal(new CalendarPeriod(months, TimeSpan.FromSeconds(seconds)), period);
        Assert.Equal(months == 0, Quantity.TryDuration(text, out _));
    }

    [Theory]
    [InlineData("")]
    [InlineData("7")]
    [InlineData("d")]
    [InlineData("7 d")]
    [InlineData("-7d")]
    [InlineData("+7d")]
    [InlineData("7D")]
    [InlineData("7m")]
    [InlineData("1.5h")]
    [InlineData("1h30min")]
    [InlineData("1001y")]
    [InlineData("99999999999999999999d")]
    [InlineData("9223372036854775807w")]
    [InlineData("P7D")]
    public void TryPeriod_AnythingElse_IsNotRead(string text) => Assert.False(Quantity.TryPeriod(text, out _));

    [Theory]
    [InlineData("64MiB", 64L << 20)]
    [InlineData("1GiB", 1L << 30)]
    [InlineData("1.5GiB", 3L << 29)]
    [InlineData("500KB", 500_000)]
    [InlineData("500kB", 500_000)]
    [InlineData("2TB", 2_000_000_000_000)]
    [InlineData("4TiB", 4L << 40)]
    [InlineData("1000", 1000)]
    [InlineData("0", 0)]
    [InlineData("12B", 12)]
    public void TrySize_Form_IsRead(string text, long bytes)
    {
        Assert.True(Quantity.TrySize(text, out var read));
        Assert.Equal(bytes, read);
    }

    [Theory]
    [InlineData("")]
    [InlineData("64 MiB")]
    [InlineData("64M")]
    [InlineData("64Mb")]
    [InlineData("64mib")]
    [InlineData("-1MiB")]
    [InlineData("1,5GiB")]
    [InlineData("1.5B")]
    [InlineData("MiB")]
    [InlineData("8388608TiB")]
    [InlineData("99999999999999999999999999999999TiB")]
    public void TrySize_AnythingElse_IsNotRead(string text) => Assert.False(Quantity.TrySize(text, out _));

    [Theory]
    [InlineData("20MiB/s", 20L << 20, true)]
    [InlineData("20MiB", 0, false)]
    [InlineData("20/s", 0, false)]
    [InlineData("0B/s", 0, false)]
    [InlineData("20MiB/min", 0, false)]
    public void TryRate_Form_IsReadAndNothingElse(string text, long rate, bool understood)
    {
        Assert.Equal(understood, Quantity.TryRate(text, out var read));
        Assert.Equal(rate, understood ? read : 0);
    }

    [Fact]
    public void Format_AnySize_IsReadBack() =>
        Gen.Long[0, long.MaxValue].Sample(bytes => Quantity.TrySize(Quantity.FormatSize(bytes), out var read) && read == bytes);

    [Fact]
    public void Format_AnyPeriod_IsReadBack() =>
        Gen.OneOf(Gen.Int[1, 12_000].Select(months => new CalendarPeriod(months, TimeSpan.Zero)), Gen.Int[0, 1_000_000_000].Select(seconds => new CalendarPeriod(0, TimeSpan.FromSeconds(seconds))))
            .Sample(period => Quantity.TryPeriod(period.ToString(), out var read) && read == period);

    [Fact]
    public void After_Months_FollowTheCalendar()
    {
        var start = new DateTimeOffset(2024, 2, 29, 12, 0, 0, TimeSpan.Zero);
        Assert.Equal(start.AddYears(8), new CalendarPeriod(96, TimeSpan.Zero).After(start));
        Assert.Equal(new DateTimeOffset(2025, 2, 28, 12, 0, 0, TimeSpan.Zero), new CalendarPeriod(12, TimeSpan.Zero).After(start));
        Assert.Equal(start.AddDays(-7), CalendarPeriod.OfDays(7).Before(start));
    }
}
