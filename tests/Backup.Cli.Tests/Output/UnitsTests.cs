using Backup.Cli.Output;
using Backup.Engine.Format;

namespace Backup.Cli.Tests.Output;

public sealed class UnitsTests
{
    [Theory]
    [InlineData(0, "0 B")]
    [InlineData(1023, "1023 B")]
    [InlineData(1024, "1 KiB")]
    [InlineData(1536, "1.5 KiB")]
    [InlineData(125_829_120, "120 MiB")]
    [InlineData(1_288_490_189, "1.2 GiB")]
    [InlineData(long.MaxValue, "8 EiB")]
    public void Size_Bytes_HasThreeDigitsAndAUnit(long bytes, string expected) => Assert.Equal(expected, Units.Size(bytes));

    [Theory]
    [InlineData(0.24, "0.2 s")]
    [InlineData(61.9, "61 s")]
    [InlineData(3_725, "62 min 5 s")]
    [InlineData(93_600, "26 h 0 min")]
    [InlineData(200_000, "2 days 7 h")]
    public void Duration_Seconds_InTheUnitThatMatters(double seconds, string expected) => Assert.Equal(expected, Units.Duration(TimeSpan.FromSeconds(seconds)));

    [Fact]
    public void Utc_Time_IsRfc3339()
    {
        Assert.Equal("2026-11-23T02:15:00Z", Units.Utc(Samples.Night));
        Assert.Equal("2026-11-23T02:15:00Z", Units.Utc(Samples.Night.ToOffset(TimeSpan.FromHours(1))));
        Assert.Equal("2026-11-23T02:15:00.5Z", Units.Utc(Samples.Night.AddMilliseconds(500)));
    }

    [Theory]
    [InlineData(0, 1u, "1970-01-01T00:00:00.000000001Z")]
    [InlineData(-1, 999_999_999u, "1969-12-31T23:59:59.999999999Z")]
    [InlineData(4_102_444_800, 0u, "2100-01-01T00:00:00.000000000Z")]
    [InlineData(long.MaxValue, 7u, "@9223372036854775807.000000007")]
    public void Utc_FileTime_KeepsNanosecondsAndEveryYear(long seconds, uint nanoseconds, string expected) =>
        Assert.Equal(expected, Units.Utc(new Timestamp(seconds, nanoseconds)));

    [Theory]
    [InlineData(EntryKind.File, 0x1a4, "-rw-r--r--")]
    [InlineData(EntryKind.Directory, 0x3ff, "drwxrwxrwt")]
    [InlineData(EntryKind.File, 0x9ed, "-rwsr-xr-x")]
    [InlineData(EntryKind.File, 0xe00, "---S--S--T")]
    [InlineData(EntryKind.Socket, 0, "s---------")]
    public void Mode_Bits_AsLsShowsThem(EntryKind kind, uint mode, string expected) =>
        Assert.Equal(expected, Units.Mode(new Entry { Name = [], Kind = kind, Mode = mode }));
}
