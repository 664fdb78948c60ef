using System.Text;
using Backup.Databases.Rows;
using Backup.Engine.Policies;

namespace Backup.Databases.Maps;

/// <summary>Brings what a query says of a row's owner to the part in which the row lies.</summary>
/// <param name="persons">Who they are.</param>
/// <param name="classes">Those of the policy before those of the map.</param>
/// <param name="otherwise">The class of rows to which the map gives none; or null.</param>
/// <param name="now">No row belongs to a time that is not there yet.</param>
internal sealed class RowOwners(Persons persons, IReadOnlyList<RetentionClass> classes, string? otherwise, DateTimeOffset now)
{
    /// <summary>Classes with dates that are known at a time: a century and a half of days of one class.</summary>
    private const int MostKnown = 1 << 16;

    private const int DateLength = 10;

    private readonly Dictionary<string, (string? Class, string? Period)> _known = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _periods = new(StringComparer.Ordinal);
    private readonly string _today = now.UtcDateTime.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture);
    private char[] _words = new char[512];

    /// <summary>The part of a row that has an owner.</summary>
    public PartKey PartOf(RowOwner owner)
    {
        var date = owner.Starts.Length > DateLength ? owner.Starts[..DateLength] : owner.Starts;
        var longest = Math.Max(owner.Owner.Length, owner.Class.Length + DateLength + 1);
        if (_words.Length < longest)
        {
            _words = new char[longest * 2];
        }

        var words = _words.AsSpan();
        var subject = persons.Find(words[..Encoding.UTF8.GetChars(owner.Owner, words)]);
        var length = Encoding.UTF8.GetChars(owner.Class, words);
        words[length++] = '\0';
        length += Encoding.UTF8.GetChars(date, words[length..]);
        var (named, period) = TimeOf(words[..length]);
        return new PartKey(subject, named, period);
    }

    /// <summary>Class and period of a class and a date with a zero between; the same words are looked up once, and the same period is one text.</summary>
    private (string? Class, string? Period) TimeOf(ReadOnlySpan<char> words)
    {
        var lookup = _known.GetAlternateLookup<ReadOnlySpan<char>>();
        if (lookup.TryGetValue(words, out var known))
        {
            return known;
        }

        if (_known.Count >= MostKnown)
        {
            _known.Clear();
        }

        var end = words.IndexOf('\0');
        var (named, date) = (end > 0 ? words[..end].ToString() : otherwise, words[(end + 1)..].ToString());
        var unit = classes.FirstOrDefault(each => each.Name == named)?.Unit ?? PeriodUnit.Year;
        var period = Period.Of(unit, string.CompareOrdinal(date, _today) > 0 ? _today : date);
        if (period is not null && !_periods.TryAdd(period, period))
        {
            period = _periods[period];
        }

        return lookup[words] = (named, period);
    }
}
