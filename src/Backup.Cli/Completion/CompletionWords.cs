using System.CommandLine;
using System.CommandLine.Completions;

namespace Backup.Cli.Completion;

/// <summary>What may be typed after one command.</summary>
/// <param name="Path">The words that lead to it, without the program's name; empty for the program.</param>
/// <param name="Subcommands">With their descriptions.</param>
/// <param name="Options">Those of the command and the global ones.</param>
/// <param name="Words">Words its argument may be; empty if that is free.</param>
internal sealed record CompletionWords(
    string Path, IReadOnlyList<(string Name, string Description)> Subcommands, IReadOnlyList<CompletionOption> Options, IReadOnlyList<string> Words)
{
    /// <summary>Every command of the tree, the program itself first.</summary>
    public static IReadOnlyList<CompletionWords> Of(Command root)
    {
        var all = new List<CompletionWords>();
        Add(all, root, "", [.. root.Options.Where(option => option.Recursive)]);
        return all;
    }

    private static void Add(List<CompletionWords> all, Command command, string path, IReadOnlyList<Option> recursive)
    {
        var own = command.Options.Concat(recursive).Distinct().Where(option => !option.Hidden);
        all.Add(new CompletionWords(
            path,
            [.. command.Subcommands.Where(child => !child.Hidden).Select(child => (child.Name, child.Description ?? ""))],
            [.. own.Select(CompletionOption.Of)],
            [.. command.Arguments.SelectMany(argument => Labels(argument.GetCompletions(CompletionContext.Empty)))]));
        foreach (var child in command.Subcommands)
        {
            Add(all, child, path.Length == 0 ? child.Name : path + " " + child.Name, recursive);
        }
    }

    /// <summary>Every option that takes a value, each once.</summary>
    public static IReadOnlyList<CompletionOption> ValueOptions(IReadOnlyList<CompletionWords> commands) =>
        [.. commands.SelectMany(command => command.Options).Where(option => option.Value != CompletionValue.None).DistinctBy(option => option.Names[^1], StringComparer.Ordinal)];

    internal static IEnumerable<string> Labels(IEnumerable<CompletionItem> items) => items.Select(item => item.Label);
}

/// <summary>One option as a shell offers it.</summary>
/// <param name="Names">All its spellings.</param>
/// <param name="Description">What it does.</param>
/// <param name="Value">What follows it.</param>
/// <param name="Words">The words that may follow it, if <paramref name="Value"/> says so.</param>
internal sealed record CompletionOption(IReadOnlyList<string> Names, string Description, CompletionValue Value, IReadOnlyList<string> Words)
{
    public static CompletionOption Of(Option option)
    {
        string[] words = [.. CompletionWords.Labels(option.GetCompletions(CompletionContext.Empty))];
        var value = option.HelpName switch
        {
            _ when option.Arity.MaximumNumberOfValues == 0 => CompletionValue.None,
            "FILE" => CompletionValue.File,
            "DIR" => CompletionValue.Directory,
            _ when words.Length > 0 => CompletionValue.Words,
            _ => CompletionValue.Free,
        };
        string[] names = [option.Name, .. option.Aliases];
        return new CompletionOption([.. names.Where(name => name.StartsWith('-')).Order(StringComparer.Ordinal)], option.Description ?? "", value, words);
    }
}

/// <summary>What follows an option.</summary>
internal enum CompletionValue
{
    None,
    File,
    Directory,
    Words,

    /// <summary>Something a shell cannot know.</summary>
    Free,
}
