namespace Backup.Cli.Completion;

/// <summary>Completion for fish.</summary>
internal static class FishScript
{
    public static IEnumerable<string> Lines(IReadOnlyList<CompletionWords> commands)
    {
        yield return "# fish completion for backupctl. To use it: backupctl completion fish | source";
        yield return "complete -c backupctl -f";
        foreach (var command in commands)
        {
            var condition = Condition(command);
            foreach (var (name, description) in command.Subcommands)
            {
                yield return $"complete -c backupctl -n {Quote(condition)} -a {Quote(name)} -d {Quote(description)}";
            }

            foreach (var word in command.Words)
            {
                yield return $"complete -c backupctl -n {Quote(condition)} -a {Quote(word)}";
            }

            foreach (var option in command.Options)
            {
                yield return $"complete -c backupctl -n {Quote(condition)} {Names(option)}{Value(option)} -d {Quote(option.Description)}";
            }
        }
    }

    /// <summary>True when every word of the path was typed and, where more could follow, none of them was.</summary>
    private static string Condition(CompletionWords command)
    {
        var typed = command.Path.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(word => "__fish_seen_subcommand_from " + word);
        var open = command.Subcommands.Count == 0 ? [] : new[] { "not __fish_seen_subcommand_from " + string.Join(' ', command.Subcommands.Select(child => child.Name)) };
        return string.Join("; and ", typed.Concat(open));
    }

    private static string Names(CompletionOption option) => string.Join(' ', option.Names.Select(name =>
        name.StartsWith("--", StringComparison.Ordinal) ? "-l " + Quote(name[2..]) : name.Length == 2 ? "-s " + Quote(name[1..]) : "-o " + Quote(name[1..])));

    private static string Value(CompletionOption option) => option.Value switch
    {
        CompletionValue.None => "",
        CompletionValue.File => " -r -F",
        CompletionValue.Directory => " -x -a '(__fish_complete_directories)'",
        CompletionValue.Words => " -x -a " + Quote(string.Join(' ', option.Words)),
        _ => " -x",
    };

    private static string Quote(string text) => "'" + text.Replace(@"\", @"\\", StringComparison.Ordinal).Replace("'", @"\'", StringComparison.Ordinal) + "'";
}
