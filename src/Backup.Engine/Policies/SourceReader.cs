namespace Backup.Engine.Policies;

/// <summary>A source and where it stands in the file.</summary>
internal sealed record LocatedSource(SourceConfig Source, PolicyFields Fields);

/// <summary>Reads one source.</summary>
internal sealed class SourceReader(PolicyReading reading, ClassReader classes)
{
    public static readonly string[] FilesKeys =
        [.. CommonKeys, "roots", "exclude", "one_file_system", "exclude_caches", "exclude_if_present", "exclude_larger_than", "subjects"];

    public static readonly string[] DatabaseKeys =
        [.. CommonKeys, "database", "connection_file", "map", "map_parameters", "non_transactional", "unmapped_tables"];

    public static readonly string[] CommandKeys = [.. CommonKeys, "command", "path", "min_bytes", "subjects"];

    public static readonly string[] HookKeys = ["run", "timeout"];

    private static readonly PolicyKind[] Kinds =
    [
        new("files", FilesKeys, "roots"), new("mariadb", DatabaseKeys, "database"), new("postgres", DatabaseKeys, "database"),
        new("command", CommandKeys, "command"),
    ];

    /// <summary>In the order of <see cref="NonTransactional"/>.</summary>
    private static readonly string[] NonTransactionals = ["lock", "warn"];

    /// <summary>In the order of <see cref="UnmappedTables"/>.</summary>
    private static readonly string[] Unmapped = ["fail", "shared"];

    private static string[] CommonKeys => ["id", "kind", "class", "tags", "before", "after", "check"];

    /// <summary>The source with its mapping, or null if it is no mapping.</summary>
    public LocatedSource? Read(PolicyNode node)
    {
        if (PolicyKinds.Read(node, "a source", Kinds, reading) is not { } fields)
        {
            return null;
        }

        var id = PolicyKinds.Id(fields, "id");
        var sourceClass = classes.Find(fields, hasStart: false);
        SourceConfig source = fields.Kind switch
        {
            "files" => Files(fields, id, sourceClass),
            "command" => Command(fields, id, sourceClass),
            "mariadb" => Database(fields, id, DatabaseKind.MariaDb),
            "postgres" => Database(fields, id, DatabaseKind.Postgres),
            _ => new UnknownSourceConfig { Id = id },
        };
        source = source with
        {
            Class = sourceClass,
            Tags = fields.Texts("tags"),
            Before = Hooks(fields, "before"),
            After = Hooks(fields, "after"),
            Check = fields.Texts("check", script: true),
        };
        Warn(source, fields);
        return new LocatedSource(source, fields);
    }

    private FilesSourceConfig Files(PolicyFields fields, string id, RetentionClass? sourceClass)
    {
        var roots = Roots(fields, id);
        var rules = new SubjectRuleReader(reading, classes, sourceClass, roots);
        var compiled = rules.Read(fields.Items("subjects"));
        CheckStart(fields, sourceClass);
        return new FilesSourceConfig
        {
            Id = id,
            Roots = roots,
            Exclude = Patterns(fields, id),
            OneFileSystem = fields.Flag("one_file_system"),
            ExcludeCaches = fields.Flag("exclude_caches"),
            ExcludeIfPresent = Names(fields),
            ExcludeLargerThan = fields.Has("exclude_larger_than") ? fields.Size("exclude_larger_than", 0) : null,
            Subjects = rules.Configs,
            Rules = compiled,
        };
    }

    private CommandSourceConfig Command(PolicyFields fields, string id, RetentionClass? sourceClass)
    {
        var path = OutputPath(fields);
        var rules = new SubjectRuleReader(reading, classes, sourceClass, path.Length > 0 ? ["/" + path] : []);
        var compiled = rules.Read(fields.Items("subjects"));
        CheckStart(fields, sourceClass);
        return new CommandSourceConfig
        {
            Id = id,
            Command = fields.Texts("command", required: true, script: true),
            Path = path,
            MinBytes = fields.Size("min_bytes", 1),
            Subjects = rules.Configs,
            Rules = compiled,
        };
    }

    private DatabaseSourceConfig Database(PolicyFields fields, string id, DatabaseKind server)
    {
        var (map, parameters) = (fields.File("map", PolicyPart.Source, id, secret: false), Parameters(fields));
        return new DatabaseSourceConfig
        {
            Id = id,
            Server = server,
            Database = fields.RequiredText("database"),
            ConnectionFile = fields.File("connection_file", PolicyPart.Source, id, secret: true),
            Map = map,
            DataMap = map is not null && File.Exists(map) ? ReadMap(map, parameters) : null,
            MapParameters = parameters,
            NonTransactional = (NonTransactional)fields.Word("non_transactional", 0, NonTransactionals),
            UnmappedTables = (UnmappedTables)fields.Word("unmapped_tables", 0, Unmapped),
        };
    }

    /// <summary>The classes of a map are the policy's too, so it is read with it. One that is not there is missed by whoever needs it.</summary>
    private DataMap? ReadMap(string path, Dictionary<string, string> parameters)
    {
        try
        {
            return DataMapFile.Load(path, parameters, [.. classes.Classes.Select(static each => each.Name)]);
        }
        catch (PolicyException faulty)
        {
            reading.Faults.AddOthers(faulty);
            return null;
        }
    }

