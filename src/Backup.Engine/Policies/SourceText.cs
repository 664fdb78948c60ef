namespace Backup.Engine.Policies;

/// <summary>Prints one source.</summary>
internal static class SourceText
{
    public static void Show(YamlText text, SourceConfig source)
    {
        text.Text("id", source.Id);
        text.Text("kind", source.Kind);
        switch (source)
        {
            case FilesSourceConfig files:
                Files(text, files);
                break;
            case DatabaseSourceConfig database:
                Database(text, database);
                break;
            case CommandSourceConfig command:
                text.Texts("command", command.Command);
                text.Text("path", command.Path);
                text.Size("min_bytes", command.MinBytes);
                break;
        }

        text.Text("class", source.Class?.Name);
        text.Texts("tags", source.Tags);
        if (source is PathSourceConfig { Subjects: var rules })
        {
            text.List("subjects", rules, rule => Rule(text, rule));
        }

        text.List("before", source.Before, hook => Hook(text, hook));
        text.List("after", source.After, hook => Hook(text, hook));
        text.Texts("check", source.Check);
    }

    private static void Files(YamlText text, FilesSourceConfig files)
    {
        text.Texts("roots", files.Roots);
        text.Texts("exclude", files.Exclude);
        text.Flag("one_file_system", files.OneFileSystem);
        text.Flag("exclude_caches", files.ExcludeCaches);
        text.Texts("exclude_if_present", files.ExcludeIfPresent);
        if (files.ExcludeLargerThan is { } size)
        {
            text.Size("exclude_larger_than", size);
        }
    }

    private static void Database(YamlText text, DatabaseSourceConfig database)
    {
        text.Text("database", database.Database);
        text.Text("connection_file", database.ConnectionFile);
        text.Text("map", database.Map);
        text.Section("map_parameters", () =>
        {
            foreach (var (name, value) in database.MapParameters)
            {
                text.Text(YamlText.Quoted(name), value);
            }
        });
        text.Text("non_transactional", database.NonTransactional == NonTransactional.Lock ? "lock" : "warn");
        text.Text("unmapped_tables", database.UnmappedTables == UnmappedTables.Fail ? "fail" : "shared");
    }

    private static void Rule(YamlText text, SubjectRuleConfig rule)
    {
        text.Text("match", rule.Match);
        text.Text("id", rule.Id);
        text.Text("class", rule.Class);
        text.Text("period", rule.Period);
        text.Text("starts", rule.Starts);
        text.Text("graft_at", rule.GraftAt);
        text.Flag("mixed", rule.Mixed);
    }

    private static void Hook(YamlText text, HookConfig hook)
    {
        text.Text("run", hook.Run);
        text.Duration("timeout", hook.Timeout);
    }
}
