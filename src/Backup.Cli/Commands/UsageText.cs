using System.CommandLine;
using System.CommandLine.Parsing;
using Backup.Cli.Output;

namespace Backup.Cli.Commands;

/// <summary>Help, and what is wrong with a command line: all of it at once, each with what was probably meant.</summary>
internal static class UsageText
{
    public static IEnumerable<string> Help(ParseResult parse)
    {
        using var text = new StringWriter();
        parse.Invoke(new InvocationConfiguration { Output = text });
        return text.ToString().TrimEnd().Split('\n').Select(line => line.TrimEnd());
    }

    /// <param name="parse">The command line with the faults that the parser found.</param>
    /// <param name="faults">What else is wrong.</param>
    /// <param name="printer">Where they are said.</param>
    public static Verdict Refuse(ParseResult parse, IReadOnlyList<string> faults, Printer printer)
    {
        var conclusions = Faults(parse, faults).ToArray();
        foreach (var conclusion in conclusions)
        {
            printer.Error(conclusion.Message, conclusion.Remedy);
        }

        return Verdict.Of(conclusions);
    }

    private static IEnumerable<Conclusion> Faults(ParseResult parse, IReadOnlyList<string> faults)
    {
        var command = parse.CommandResult.Command;
        var help = $"`{Call(parse.CommandResult)} --help`";
        for (var i = 0; i < parse.UnmatchedTokens.Count; i++)
        {
            // What follows an unknown option is its value, and no fault of its own.
            if (i == 0 || IsOption(parse.UnmatchedTokens[i]) || !IsOption(parse.UnmatchedTokens[i - 1]))
            {
                yield return Unknown(parse.UnmatchedTokens[i], command, help);
            }
        }

        if (parse.UnmatchedTokens.Count == 0 && command is not CliCommand)
        {
            yield return new Conclusion(
                ExitCode.Usage,
                $"Which command? One of: {string.Join(", ", command.Subcommands.Select(child => child.Name))}.",
                $"{help} says what each does.");
        }

        foreach (var fault in parse.Errors.Where(error => !IsSaid(error, parse)).Select(error => error.Message).Concat(faults))
        {
            yield return new Conclusion(ExitCode.Usage, fault, $"{help} says what the command takes.");
        }
    }

    private static Conclusion Unknown(string token, Command command, string help)
    {
        var known = IsOption(token) ? Options(command) : command.Subcommands.Select(child => child.Name);
        var what = IsOption(token) ? "option" : command.Subcommands.Count > 0 ? "command" : "argument";
        var meant = Nearest.Of(token, known) is { } near ? $"Did you mean {near}? " : "";
        return new Conclusion(ExitCode.Usage, $"There is no {what} '{token}'.", $"{meant}{help} shows what there is.");
    }

    private static bool IsOption(string token) => token.StartsWith('-') && token.Length > 1;

    private static IEnumerable<string> Options(Command command)
    {
        var all = command.Options.Concat(command.Parents.OfType<Command>().SelectMany(parent => parent.Options.Where(option => option.Recursive)));
        return all.SelectMany(option => option.Aliases.Append(option.Name));
    }

    /// <summary>True for the library's own words about what is said better above.</summary>
    private static bool IsSaid(ParseError error, ParseResult parse) =>
        error.SymbolResult is CommandResult && (parse.UnmatchedTokens.Any(token => error.Message.Contains($"'{token}'", StringComparison.Ordinal)) ||
            parse.CommandResult.Command is not CliCommand);

    private static string Call(CommandResult command) => command.Parent is CommandResult parent ? $"{Call(parent)} {command.Command.Name}" : "backupctl";
}
