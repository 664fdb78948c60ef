using Backup.Engine.Policies;
using Backup.Engine.Sources;

namespace Backup.Databases.Maps;

/// <summary>
/// Foreign keys that would lead nowhere when a snapshot is loaded after an erasure: a row stays, the row that it names is gone, and neither the
/// map nor the table says what stands there then. A column that may be NULL becomes NULL by itself.
/// </summary>
/// <param name="map">The map.</param>
/// <param name="tables">Those of the database.</param>
/// <param name="classes">Those of the policy before those of the map.</param>
internal sealed class KeyLint(DataMap map, IReadOnlyList<TableInfo> tables, IReadOnlyList<RetentionClass> classes)
{
    public IEnumerable<SourceRisk> Dangling() =>
        from table in tables
        let entry = map.EntryOf(table.Name)
        where entry is not { Content: MapContent.Derived }
        from key in table.References
        let other = tables.FirstOrDefault(each => each.FullName == key.Table)
        where other is not null && map.EntryOf(other.Name) is { Content: MapContent.Owned }
        let why = Remains(entry, key, map.EntryOf(other.Name)!)
        where why is not null && !IsMended(table, entry, key, map.EntryOf(other.Name)!)
        select new SourceRisk(
            false,
            $"rows of {table.FullName} {why} and name rows of {other.FullName} ({string.Join(", ", key.Columns)}), which go with their person: "
            + "loaded after an erasure, they would lead nowhere",
            $"Say in the map under 'references:' of {table.Name} what happens (null-columns or placeholder), and under 'placeholder:' of "
            + $"{other.Name} what a row in that place says.");

    /// <summary>Why a row stays when the one that it names goes; null if they go together.</summary>
    private string? Remains(MapTable? entry, ForeignKey key, MapTable other)
    {
        if (entry is not { Content: MapContent.Owned })
        {
            return "are nobody's";
        }

        return !IsOfSamePerson(entry, key, other) ? "may be another person's"
            : Classes(entry).Any(IsDuty) && !Classes(entry).SetEquals(Classes(other)) ? "are kept under a duty" : null;
    }

    /// <summary>Whether the map finds the owner by way of this key alone.</summary>
    private bool IsOfSamePerson(MapTable entry, ForeignKey key, MapTable other) => entry.Owners is [var owner] && owner switch
    {
        MapOwner.OfJoined of => entry.Joins.FirstOrDefault(join => join.Name == of.Join) is { } join
            && IsOther(join.Table, key) && Names(join.On, entry.Name, key),
        MapOwner.ByKey by => map.Subjects.GetValueOrDefault(by.Subject) is { } subject
            && IsOther(subject.Table, key) && Names(by.Text, entry.Name, key) && other.Owners is [MapOwner.ByKey whole] && whole.Subject == by.Subject,
        _ => false,
    };

    private bool IsOther(string table, ForeignKey key) => map.Prefix + table == key.Table[(key.Table.LastIndexOf('.') + 1)..];

    private static bool Names(string expression, string table, ForeignKey key) => key.Columns.All(column =>
        expression.Contains($"{table}.{column}", StringComparison.Ordinal)
        || expression.Contains($"row.{column}", StringComparison.Ordinal));

    private bool IsMended(TableInfo table, MapTable? entry, ForeignKey key, MapTable other)
    {
        var said = entry?.References.FirstOrDefault(
            reference => key.Columns.Contains(reference.Column, StringComparer.Ordinal) && IsOther(reference.Table, key));
        return said is null
            ? key.Columns.Any(column => table.Columns.Any(own => own.Name == column && own.IsNullable)) || other.Placeholder.Count > 0
            : said.WhenErased != WhenErased.DeleteRow || !Classes(entry!).Any(IsDuty);
    }

    private bool IsDuty(string name) => classes.FirstOrDefault(each => each.Name == name) is { RetainUntil: not null };

    /// <summary>The classes that rows of a table may have; if it says none, those of the rows from which the owner comes.</summary>
    private HashSet<string> Classes(MapTable entry) => entry.Classes is { } own
        ? own.Select(static each => each.Name).ToHashSet(StringComparer.Ordinal)
        : entry.Owners.Select(owner => owner switch
        {
            MapOwner.OfJoined of => entry.Joins.FirstOrDefault(join => join.Name == of.Join)?.Table,
            MapOwner.OfOne one => one.Table,
            _ => null,
        }).OfType<string>().Select(map.Find).OfType<MapTable>().SelectMany(Classes).ToHashSet(StringComparer.Ordinal);
}
