using System.Globalization;

namespace Backup.Engine.Policies;

/// <summary>
/// Says whether a text is a Quartz cron expression: seconds, minutes, hours, day of month, month, day of week, and perhaps a year.
/// It knows the form, so that a policy is refused before the night; Quartz itself decides what it means.
/// </summary>
internal static class CronText
{
    private static readonly string[] Months = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
    private static readonly string[] Days = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

    private static readonly Field[] Fields =
    [
        new("second", 0, 59), new("minute", 0, 59), new("hour", 0, 23), new("day of month", 1, 31),
        new("month", 1, 12, Months), new("day of week", 1, 7, Days), new("year", 1970, 2099),
    ];

    /// <summary>Null if it is one, else what is wrong with it.</summary>
    public static string? Problem(string text)
    {
        var parts = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length is not (6 or 7))
        {
            return $"has {parts.Length} fields instead of 6 or 7";
        }

        for (var i = 0; i < parts.Length; i++)
        {
            if (!IsField(parts[i], Fields[i]))
            {
                return $"has '{parts[i]}' as {Fields[i].Name}";
            }
        }

        return (parts[3] == "?") == (parts[5] == "?") ? "needs '?' as exactly one of day of month and day of week" : null;
    }

    private static bool IsField(string text, Field field)
    {
        if (text == "?")
        {
            return field.Name is "day of month" or "day of week";
        }

        foreach (var item in text.Split(','))
        {
            if (!IsItem(item, field))
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsItem(string item, Field field)
    {
        if (IsLast(item, field))
        {
            return true;
        }

        var slash = item.IndexOf('/', StringComparison.Ordinal);
        if (slash >= 0)
        {
            return IsNumber(item[(slash + 1)..], 1, field.Most, out _) && (slash == 0 || IsSpan(item[..slash], field));
        }

        return IsSpan(item, field);
    }

    private static bool IsSpan(string item, Field field)
    {
        var dash = item.IndexOf('-', StringComparison.Ordinal);
        return item == "*" || (dash < 0 ? IsValue(item, field) : IsValue(item[..dash], field) && IsValue(item[(dash + 1)..], field));
    }

    /// <summary>The forms that count from the end of the month or name its n-th weekday: L, L-3, LW, 15W, 6L, FRI#2.</summary>
    private static bool IsLast(string item, Field field)
    {
        var hash = item.IndexOf('#', StringComparison.Ordinal);
        return field.Name switch
        {
            "day of month" => item is "L" or "LW" || (item.StartsWith("L-", StringComparison.Ordinal) && IsNumber(item[2..], 1, 30, out _)) ||
                (item.EndsWith('W') && IsValue(item[..^1], field)),
            "day of week" => item is "L" || (item.EndsWith('L') && IsValue(item[..^1], field)) ||
                (hash > 0 && IsValue(item[..hash], field) && IsNumber(item[(hash + 1)..], 1, 5, out _)),
            _ => false,
        };
    }

    private static bool IsValue(string text, Field field) =>
        IsNumber(text, field.Least, field.Most, out _) || (field.Names is not null && Array.IndexOf(field.Names, text.ToUpperInvariant()) >= 0);

    private static bool IsNumber(string text, int least, int most, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number >= least && number <= most;

    private sealed record Field(string Name, int Least, int Most, string[]? Names = null);
}
