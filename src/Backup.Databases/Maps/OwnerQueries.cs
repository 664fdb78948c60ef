using Backup.Engine.Policies;

namespace Backup.Databases.Maps;

/// <summary>
/// Makes of a data map the SQL that says whose rows are. Each table that leads to an owner is joined under a name that tells the way to it
/// (<c>thread_entry/thread/ticket</c>), so that two ways to one table do not meet.
/// </summary>
/// <param name="map">The map.</param>
/// <param name="dialect">The server's.</param>
/// <param name="tables">The tables that are there, with prefix. What the map says of others is left out.</param>
internal sealed class OwnerQueries(DataMap map, ISqlDialect dialect, IReadOnlySet<string> tables)
{
    public const string Null = "NULL";

    /// <summary>The owner of a table's rows; null: they are nobody's.</summary>
    /// <param name="entry">What the map says of it.</param>
    /// <param name="name">The table, without prefix.</param>
    public OwnerSql? Of(MapTable entry, string name)
    {
        if (entry.Content != MapContent.Owned)
        {
            return null;
        }

        var joins = new List<string>();
        var way = Follow(entry, name, joins);
        return new OwnerSql(dialect.Quote(name), string.Concat(joins.Select(static join => "\n" + join)), way.Owner, way.Class, way.Starts);
    }

    /// <summary>Key and identifiers of every person of a kind; null if the table is not there.</summary>
    public string? PersonsOf(MapSubject subject)
    {
        if (!tables.Contains(map.Prefix + subject.Table))
        {
            return null;
        }

        string Rename(string text) => MapExpression.Rename(text, name => dialect.Quote(name == subject.Table ? name : $"{subject.Table}/{name}"));
        var joins = subject.Joins.Where(join => tables.Contains(map.Prefix + join.Table))
            .Select(join => $"\nLEFT JOIN {dialect.Quote(map.Prefix + join.Table)} AS {dialect.Quote($"{subject.Table}/{join.Name}")} ON {Rename(join.On)}");
        var missing = subject.Joins.Where(join => !tables.Contains(map.Prefix + join.Table)).Select(static join => join.Name).ToHashSet(StringComparer.Ordinal);
        var identifiers = subject.Identifiers.Where(identifier => !MapExpression.TablesOf(identifier.Text).Overlaps(missing))
            .Select(identifier => dialect.Concat(dialect.Literal(identifier.Type + ":"), Filled(Rename(identifier.Text))));
        var columns = string.Join(", ", identifiers.Prepend(dialect.Text(Rename(subject.Key))));
        var order = subject.Order is null || MapExpression.TablesOf(subject.Order).Overlaps(missing) ? "" : $", {Rename(subject.Order)}";
        return $"SELECT {columns}\nFROM {dialect.Quote(map.Prefix + subject.Table)} AS {dialect.Quote(subject.Table)}{string.Concat(joins)}\nORDER BY {Rename(subject.Key)}{order}";
    }

    /// <summary>The owner of the rows of a table that the query knows under a name.</summary>
    private OwnerWay Follow(MapTable entry, string alias, List<string> joins)
    {
        var missing = new HashSet<string>(StringComparer.Ordinal);
        foreach (var join in entry.Joins)
        {
            var isThere = tables.Contains(map.Prefix + join.Table) && !MapExpression.TablesOf(join.On).Overlaps(missing);
            if (isThere)
            {
                joins.Add($"LEFT JOIN {dialect.Quote(map.Prefix + join.Table)} AS {dialect.Quote($"{alias}/{join.Name}")} ON {Rename(entry, alias, join.On)}");
            }
            else
            {
                missing.Add(join.Name);
            }
        }

        var ways = entry.Owners.Select(owner => Follow(entry, alias, owner, missing, joins)).OfType<OwnerWay>().ToList();
        if (ways.Count == 0)
        {
            return new OwnerWay(Null, Null, Null);
        }

        // What the table does not say itself is that of the row from which the owner comes; of an own owner, that of the first row that is asked.
        var inherited = ways.Find(static way => way.IsInherited);
        var own = OwnClass(entry, alias, missing);
        var starts = entry.Starts is { } text && !MapExpression.TablesOf(text).Overlaps(missing) ? dialect.Text(Rename(entry, alias, text)) : null;
        return new OwnerWay(
            ways.Count == 1 ? ways[0].Owner : $"COALESCE({string.Join(", ", ways.Select(static way => way.Owner))})",
            own ?? Choose(ways, way => way.IsInherited ? way.Class : inherited?.Class ?? Null),
            starts ?? Choose(ways, way => way.IsInherited ? way.Starts : inherited?.Starts ?? Null));
    }

