namespace Backup.Engine.Policies;

/// <summary>Reads data maps, all faults at once.</summary>
public static class DataMapFile
{
    public static readonly string[] Keys = ["application", "parameters", "classes", "subjects", "tables"];
    public static readonly string[] SubjectKeys = ["table", "key", "join", "identifiers", "order"];
    public static readonly string[] TableKeys = ["shared", "derived", "join", "owner", "class", "starts", "further", "references", "placeholder"];

    private static readonly string[] OneOfKeys = ["table", "column", "named_by", "where"];
    private static readonly string[] ReferenceKeys = ["column", "table", "key", "when_erased"];

    /// <summary>In the order of <see cref="WhenErased"/>.</summary>
    private static readonly string[] Actions = ["null-columns", "placeholder", "delete-row"];

    /// <summary>Reads a file.</summary>
    /// <param name="path">Absolute.</param>
    /// <param name="parameters">What the policy sets.</param>
    /// <param name="classes">Names of classes that the policy defines.</param>
    /// <exception cref="PolicyException">All that is wrong with it.</exception>
    public static DataMap Load(string path, IReadOnlyDictionary<string, string> parameters, IReadOnlyCollection<string> classes) =>
        Read(NamedFile.Read(path, path, "the data map", PolicyLoader.LongestBytes), path, parameters, classes);

    /// <summary>Reads the bytes of a file.</summary>
    internal static DataMap Read(ReadOnlySpan<byte> content, string file, IReadOnlyDictionary<string, string> parameters, IReadOnlyCollection<string> classes)
    {
        var faults = new PolicyFaults(file);
        var reading = new PolicyReading(faults, "/");
        DataMap? map = null;
        if (NamedFile.Parse(content, "the data map", faults) is { } root && PolicyFields.Of(root, "a data map", Keys, reading) is { } fields)
        {
            map = Read(fields, file, parameters, classes);
            DataMapCheck.Run(map, fields, classes);
        }

        faults.ThrowIfAny();
        return map!;
    }

    private static DataMap Read(PolicyFields fields, string file, IReadOnlyDictionary<string, string> given, IReadOnlyCollection<string> classes)
    {
        var application = PolicyKinds.Id(fields, "application");
        var known = Parameters(fields, given);
        var own = new ClassReader(fields.Find("classes"), fields.Reading);
        var subjects = new Dictionary<string, MapSubject>(StringComparer.Ordinal);
        foreach (var (name, value) in Named(fields, "subjects"))
        {
            if (PolicyFields.Of(value, $"the subject '{name.Text}'", SubjectKeys, fields.Reading) is { } subject)
            {
                subjects[name.Text] = Subject(name.Text, subject, known);
            }
        }

        var tables = new List<MapTable>();
        foreach (var (name, value) in Named(fields, "tables"))
        {
            if (PolicyFields.Of(value, $"the table '{name.Text}'", TableKeys, fields.Reading) is { } table)
            {
                tables.Add(Table(name.Text, table, known));
            }
        }

        return new DataMap { File = file, Application = application, Parameters = known, Classes = own.Classes, Subjects = subjects, Tables = tables };
    }

    private static List<PolicyEntry> Named(PolicyFields fields, string key) =>
        fields.Require(key) is { } node && PolicyFields.OfAny(node, $"'{key}'", fields.Reading) is { } named ? named.Entries : [];

    /// <summary>The defaults of the map, and what the policy sets instead: only what the map knows.</summary>
    private static Dictionary<string, string> Parameters(PolicyFields fields, IReadOnlyDictionary<string, string> given)
    {
        var parameters = new Dictionary<string, string>(StringComparer.Ordinal) { ["prefix"] = "" };
        if (fields.Find("parameters") is { } node && PolicyFields.OfAny(node, "the parameters", fields.Reading) is { } named)
        {
            foreach (var (name, value) in named.Entries)
            {
                parameters[name.Text] = value is ScalarNode text ? text.Text : named.TextOf(value, $"the parameter '{name.Text}'") ?? "";
            }
        }

        foreach (var (name, value) in given)
        {
            if (!parameters.ContainsKey(name))
            {
                fields.Fault("parameters", $"The policy sets the parameter '{name}', which this map does not have.", $"It has: {string.Join(", ", parameters.Keys)}.");
            }
            else if (value.IndexOfAny(['`', ';', '\\', '\n']) >= 0)
            {
                fields.Fault("parameters", $"The parameter '{name}' holds a character that SQL could misread.", "Write letters, digits, '_', ',', quotes, or spaces.");
            }

            parameters[name] = value;
        }

        return parameters;
    }

    private static MapSubject Subject(string name, PolicyFields fields, Dictionary<string, string> parameters)
    {
        var identifiers = new List<MapIdentifier>();
        foreach (var item in fields.Items("identifiers"))
        {
            if (PolicyFields.OfAny(item, "an identifier", fields.Reading) is { Entries: [var (type, value)] } each)
            {
                identifiers.Add(new MapIdentifier(TypeOf(type, each), Sql(each.TextOf(value, "an identifier"), each, parameters)));
            }
        }

        return new MapSubject
        {
            Name = name,
            Table = fields.RequiredText("table"),
            Key = Sql(fields.RequiredText("key"), fields, parameters),
            Joins = Joins(fields, parameters),
            Identifiers = identifiers,
            Order = fields.Has("order") ? Sql(fields.Text("order"), fields, parameters) : null,
        };
    }

