namespace Backup.Engine.Policies;

/// <summary>Reads the retention classes of a tenant, and remembers how they are used.</summary>
internal sealed class ClassReader
{
    public static readonly string[] Keys = ["keep", "delete_after", "retain_until", "from", "starts", "basis"];
    public static readonly string[] KeepKeys = ["last", "hourly", "daily", "weekly", "monthly", "yearly"];

    private const int MostKept = 100_000;

    /// <summary>In the order of <see cref="RetentionStart"/>.</summary>
    private static readonly string[] Starts = ["event", "year_end"];

    private readonly List<LocatedClass> _classes = [];
    private readonly HashSet<string> _used = new(StringComparer.Ordinal);
    private readonly HashSet<string> _usedWithoutStart = new(StringComparer.Ordinal);

    /// <param name="node">The value of <c>classes</c>, or null if there are none.</param>
    /// <param name="reading">The policy.</param>
    public ClassReader(PolicyNode? node, PolicyReading reading)
    {
        if (node is null || PolicyFields.OfAny(node, "the classes", reading) is not { } all)
        {
            return;
        }

        foreach (var (name, value) in all.Entries)
        {
            if (!PolicyKinds.IsId(name.Text))
            {
                reading.Faults.Add(
                    name,
                    $"The class is called {PolicyReading.Quote(name.Text)}, which cannot be typed as a name.",
                    PolicyKinds.IdForm);
            }

            if (PolicyFields.Of(value, "a class", Keys, reading) is { } fields)
            {
                _classes.Add(new LocatedClass(Read(name.Text, fields), fields));
            }
        }
    }

    public IReadOnlyList<RetentionClass> Classes => _classes.ConvertAll(each => each.Class);

    /// <summary>The class that a key names, or null; a fault if there is none of that name.</summary>
    /// <param name="fields">The mapping of a source or rule.</param>
    /// <param name="hasStart">Whether the mapping itself says where the date comes from.</param>
    public RetentionClass? Find(PolicyFields fields, bool hasStart)
    {
        if (fields.Text("class") is not { } name)
        {
            return null;
        }

        foreach (var (found, _) in _classes)
        {
            if (found.Name == name)
            {
                _used.Add(name);
                if (!hasStart)
                {
                    _usedWithoutStart.Add(name);
                }

                return found;
            }
        }

        var nearest = KnownKeys.Nearest(name, _classes.Select(each => each.Class.Name));
        fields.Fault(
            "class",
            $"The class {PolicyReading.Quote(name)} is not defined.",
            nearest.Length > 0 ? $"Write '{nearest}', or define it under 'classes:'." : "Define it under 'classes:'.");
        return null;
    }

    /// <summary>A fault for each class that counts from a date and does not say from which.</summary>
    public void CheckStarts()
    {
        foreach (var (each, fields) in _classes)
        {
            var key = each.DeleteAfter is not null ? "delete_after" : "from";
            if (each.Starts is null && fields.Has(key) && (_usedWithoutStart.Contains(each.Name) || !_used.Contains(each.Name)))
            {
                fields.Fault(
                    key,
                    $"The class '{each.Name}' has '{key}' and does not say from which date it counts.",
                    "Add 'starts: mtime', or the placeholder that holds the date, like 'starts: \"{year}\"'.");
            }
        }
    }

    private static RetentionClass Read(string name, PolicyFields fields)
    {
        var deleteAfter = fields.Period("delete_after");
        var retainUntil = fields.Period("retain_until");
        var starts = fields.Text("starts");
        if (fields.Has("from") && deleteAfter is null && retainUntil is null)
        {
            fields.Fault(
                "from",
                $"The class '{name}' has 'from' and neither 'retain_until' nor 'delete_after'.",
                "Add the time that counts from there, or remove 'from'.");
        }

        if (deleteAfter?.ApproximateDays < retainUntil?.ApproximateDays)
        {
            fields.Fault(
                "delete_after",
                $"The class '{name}' must be deleted after {deleteAfter} and kept for {retainUntil}.",
                "Make 'delete_after' at least as long as 'retain_until'.");
        }

        if (starts is not (null or RetentionClass.ByMtime) && !(TextTemplate.Parse(starts) is { } template && template.Placeholders.Any()))
        {
            fields.Fault(
                "starts",
                $"'starts' is {PolicyReading.Quote(starts)}, which is neither 'mtime' nor a placeholder.",
                "Write 'starts: mtime', or a placeholder of the rule's match in quotes, like 'starts: \"{year}\"'.");
        }

        return new RetentionClass
        {
            Name = name,
            Keep = KeepOf(fields),
            DeleteAfter = deleteAfter,
            RetainUntil = retainUntil,
            From = (RetentionStart)fields.Word("from", 0, Starts),
            Starts = starts,
            Basis = fields.Text("basis"),
        };
    }

    private static KeepCounts KeepOf(PolicyFields fields)
    {
        if (fields.Find("keep") is not { } node || PolicyFields.Of(node, "a keep rule", KeepKeys, fields.Reading) is not { } keep)
        {
            return KeepCounts.None;
        }

        if (keep.Entries.Count == 0)
        {
            fields.Fault(
                "keep",
                "'keep' is empty, which says nothing.",
                "Write how many, like '{ daily: 7, weekly: 4, monthly: 12 }', or remove it.");
        }

        return new KeepCounts(Count("last"), Count("hourly"), Count("daily"), Count("weekly"), Count("monthly"), Count("yearly"));

        int Count(string key) => keep.Integer(key, 0, 1, MostKept);
    }

    private sealed record LocatedClass(RetentionClass Class, PolicyFields Fields);
}
