using Backup.Engine.Format;

namespace Backup.Engine.Policies;

/// <summary>How finely a class divides its data by time.</summary>
public enum PeriodUnit
{
    Year,
    Month,
    Day,
}

/// <summary>The text that names a period: <c>2026</c>, <c>2026-11</c> or <c>2026-11-23</c>. Dates are those of UTC, so that two hosts agree.</summary>
public static class Period
{
    /// <summary>
    /// The period of a file by its mtime. An mtime in the future counts as <paramref name="seen"/>: a file with a wrong date must not stay for ever.
    /// </summary>
    /// <param name="unit">How finely the class divides.</param>
    /// <param name="modified">The file's mtime.</param>
    /// <param name="seen">When the file was first seen: the start of the run.</param>
    public static string Of(PeriodUnit unit, Timestamp modified, DateTimeOffset seen)
    {
        var first = DateTimeOffset.MinValue.ToUnixTimeSeconds();
        var seconds = Math.Clamp(modified.Seconds, first, seen.ToUnixTimeSeconds());
        return Format(unit, DateTimeOffset.FromUnixTimeSeconds(seconds).UtcDateTime);
    }

    /// <summary>The period that a text gives: <c>YYYY</c>, <c>YYYY-MM</c> or <c>YYYY-MM-DD</c>. A coarser text than the class divides stays as it is.</summary>
    /// <returns>Null if the text is no such date.</returns>
    public static string? Of(PeriodUnit unit, string text)
    {
        if (!TryParse(text, out var given, out var first))
        {
            return null;
        }

        return Format(given < unit ? given : unit, first.ToDateTime(TimeOnly.MinValue));
    }

    /// <summary>The first day of a period and the first day after it.</summary>
    public static bool TryRange(string period, out DateOnly first, out DateOnly next)
    {
        var understood = TryParse(period, out var unit, out first);
        next = !understood || first.Year == 9999 ? DateOnly.MaxValue
            : unit switch { PeriodUnit.Year => first.AddYears(1), PeriodUnit.Month => first.AddMonths(1), _ => first.AddDays(1) };
        return understood;
    }

    /// <summary>
    /// Reads exactly these forms, in ASCII digits. By hand: the framework's exact parsing loads calendars and cultures, 7 ms in each process.
    /// </summary>
    internal static bool TryParse(string text, out PeriodUnit unit, out DateOnly first)
    {
        unit = text.Length switch { 4 => PeriodUnit.Year, 7 => PeriodUnit.Month, _ => PeriodUnit.Day };
        first = default;
        var (year, month, day) = (Digits(text, 0, 4), 1, 1);
        if (unit >= PeriodUnit.Month)
        {
            month = text.Length > 4 && text[4] == '-' ? Digits(text, 5, 2) : 0;
        }

        if (unit == PeriodUnit.Day)
        {
            day = text.Length == 10 && text[7] == '-' ? Digits(text, 8, 2) : 0;
        }

        if (year < 1 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month))
        {
            return false;
        }

        first = new DateOnly(year, month, day);
        return true;
    }

    /// <summary>The number that so many digits give, or −1.</summary>
    private static int Digits(string text, int start, int count)
    {
        var number = 0;
        for (var i = start; i < start + count; i++)
        {
            if (i >= text.Length || !char.IsAsciiDigit(text[i]))
            {
                return -1;
            }

            number = (number * 10) + (text[i] - '0');
        }

        return number;
    }

    private static string Format(PeriodUnit unit, DateTime day)
    {
        Span<char> text = stackalloc char[10];
        Write(text[..4], day.Year);
        text[4] = '-';
        Write(text[5..7], day.Month);
        text[7] = '-';
        Write(text[8..], day.Day);
        return text[..(unit switch { PeriodUnit.Year => 4, PeriodUnit.Month => 7, _ => 10 })].ToString();
    }

    private static void Write(Span<char> text, int number)
    {
        for (var i = text.Length - 1; i >= 0; i--, number /= 10)
        {
            text[i] = (char)('0' + (number % 10));
        }
    }
}

/// <summary>Where an entry's period comes from: nowhere, its mtime, or a text that its path gave.</summary>
/// <param name="Text">The period itself, when the path gave it.</param>
/// <param name="Unit">How finely an mtime divides; null if no mtime counts.</param>
public readonly record struct PeriodSource(string? Text, PeriodUnit? Unit)
{
    public static PeriodSource None => default;

    public bool IsNone => Text is null && Unit is null;

    public static PeriodSource ByMtime(PeriodUnit unit) => new(null, unit);

    public static PeriodSource Fixed(string text) => new(text, null);

    /// <summary>
    /// The period of an entry that is seen for the first time, or null if it has none. It is fixed then: the caller keeps it for an entry that it knows.
    /// </summary>
    /// <param name="modified">The entry's mtime.</param>
    /// <param name="seen">The start of the run.</param>
    public string? Of(Timestamp modified, DateTimeOffset seen) => Text ?? (Unit is { } unit ? Period.Of(unit, modified, seen) : null);
}
