namespace Backup.Engine.Policies;

/// <summary>What of a data map can be found wrong without a database: names that nothing has, and owners that lead in a circle.</summary>
internal static class DataMapCheck
{
    /// <param name="map">As it was read.</param>
    /// <param name="fields">Where it stands.</param>
    /// <param name="classes">Names of classes that the policy defines.</param>
    public static void Run(DataMap map, PolicyFields fields, IReadOnlyCollection<string> classes)
    {
        IReadOnlyList<string> known = [.. classes, .. map.Classes.Select(static each => each.Name)];
        foreach (var table in map.Tables)
        {
            void Fault(string message, string remedy) => fields.Fault("tables", $"The table '{table.Name}' {message}", remedy);
            foreach (var name in (table.Classes ?? []).Select(static each => each.Name).Where(name => !known.Contains(name, StringComparer.Ordinal)))
            {
                Fault($"uses the class {PolicyReading.Quote(name)}, which is not defined.", "Define it under 'classes:' in the map or in the policy.");
            }

            if (table.Content != MapContent.Owned && (table.Owners.Count > 0 || table.Joins.Count > 0))
            {
                Fault("has owners and says that its rows are nobody's.", "Remove 'owner' and 'join', or 'shared' and 'derived'.");
            }
            else if (table is { Content: MapContent.Owned, Owners.Count: 0 })
            {
                Fault("says nothing of whose its rows are.", "Add 'owner: …', 'shared: true' or 'derived: true'.");
            }

            CheckOwners(map, table, Fault);
        }

        foreach (var name in map.Subjects.Keys.Where(static name => SubjectIdentifier.RuleTypes.Contains(name, StringComparer.Ordinal) || name is "of" or "one_of"))
        {
            fields.Fault("subjects", $"A kind of person is called '{name}', which means something else under 'owner:'.", "Call it person, user, client or the like.");
        }

        foreach (var subject in map.Subjects.Values)
        {
            CheckExpression(subject.Key, [subject.Table, .. Names(subject.Joins)], $"The subject '{subject.Name}'", fields);
            foreach (var identifier in subject.Identifiers)
            {
                CheckExpression(identifier.Text, [subject.Table, .. Names(subject.Joins)], $"The subject '{subject.Name}'", fields);
            }
        }

        CheckNames(map, fields);
        CheckCircles(map, fields);
    }

    private static void CheckOwners(DataMap map, MapTable table, Action<string, string> fault)
    {
        foreach (var owner in table.Owners)
        {
            switch (owner)
            {
                case MapOwner.ByKey key when !map.Subjects.ContainsKey(key.Subject):
                    fault($"has an owner of the kind {PolicyReading.Quote(key.Subject)}, which 'subjects' does not define.", $"Write one of {string.Join(", ", map.Subjects.Keys)}, email, customer, of, one_of.");
                    break;
                case MapOwner.OfJoined of when table.Joins.All(join => join.Name != of.Join):
                    fault($"takes the owner of {PolicyReading.Quote(of.Join)}, which is not joined.", "Add it under 'join:'.");
                    break;
                case MapOwner.OfJoined of when map.Find(TableOf(table, of.Join)) is not { Content: MapContent.Owned }:
                    fault($"takes the owner of {PolicyReading.Quote(of.Join)}, whose rows have none.", "Name a table that has an 'owner:'.");
                    break;
                case MapOwner.OfOne other when map.Find(other.Table) is not { Content: MapContent.Owned }:
                    fault($"takes the owner from {PolicyReading.Quote(other.Table)}, whose rows have none.", "Name a table that has an 'owner:'.");
                    break;
            }
        }
    }

    private static void CheckNames(DataMap map, PolicyFields fields)
    {
        foreach (var table in map.Tables.Where(static table => !table.IsPattern))
        {
            IReadOnlyList<string> scope = [table.Name, .. Names(table.Joins)];
            foreach (var text in Expressions(table))
            {
                CheckExpression(text, scope, $"The table '{table.Name}'", fields);
            }
        }
    }

    private static IEnumerable<string> Expressions(MapTable table) =>
    [
        .. table.Joins.Select(static join => join.On),
        .. table.Owners.Select(static owner => owner switch { MapOwner.ByKey key => key.Text, MapOwner.ByIdentifier identifier => identifier.Text, _ => null }).OfType<string>(),
        .. (table.Classes ?? []).Select(static each => each.When).OfType<string>(),
        .. table.Starts is { } starts ? [starts] : Array.Empty<string>(),
    ];

    private static void CheckExpression(string text, IReadOnlyList<string> scope, string what, PolicyFields fields)
    {
        foreach (var name in MapExpression.TablesOf(text).Where(name => !scope.Contains(name, StringComparer.Ordinal)))
        {
            fields.Fault("tables", $"{what} names {PolicyReading.Quote(name)} in {PolicyReading.Quote(text)}, which is not joined.", $"Join it, or name one of {string.Join(", ", scope)}.");
        }
    }

    /// <summary>An owner that is taken from a row that takes it from this one is nobody at all.</summary>
    private static void CheckCircles(DataMap map, PolicyFields fields)
    {
        var done = new HashSet<string>(StringComparer.Ordinal);
        foreach (var table in map.Tables)
        {
            var path = new List<string>();
            if (FindCircle(map, table, path, done))
            {
                fields.Fault("tables", $"The owners of {string.Join(" → ", path)} are taken in a circle.", "Begin with the table whose rows name the person.");
                return;
            }
        }
    }

    private static bool FindCircle(DataMap map, MapTable table, List<string> path, HashSet<string> done)
    {
        if (path.Contains(table.Name, StringComparer.Ordinal))
        {
            path.Add(table.Name);
            return true;
        }

        if (done.Contains(table.Name))
        {
            return false;
        }

        path.Add(table.Name);
        foreach (var owner in table.Owners)
        {
            var next = owner switch { MapOwner.OfJoined of => map.Find(TableOf(table, of.Join)), MapOwner.OfOne other => map.Find(other.Table), _ => null };
            if (next is not null && FindCircle(map, next, path, done))
            {
                return true;
            }
        }

        path.RemoveAt(path.Count - 1);
        done.Add(table.Name);
        return false;
    }

    private static string TableOf(MapTable table, string join) => table.Joins.FirstOrDefault(each => each.Name == join)?.Table ?? join;

    private static IEnumerable<string> Names(IReadOnlyList<MapJoin> joins) => joins.Select(static join => join.Name);
}