    private static MapTable Table(string name, PolicyFields fields, Dictionary<string, string> parameters) => new()
    {
        Name = name,
        Content = fields.Flag("derived") ? MapContent.Derived : fields.Flag("shared") ? MapContent.Shared : MapContent.Owned,
        Joins = Joins(fields, parameters),
        Owners = Owners(fields, parameters),
        Classes = Classes(fields, parameters),
        Starts = fields.Has("starts") ? Sql(fields.Text("starts"), fields, parameters) : null,
        Further = fields.Texts("further"),
        References = References(fields),
        Placeholder = Texts(fields, "placeholder"),
    };

    private static List<MapJoin> Joins(PolicyFields fields, Dictionary<string, string> parameters)
    {
        var joins = new List<MapJoin>();
        if (fields.Find("join") is { } node && PolicyFields.OfAny(node, "joins", fields.Reading) is { } named)
        {
            foreach (var (name, value) in named.Entries)
            {
                if (value is MapNode)
                {
                    if (PolicyFields.Of(value, "a join", ["table", "on"], fields.Reading) is { } other)
                    {
                        joins.Add(new MapJoin(name.Text, other.RequiredText("table"), Sql(other.RequiredText("on"), other, parameters)));
                    }
                }
                else
                {
                    joins.Add(new MapJoin(name.Text, name.Text, Sql(named.TextOf(value, "a condition"), named, parameters)));
                }
            }
        }

        return joins;
    }

    private static List<MapOwner> Owners(PolicyFields fields, Dictionary<string, string> parameters)
    {
        var owners = new List<MapOwner>();
        foreach (var item in fields.Find("owner") switch { null => [], ListNode list => list.Items, var one => [one] })
        {
            if (PolicyFields.OfAny(item, "an owner", fields.Reading) is not { } owner)
            {
                continue;
            }

            if (owner.Entries is not [var (kind, value)])
            {
                owner.Faults.Add(item, "An owner has one key.", "Write each as an item of its own: '- { user: ticket.user_id }'.");
                continue;
            }

            owners.Add(kind.Text switch
            {
                "of" => new MapOwner.OfJoined(owner.TextOf(value, "'of'") ?? ""),
                "one_of" when PolicyFields.Of(value, "'one_of'", OneOfKeys, fields.Reading) is { } other => new MapOwner.OfOne(
                    other.RequiredText("table"), other.RequiredText("column"), other.RequiredText("named_by"), other.Has("where") ? Sql(other.Text("where"), other, parameters) : null),
                "one_of" => new MapOwner.OfOne("", "", "", null),
                "email" or "customer" => new MapOwner.ByIdentifier(kind.Text, Sql(owner.TextOf(value, "an identifier"), owner, parameters)),
                var subject => new MapOwner.ByKey(subject, Sql(owner.TextOf(value, "a key"), owner, parameters)),
            });
        }

        return owners;
    }

    private static List<MapClass>? Classes(PolicyFields fields, Dictionary<string, string> parameters)
    {
        if (fields.Find("class") is not { } node)
        {
            return null;
        }

        if (node is ScalarNode)
        {
            return [new MapClass(null, fields.Text("class") ?? "")];
        }

        var classes = new List<MapClass>();
        foreach (var item in fields.Items("class", required: true))
        {
            if (PolicyFields.Of(item, "a class with its condition", ["when", "use"], fields.Reading) is { } each)
            {
                classes.Add(new MapClass(each.Has("when") ? Sql(each.Text("when"), each, parameters) : null, each.RequiredText("use")));
            }
        }

        return classes;
    }

    private static List<MapReference> References(PolicyFields fields)
    {
        var references = new List<MapReference>();
        foreach (var item in fields.Items("references"))
        {
            if (PolicyFields.Of(item, "a reference", ReferenceKeys, fields.Reading) is { } each)
            {
                references.Add(new MapReference(
                    each.RequiredText("column"), each.RequiredText("table"), each.RequiredText("key"), (WhenErased)Math.Max(0, each.Word("when_erased", 0, Actions))));
            }
        }

        return references;
    }

    private static Dictionary<string, string> Texts(PolicyFields fields, string key)
    {
        var texts = new Dictionary<string, string>(StringComparer.Ordinal);
        if (fields.Find(key) is { } node && PolicyFields.OfAny(node, $"'{key}'", fields.Reading) is { } named)
        {
            foreach (var (name, value) in named.Entries)
            {
                texts[name.Text] = named.TextOf(value, $"'{name.Text}'") ?? "";
            }
        }

        return texts;
    }

    private static string TypeOf(ScalarNode type, PolicyFields fields)
    {
        if (!SubjectIdentifier.RuleTypes.Contains(type.Text, StringComparer.Ordinal))
        {
            fields.Faults.Add(type, $"'{type.Text}' is no type of identifier.", $"Write one of {string.Join(", ", SubjectIdentifier.RuleTypes)}.");
        }

        return type.Text;
    }

    /// <summary>An expression with the map's parameters in it.</summary>
    private static string Sql(string? text, PolicyFields fields, Dictionary<string, string> parameters)
    {
        text ??= "";
        for (var at = text.IndexOf('{', StringComparison.Ordinal); at >= 0; at = text.IndexOf('{', at))
        {
            var end = text.IndexOf('}', at);
            if (end < 0 || !parameters.TryGetValue(text[(at + 1)..end], out var value))
            {
                fields.Faults.Add(fields.Node, $"The expression {PolicyReading.Quote(text)} has a brace that names no parameter.", $"The map's parameters are {string.Join(", ", parameters.Keys)}.");
                return text;
            }

            text = text[..at] + value + text[(end + 1)..];
            at += value.Length;
        }

        return text;
    }
}
