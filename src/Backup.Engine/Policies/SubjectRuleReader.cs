namespace Backup.Engine.Policies;

/// <summary>Reads and compiles the subject rules of one source.</summary>
internal sealed class SubjectRuleReader(PolicyReading reading, ClassReader classes, RetentionClass? sourceClass, IReadOnlyList<string> roots)
{
    public static readonly string[] Keys = ["match", "id", "class", "period", "starts", "mixed", "graft_at"];

    /// <summary>In the order of <see cref="PeriodUnit"/>.</summary>
    private static readonly string[] Units = ["year", "month", "day"];

    private readonly List<SubjectRule> _rules = [];
    private readonly List<PolicyFields> _places = [];

    public IReadOnlyList<SubjectRuleConfig> Configs => _rules.ConvertAll(rule => rule.Config);

    public SubjectRules Read(IReadOnlyList<PolicyNode> nodes)
    {
        foreach (var node in nodes)
        {
            if (PolicyFields.Of(node, "a subject rule", Keys, reading) is { } fields && Compile(fields) is { } rule)
            {
                _rules.Add(rule);
                _places.Add(fields);
            }
        }

        RuleOverlap.Check(_rules, (later, earlier, message, remedy) =>
        {
            var place = _places[earlier].At("match");
            var (rule, other) = (PolicyReading.Quote(_rules[later].Pattern.Text), PolicyReading.Quote(_rules[earlier].Pattern.Text));
            _places[later].Fault("match", $"The rule {rule} and the one in line {place.Line}, column {place.Column} ({other}) overlap: it {message}.", remedy);
        });
        return new SubjectRules(_rules, sourceClass);
    }

    private SubjectRule? Compile(PolicyFields fields)
    {
        var config = new SubjectRuleConfig
        {
            Match = fields.RequiredText("match"),
            Id = fields.Text("id"),
            Class = fields.Text("class"),
            Period = fields.Text("period"),
            Starts = fields.Text("starts"),
            Mixed = fields.Flag("mixed"),
            GraftAt = fields.Text("graft_at"),
        };
        var hasStart = config.Starts is not null || config.Period?.Contains('{', StringComparison.Ordinal) == true;
        var ruleClass = fields.Has("class") ? classes.Find(fields, hasStart) : sourceClass;
        if (config.Match.Length == 0)
        {
            return null;
        }

        var pattern = PathPattern.Parse(config.Match, out var problem);
        if (pattern is null)
        {
            fields.Fault(
                "match",
                $"The match {PolicyReading.Quote(config.Match)} {problem}.",
                "Write an absolute path like \"/var/vmail/{domain}/{user}/**\".");
            return null;
        }

        CheckRoots(fields, pattern);
        if (SubjectOf(fields, config, pattern) is not { } subject || FolderLength(fields, config, pattern, subject) is not { } folder)
        {
            return null;
        }

        var text = PeriodText(fields, config, pattern, ruleClass);
        return new SubjectRule
        {
            Config = config,
            Pattern = pattern,
            FolderLength = folder,
            CutLength = CutLength(fields, config, pattern, folder),
            Subject = subject,
            Class = ruleClass?.Name,
            PeriodText = text,
            PeriodUnit = UnitOf(config, ruleClass),
        };
    }

    private void CheckRoots(PolicyFields fields, PathPattern pattern)
    {
        var region = PathPattern.Region(pattern.Components);
        if (roots.Count > 0 && !roots.Any(root => PatternComparison.Intersect(region, PathPattern.Region(PathPattern.OfPath(root).Components))))
        {
            fields.Fault(
                "match",
                $"The match {PolicyReading.Quote(pattern.Text)} lies outside of what the source reads ({string.Join(", ", roots)}), so it would never match.",
                "Begin the match with a root of the source.");
        }
    }

    /// <summary>The identifier as a template. A rule for mixed files may have none: then the files of each filling of the pattern are a family.</summary>
    private static TextTemplate? SubjectOf(PolicyFields fields, SubjectRuleConfig config, PathPattern pattern)
    {
        if (config.Id is not { } id)
        {
            if (!config.Mixed)
            {
                _ = fields.Require("id");
            }

            return config.Mixed ? TextTemplate.Parse($"{SubjectIdentifier.MixedType}:{config.Match}") : null;
        }

        if (TextTemplate.Parse(id) is not { } template)
        {
            fields.Fault("id", $"The id {PolicyReading.Quote(id)} has a brace without its partner.", "Write placeholders like {user}.");
            return null;
        }

        var colon = id.IndexOf(':', StringComparison.Ordinal);
        var type = colon < 0 ? "" : id[..colon];
        if (!SubjectIdentifier.RuleTypes.Contains(type, StringComparer.Ordinal))
        {
            var nearest = KnownKeys.Nearest(type, SubjectIdentifier.RuleTypes);
            fields.Fault(
                "id",
                $"The id {PolicyReading.Quote(id)} does not begin with a type that a rule may give.",
                $"Begin it with one of {string.Join(", ", SubjectIdentifier.RuleTypes)}, like '{nearest}:'.");
            return null;
        }

        if (!template.Placeholders.Any())
        {
            fields.Fault(
                "id",
                $"The id {PolicyReading.Quote(id)} has no placeholder: everything that matches would be one person's.",
                "Use a placeholder of the match, like {user}.");
            return null;
        }

        return HasAll(fields, "id", template, pattern) ? template : null;
    }

