using System.Text;
using Backup.Databases.Rows;
using Backup.Engine.Policies;

namespace Backup.Databases.Maps;

/// <summary>Brings what a query says of a row's owner to the part in which the row lies. The same words give the same part, so they are looked up once.</summary>
/// <param name="persons">Who they are.</param>
/// <param name="classes">Those of the policy before those of the map.</param>
/// <param name="otherwise">The class of rows to which the map gives none; or null.</param>
/// <param name="now">No row belongs to a time that is not there yet.</param>
internal sealed class RowOwners(Persons persons, IReadOnlyList<RetentionClass> classes, string? otherwise, DateTimeOffset now)
{
    /// <summary>Rows come by their own key, so words come again soon or never.</summary>
    private const int MostKnown = 1 << 16;

    private const int DateLength = 10;

    private readonly Dictionary<string, PartKey> _known = new(StringComparer.Ordinal);
    private readonly Dictionary<string, RetentionClass?> _classes = new(StringComparer.Ordinal);
    private char[] _words = new char[512];

    /// <summary>The part of a row that has an owner.</summary>
    public PartKey PartOf(RowOwner owner)
    {
        var date = owner.Starts.Length > DateLength ? owner.Starts[..DateLength] : owner.Starts;
        var longest = owner.Owner.Length + owner.Class.Length + DateLength + 2;
        if (_words.Length < longest)
        {
            _words = new char[longest * 2];
        }

        var words = _words.AsSpan();
        var length = Encoding.UTF8.GetChars(owner.Owner, words);
        words[length++] = '\0';
        length += Encoding.UTF8.GetChars(owner.Class, words[length..]);
        words[length++] = '\0';
        length += Encoding.UTF8.GetChars(date, words[length..]);
        var known = _known.GetAlternateLookup<ReadOnlySpan<char>>();
        if (known.TryGetValue(words[..length], out var part))
        {
            return part;
        }

        if (_known.Count >= MostKnown)
        {
            _known.Clear();
        }

        var texts = new string(words[..length]).Split('\0');
        var named = texts[1].Length > 0 ? texts[1] : otherwise;
        part = new PartKey(persons.Find(texts[0]), named, PeriodOf(named ?? "", texts[2]));
        known[words[..length]] = part;
        return part;
    }

    /// <summary>The calendar year, unless the class is shorter; null without a date.</summary>
    private string? PeriodOf(string name, string date)
    {
        if (!_classes.TryGetValue(name, out var rules))
        {
            _classes[name] = rules = classes.FirstOrDefault(each => each.Name == name);
        }

        var unit = rules?.Unit ?? PeriodUnit.Year;
        var today = now.UtcDateTime.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture);
        return Period.Of(unit, string.CompareOrdinal(date, today) > 0 ? today : date);
    }
}
