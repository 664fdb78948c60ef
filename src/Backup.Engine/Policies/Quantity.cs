using System.Globalization;

namespace Backup.Engine.Policies;

/// <summary>Durations, sizes and rates as people write them: <c>30min</c>, <c>7d</c>, <c>8y</c>, <c>64MiB</c>, <c>20MiB/s</c>.</summary>
public static class Quantity
{
    /// <summary>What a duration looks like, for messages.</summary>
    public const string DurationForm = "a whole number and s, min, h, d, w, mo or y, like 30min, 7d, 4w, 12mo or 8y";

    /// <summary>What a duration without months and years looks like, for messages.</summary>
    public const string ExactDurationForm = "a whole number and s, min, h, d or w, like 90s, 30min or 7d";

    /// <summary>What a size looks like, for messages.</summary>
    public const string SizeForm = "a number and B, KiB, MiB, GiB or TiB (or kB, MB, GB, TB in thousands), like 64MiB";

    /// <summary>What a rate looks like, for messages.</summary>
    public const string RateForm = "a size of bytes and /s, like 20MiB/s";

    /// <summary>A thousand years: more is a slip of the keyboard, and would leave the calendar.</summary>
    private const int MostMonths = 12_000;

    private const long MostSeconds = 366_000L * 86_400;

    private static readonly (string Unit, long Seconds)[] ExactUnits = [("w", 604_800), ("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)];

    private static readonly (string Unit, long Bytes)[] SizeUnits =
    [
        ("TiB", 1L << 40), ("GiB", 1L << 30), ("MiB", 1L << 20), ("KiB", 1L << 10),
        ("TB", 1_000_000_000_000), ("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1_000), ("KB", 1_000), ("B", 1),
    ];

    /// <summary>Reads a duration, months and years included.</summary>
    public static bool TryPeriod(string text, out CalendarPeriod period)
    {
        period = default;
        var unit = Unit(text);
        if (!long.TryParse(text.AsSpan(0, text.Length - unit.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var count))
        {
            return false;
        }

        var months = unit switch { "y" => 12, "mo" => 1, _ => 0 };
        if (months > 0)
        {
            period = new CalendarPeriod((int)Math.Min(count, MostMonths) * months, TimeSpan.Zero);
            return count <= MostMonths / months;
        }

        foreach (var (name, seconds) in ExactUnits)
        {
            if (unit.SequenceEqual(name) && count <= MostSeconds / seconds)
            {
                period = new CalendarPeriod(0, TimeSpan.FromSeconds(count * seconds));
                return true;
            }
        }

        return false;
    }

    /// <summary>Reads a duration that does not depend on the calendar: no months, no years.</summary>
    public static bool TryDuration(string text, out TimeSpan duration)
    {
        var understood = TryPeriod(text, out var period) && period.Months == 0;
        duration = period.Exact;
        return understood;
    }

    /// <summary>Reads a size in bytes. A number without a unit counts bytes.</summary>
    public static bool TrySize(string text, out long bytes)
    {
        bytes = 0;
        var unit = Unit(text);
        if (!decimal.TryParse(text.AsSpan(0, text.Length - unit.Length), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var count))
        {
            return false;
        }

        foreach (var (name, factor) in SizeUnits)
        {
            if ((unit.IsEmpty && factor == 1) || unit.SequenceEqual(name))
            {
                return count <= long.MaxValue / factor && IsWhole(count * factor, out bytes);
            }
        }

        return false;
    }

    /// <summary>Reads a rate in bytes per second.</summary>
    public static bool TryRate(string text, out long bytesPerSecond)
    {
        bytesPerSecond = 0;
        return text.EndsWith("B/s", StringComparison.Ordinal) && TrySize(text[..^2], out bytesPerSecond) && bytesPerSecond > 0;
    }

    /// <summary>Writes a duration so that <see cref="TryPeriod"/> reads it back.</summary>
    public static string Format(CalendarPeriod period)
    {
        if (period.Months > 0)
        {
            return period.Months % 12 == 0 ? $"{period.Months / 12}y" : $"{period.Months}mo";
        }

        var total = (long)period.Exact.TotalSeconds;
        foreach (var (unit, seconds) in ExactUnits)
        {
            // Weeks are read and not written: "30d" beside "28d" compares better than beside "4w".
            if (unit != "w" && total % seconds == 0 && (total > 0 || unit == "d"))
            {
                return $"{total / seconds}{unit}";
            }
        }

        return $"{total}s";
    }

    /// <summary>Writes a duration so that <see cref="TryDuration"/> reads it back.</summary>
    public static string Format(TimeSpan duration) => Format(new CalendarPeriod(0, duration));

    /// <summary>Writes a size so that <see cref="TrySize"/> reads it back, in the largest unit that gives a whole number.</summary>
    public static string FormatSize(long bytes)
    {
        foreach (var (unit, factor) in SizeUnits)
        {
            if (bytes > 0 && bytes % factor == 0)
            {
                return $"{bytes / factor}{unit}";
            }
        }

        return $"{bytes}B";
    }

    private static ReadOnlySpan<char> Unit(string text)
    {
        var start = text.Length;
        while (start > 0 && char.IsAsciiLetter(text[start - 1]))
        {
            start--;
        }

        return text.AsSpan(start);
    }

    private static bool IsWhole(decimal value, out long whole)
    {
        whole = (long)value;
        return whole == value && value >= 0;
    }
}