    private OwnerWay? Follow(MapTable entry, string alias, MapOwner owner, HashSet<string> missing, List<string> joins)
    {
        switch (owner)
        {
            case MapOwner.ByKey key when !MapExpression.TablesOf(key.Text).Overlaps(missing):
                return new OwnerWay(dialect.Concat(dialect.Literal(key.Subject + ":"), Filled(Rename(entry, alias, key.Text))), Null, Null);
            case MapOwner.ByIdentifier identifier when !MapExpression.TablesOf(identifier.Text).Overlaps(missing):
                return new OwnerWay(dialect.Concat(dialect.Literal($"={identifier.Type}:"), Filled(Rename(entry, alias, identifier.Text))), Null, Null);
            case MapOwner.OfJoined of when !missing.Contains(of.Join) && map.Find(entry.Joins.First(join => join.Name == of.Join).Table) is { } other:
                return Follow(other, $"{alias}/{of.Join}", joins) with { IsInherited = true };
            case MapOwner.OfOne one when tables.Contains(map.Prefix + one.Table) && map.Find(one.Table) is { } other:
                return FollowOne(alias, one, other, joins);
            default:
                return null;
        }
    }

    /// <summary>The rows of another table that name this one, as one row: with an owner only if all have the same.</summary>
    private OwnerWay FollowOne(string alias, MapOwner.OfOne one, MapTable other, List<string> joins)
    {
        var inner = new List<string>();
        var name = $"{alias}/{one.Table}s";
        var way = Follow(other, $"{alias}/{one.Table}", inner);
        var (from, group) = (dialect.Quote($"{alias}/{one.Table}"), $"{dialect.Quote($"{alias}/{one.Table}")}.{dialect.Quote(one.Column)}");
        var where = one.Where is null ? "" : $" WHERE {Rename(other, $"{alias}/{one.Table}", one.Where)}";
        joins.Add(
            $"LEFT JOIN (SELECT {group} AS named, MIN({way.Owner}) AS owner, MIN({way.Class}) AS class, MAX({way.Starts}) AS starts"
            + $" FROM {dialect.Quote(map.Prefix + one.Table)} AS {from} {string.Join(' ', inner)}{where} GROUP BY {group}"
            + $" HAVING COUNT(DISTINCT {way.Owner}) = 1 AND COUNT({way.Owner}) = COUNT(*)) AS {dialect.Quote(name)}"
            + $" ON {dialect.Quote(name)}.named = {dialect.Quote(alias)}.{dialect.Quote(one.NamedBy)}");
        var quoted = dialect.Quote(name);
        return new OwnerWay($"{quoted}.owner", $"{quoted}.class", $"{quoted}.starts") { IsInherited = true };
    }

    private string? OwnClass(MapTable entry, string alias, HashSet<string> missing)
    {
        if (entry.Classes is not { } classes)
        {
            return null;
        }

        var usable = classes.Where(each => each.When is null || !MapExpression.TablesOf(each.When).Overlaps(missing)).ToList();
        var cases = usable.TakeWhile(static each => each.When is not null).Select(each => $" WHEN {Rename(entry, alias, each.When!)} THEN {dialect.Literal(each.Name)}");
        var last = usable.FirstOrDefault(static each => each.When is null) is { } otherwise ? dialect.Literal(otherwise.Name) : Null;
        var text = string.Concat(cases);
        return text.Length == 0 ? last : $"CASE{text} ELSE {last} END";
    }

    /// <summary>What belongs to the first way that gives an owner.</summary>
    private static string Choose(List<OwnerWay> ways, Func<OwnerWay, string> part)
    {
        var parts = ways.ConvertAll(way => part(way));
        return parts.Distinct(StringComparer.Ordinal).Count() == 1 ? parts[0]
            : $"CASE{string.Concat(ways.Zip(parts, static (way, text) => $" WHEN {way.Owner} IS NOT NULL THEN {text}"))} END";
    }

    /// <summary>A text that says something: nobody has the key 0.</summary>
    private string Filled(string expression) => $"NULLIF(NULLIF({dialect.Text(expression)}, {dialect.Literal("0")}), {dialect.Literal("")})";

    private string Rename(MapTable entry, string alias, string text) =>
        MapExpression.Rename(text, name => dialect.Quote(name == entry.Name || name == "row" ? alias : $"{alias}/{name}"));

    private sealed record OwnerWay(string Owner, string Class, string Starts)
    {
        public bool IsInherited { get; init; }
    }
}