    private static bool HasAll(PolicyFields fields, string key, TextTemplate template, PathPattern pattern)
    {
        var known = pattern.Components.SelectMany(component => component.Placeholders).ToList();
        foreach (var name in template.Placeholders)
        {
            if (!known.Contains(name, StringComparer.Ordinal))
            {
                var nearest = KnownKeys.Nearest(name, known);
                fields.Fault(
                    key,
                    $"{PolicyReading.Quote(template.Text)} uses {{{name}}}, which the match does not have.",
                    nearest.Length > 0 ? $"Write {{{nearest}}}, or add {{{name}}} to the match." : $"Add {{{name}}} to the match.");
                return false;
            }
        }

        return true;
    }

    private static int? FolderLength(PolicyFields fields, SubjectRuleConfig config, PathPattern pattern, TextTemplate subject)
    {
        if (pattern.Components.Length == 0)
        {
            fields.Fault("match", "The match takes everything.", "Name at least one folder.");
            return null;
        }

        if (config.Id is null)
        {
            return pattern.Components.Length;
        }

        var names = subject.Placeholders.ToList();
        return Array.FindLastIndex(pattern.Components, component => component.Placeholders.Any(name => names.Contains(name, StringComparer.Ordinal))) + 1;
    }

    private static int CutLength(PolicyFields fields, SubjectRuleConfig config, PathPattern pattern, int folder)
    {
        if (config.GraftAt is not { } graftAt)
        {
            return folder - 1;
        }

        var parts = graftAt.Split('/', StringSplitOptions.RemoveEmptyEntries);
        var inside = graftAt.StartsWith('/') && parts.Length < folder;
        for (var i = 0; inside && i < parts.Length; i++)
        {
            inside = parts[i] == pattern.Components[i].Text;
        }

        if (!inside)
        {
            var example = "/" + string.Join('/', pattern.Components.Take(folder - 1).Select(component => component.Text));
            fields.Fault(
                "graft_at",
                $"'graft_at' is {PolicyReading.Quote(graftAt)}, which is no beginning of the match above the person's folder.",
                $"Write '{example}' (the default) or a part of it from the left, with its placeholders as they stand in the match.");
            return folder - 1;
        }

        if (Array.FindIndex(pattern.Components, parts.Length, component => component.AnyDepth) is var depth && depth >= 0 && depth < folder)
        {
            fields.Fault(
                "graft_at",
                "'graft_at' lies above '**', where the depth of the person's folder is not known.",
                "Hang it below '**', or remove it.");
        }

        return parts.Length;
    }

    private static PeriodUnit? UnitOf(SubjectRuleConfig config, RetentionClass? ruleClass)
    {
        if (!config.Mixed && config.Period is null && config.Starts is null && ruleClass is not { HasPeriod: true })
        {
            return null;
        }

        var unit = ruleClass?.Unit ?? PeriodUnit.Year;
        var word = config.Period is null ? -1 : Array.IndexOf(Units, config.Period);
        return word >= 0 ? (PeriodUnit)word : config.Mixed && unit < PeriodUnit.Month ? PeriodUnit.Month : unit;
    }

    /// <summary>The text of the match that gives the date: the rule's own first, else the class's; null if it is the mtime.</summary>
    private static TextTemplate? PeriodText(PolicyFields fields, SubjectRuleConfig config, PathPattern pattern, RetentionClass? ruleClass)
    {
        var period = config.Period is { } own && !Units.Contains(own, StringComparer.Ordinal)
            ? DateTemplate(fields, "period", own, pattern, "'year', 'month', 'day'")
            : null;
        if (config.Starts is { } starts)
        {
            var start = starts == RetentionClass.ByMtime ? null : DateTemplate(fields, "starts", starts, pattern, "'mtime'");
            return period ?? start;
        }

        var inherited = ruleClass?.Starts;
        if (period is not null || inherited is null or RetentionClass.ByMtime || TextTemplate.Parse(inherited) is not { } template)
        {
            return period;
        }

        if (template.Placeholders.All(name => pattern.Components.Any(component => component.Placeholders.Contains(name, StringComparer.Ordinal))))
        {
            return template;
        }

        fields.Fault(
            fields.Has("class") ? "class" : "match",
            $"The class '{ruleClass!.Name}' starts with {inherited}, which the match of this rule does not have.",
            "Add the placeholder to the match, or write 'starts: mtime' in the rule.");
        return null;
    }

    private static TextTemplate? DateTemplate(PolicyFields fields, string key, string text, PathPattern pattern, string words)
    {
        if (TextTemplate.Parse(text) is { } template && template.Placeholders.Any())
        {
            return HasAll(fields, key, template, pattern) ? template : null;
        }

        fields.Fault(
            key,
            $"'{key}' is {PolicyReading.Quote(text)}, which is neither {words} nor a placeholder.",
            $"Write {words}, or a placeholder of the match in quotes, like \"{{year}}\".");
        return null;
    }
}