    private static List<string> Roots(PolicyFields fields, string id)
    {
        var roots = new List<string>();
        foreach (var item in fields.Items("roots", required: true))
        {
            if (fields.TextOf(item, "each root") is not { } text)
            {
                continue;
            }

            var root = fields.Reading.Absolute(text);
            if (text.StartsWith('~'))
            {
                fields.Faults.Add(
                    item,
                    $"The root {PolicyReading.Quote(text)} begins with '~', which only a shell understands.",
                    "Write the whole path.");
            }
            else if (roots.Contains(root, StringComparer.Ordinal))
            {
                fields.Faults.Add(item, $"The root {root} stands twice in this source.", "Remove one of the two.");
            }
            else
            {
                roots.Add(root);
                AddTerm(fields, item, new PolicyTerm(id, "roots", root));
            }
        }

        return roots;
    }

    private static List<string> Patterns(PolicyFields fields, string id)
    {
        var patterns = new List<string>();
        foreach (var item in fields.Items("exclude"))
        {
            if (fields.TextOf(item, "each item of 'exclude'") is { } pattern)
            {
                patterns.Add(pattern);
                AddTerm(fields, item, new PolicyTerm(id, "exclude", pattern));
            }
        }

        return patterns;
    }

    private static void AddTerm(PolicyFields fields, PolicyNode at, PolicyTerm term) =>
        fields.Reading.Terms.Add(term with { Line = at.Line, Column = at.Column });

    private static List<string> Names(PolicyFields fields)
    {
        const string Key = "exclude_if_present";
        var names = new List<string>();
        foreach (var item in fields.Items(Key))
        {
            if (fields.TextOf(item, $"each item of '{Key}'") is not { } name)
            {
                continue;
            }

            names.Add(name);
            if (name.Contains('/', StringComparison.Ordinal) || name is "." or "..")
            {
                fields.Faults.Add(
                    item,
                    $"'{Key}' names {PolicyReading.Quote(name)}, and an entry of a folder has no '/' in its name and is not '.' or '..'.",
                    "Write the name alone, like .nobackup.");
            }
        }

        return names;
    }

    private static string OutputPath(PolicyFields fields)
    {
        var path = fields.RequiredText("path");
        var parts = path.Split('/');
        if (path.Length > 0 && parts.Any(part => part is "" or "." or ".."))
        {
            fields.Fault(
                "path",
                $"'path' is {PolicyReading.Quote(path)}: the file's name in the snapshot is relative, without '.', '..' and empty parts.",
                "Write it like ldap.ldif or dumps/ldap.ldif.");
            return "";
        }

        return path;
    }

    private static Dictionary<string, string> Parameters(PolicyFields fields)
    {
        var parameters = new Dictionary<string, string>(StringComparer.Ordinal);
        if (fields.Find("map_parameters") is { } node && PolicyFields.OfAny(node, "the map's parameters", fields.Reading) is { } named)
        {
            if (!fields.Has("map"))
            {
                fields.Fault("map_parameters", "'map_parameters' stands without 'map'.", "Name the map, or remove the parameters.");
            }

            foreach (var (name, value) in named.Entries)
            {
                parameters[name.Text] = named.TextOf(value, $"the parameter '{name.Text}'") ?? "";
            }
        }

        return parameters;
    }

    private static List<HookConfig> Hooks(PolicyFields fields, string key)
    {
        var hooks = new List<HookConfig>();
        foreach (var item in fields.Items(key))
        {
            if (item is MapNode)
            {
                if (PolicyFields.Of(item, "a command", HookKeys, fields.Reading) is { } hook)
                {
                    var run = hook.Require("run") is { } node ? hook.TextOf(node, "'run'", script: true) ?? "" : "";
                    hooks.Add(new HookConfig(run, hook.Duration("timeout", HookConfig.DefaultTimeout)));
                }
            }
            else if (fields.TextOf(item, $"each item of '{key}'", script: true) is { } text)
            {
                hooks.Add(new HookConfig(text, HookConfig.DefaultTimeout));
            }
        }

        return hooks;
    }

    /// <summary>A date that only a placeholder gives cannot be had where no rule has placeholders.</summary>
    private static void CheckStart(PolicyFields fields, RetentionClass? sourceClass)
    {
        if (sourceClass?.Starts is { } starts && starts != RetentionClass.ByMtime && fields.Items("subjects").Count == 0)
        {
            fields.Fault(
                "class",
                $"The class '{sourceClass.Name}' starts with {starts}, and this source has no rule with that placeholder.",
                "Add the rule under 'subjects:', or use a class that starts with mtime.");
        }
    }

    private static void Warn(SourceConfig source, PolicyFields fields)
    {
        if (source.Class is null)
        {
            fields.Reading.Warnings.Add(
                fields.Node,
                $"The source '{source.Id}' has no class: nothing of it is ever forgotten.",
                "Add 'class: …'.");
        }
    }
}
