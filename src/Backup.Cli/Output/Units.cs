using System.Globalization;
using Backup.Engine.Format;

namespace Backup.Cli.Output;

/// <summary>Figures as a person reads them. Machines get raw numbers and <see cref="Utc(DateTimeOffset)"/>.</summary>
internal static class Units
{
    private static readonly string[] BinaryUnits = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];

    /// <summary>Bytes with three significant digits and a binary unit: <c>1.25 GiB</c>.</summary>
    public static string Size(long bytes)
    {
        var unit = 0;
        double value = bytes;
        while (Math.Abs(value) >= 1024 && unit < BinaryUnits.Length - 1)
        {
            value /= 1024;
            unit++;
        }

        var format = unit == 0 || Math.Abs(value) >= 100 ? "0" : Math.Abs(value) >= 10 ? "0.#" : "0.##";
        return value.ToString(format, CultureInfo.InvariantCulture) + " " + BinaryUnits[unit];
    }

    /// <summary>A number with thousands separated: <c>78,231</c>.</summary>
    public static string Count(long number) => number.ToString("#,0", CultureInfo.InvariantCulture);

    /// <summary>A number and its noun: <c>1 file</c>, <c>2 files</c>.</summary>
    public static string Count(long number, string one, string? many = null) => Count(number) + " " + (number == 1 ? one : many ?? one + "s");

    public static string Duration(TimeSpan time) => time switch
    {
        { TotalSeconds: < 10 } => time.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture) + " s",
        { TotalMinutes: < 2 } => ((long)time.TotalSeconds).ToString(CultureInfo.InvariantCulture) + " s",
        { TotalHours: < 2 } => $"{(long)time.TotalMinutes} min {time.Seconds} s",
        { TotalDays: < 2 } => $"{(long)time.TotalHours} h {time.Minutes} min",
        _ => $"{(long)time.TotalDays} days {time.Hours} h",
    };

    /// <summary>Local time with its offset from UTC, so that two machines' outputs can be compared.</summary>
    public static string Local(DateTimeOffset time, TimeZoneInfo zone) =>
        TimeZoneInfo.ConvertTime(time, zone).ToString("yyyy-MM-dd HH:mm:ss zzz", CultureInfo.InvariantCulture);

    public static string LocalDate(DateTimeOffset time, TimeZoneInfo zone) =>
        TimeZoneInfo.ConvertTime(time, zone).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    /// <summary>A time as the file system keeps it, in the reader's zone; one beyond the year 9999 as seconds since 1970.</summary>
    public static string Local(Timestamp time, TimeZoneInfo zone) => InCalendar(time) ? Local(DateTimeOffset.FromUnixTimeSeconds(time.Seconds), zone) : "@" + time.Seconds;

    /// <summary>RFC 3339 in UTC, with as many fraction digits as are needed.</summary>
    public static string Utc(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.FFFFFFFZ", CultureInfo.InvariantCulture);

    /// <summary>RFC 3339 in UTC with nanoseconds; a time outside the years 1–9999 as <c>@SECONDS.NNNNNNNNN</c>.</summary>
    public static string Utc(Timestamp time)
    {
        var fraction = "." + time.Nanoseconds.ToString("000000000", CultureInfo.InvariantCulture);
        return InCalendar(time)
            ? DateTimeOffset.FromUnixTimeSeconds(time.Seconds).UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss", CultureInfo.InvariantCulture) + fraction + "Z"
            : "@" + time.Seconds + fraction;
    }

    /// <summary>How long ago, in the unit that matters: <c>5 h</c>, <c>3 days</c>.</summary>
    public static string Age(TimeSpan age) => age switch
    {
        { Ticks: < 0 } => "in the future",
        { TotalMinutes: < 2 } => $"{(long)age.TotalSeconds} s",
        { TotalHours: < 2 } => $"{(long)age.TotalMinutes} min",
        { TotalDays: < 2 } => $"{(long)age.TotalHours} h",
        _ => $"{(long)age.TotalDays} days",
    };

    /// <summary>The first digits of an id, enough for a person to name it.</summary>
    public static string Short(Hash id) => id.ToString()[..8];

    public static string Percent(double share) => share.ToString("0.#", CultureInfo.InvariantCulture) + " %";

    /// <summary>The twelve permission bits and the kind, as <c>ls -l</c> shows them.</summary>
    public static string Mode(Entry entry)
    {
        Span<char> text = ['?', 'r', 'w', 'x', 'r', 'w', 'x', 'r', 'w', 'x'];
        text[0] = entry.Kind switch
        {
            EntryKind.File => '-',
            EntryKind.Directory => 'd',
            EntryKind.SymbolicLink => 'l',
            EntryKind.Fifo => 'p',
            EntryKind.Socket => 's',
            EntryKind.CharacterDevice => 'c',
            EntryKind.BlockDevice => 'b',
            _ => '?',
        };
        for (var bit = 0; bit < 9; bit++)
        {
            if ((entry.Mode & (0x100u >> bit)) == 0)
            {
                text[bit + 1] = '-';
            }
        }

        Special(ref text[3], entry.Mode & 0x800, 's');
        Special(ref text[6], entry.Mode & 0x400, 's');
        Special(ref text[9], entry.Mode & 0x200, 't');
        return text.ToString();
    }

    private static void Special(ref char place, uint set, char letter)
    {
        if (set != 0)
        {
            place = place == '-' ? char.ToUpperInvariant(letter) : letter;
        }
    }

    private static bool InCalendar(Timestamp time) => time.Seconds is >= -62_135_596_800 and <= 253_402_300_799;
}
