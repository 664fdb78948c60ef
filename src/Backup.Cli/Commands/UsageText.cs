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

    public static Verdict Refuse(ParseResult parse, Printer printer)
    {
        var conclusions = Faults(parse).ToArray();
        foreach (var conclusion in conclusions)
        {
            printer.Error(conclusion.Message, conclusion.Remedy);
        }

        return Verdict.Of(conclusions);
    }

    private static IEnumerable<Conclusion> Faults(ParseResult parse)
    {
        var command = parse.CommandResult.Command;
        var help = $"`{Call(parse.CommandResult)} --help`";
        foreach (var token in parse.UnmatchedTokens)
        {
            yield return Unknown(token, command, help);
        }

        if (parse.UnmatchedTokens.Count == 0 && command is not CliCommand)
        {
            yield return new Conclusion(
                ExitCode.Usage, $"which command? One of: {string.Join(", ", command.Subcommands.Select(child => child.Name))}", $"{help} says what each does");
        }

        foreach (var error in parse.Errors.Where(error => !IsSaid(error, parse)))
        {
            yield return new Conclusion(ExitCode.Usage, error.Message, $"{help} says what the command takes");
        }
    }

    private static Conclusion Unknown(string token, Command command, string help)
    {
        var isOption = token.StartsWith('-') && token.Length > 1;
        var known = isOption ? Options(command) : command.Subcommands.Select(child => child.Name);
        var what = isOption ? "option" : command.Subcommands.Count > 0 ? "command" : "argument";
        var meant = Nearest.Of(token, known) is { } near ? $"did you mean {near}? " : "";
        return new Conclusion(ExitCode.Usage, $"unknown {what} '{token}'", $"{meant}{help} shows what there is");
    }

    private static IEnumerable<string> Options(Command command)
    {
        var all = command.Options.Concat(command.Parents.OfType<Command>().SelectMany(parent => parent.Options.Where(option => option.Recursive)));
        return all.SelectMany(option => option.Aliases.Append(option.Name));
    }

    /// <summary>True for the library's own words about what is said better above.</summary>
    private static bool IsSaid(ParseError error, ParseResult parse) =>
        error.SymbolResult is CommandResult && (parse.UnmatchedTokens.Any(token => error.Message.Contains($"'{token}'", StringComparison.Ordinal)) ||
            (parse.CommandResult.Command is not CliCommand && !error.Message.StartsWith("--", StringComparison.Ordinal)));

    private static string Call(CommandResult command) => command.Parent is CommandResult parent ? $"{Call(parent)} {command.Command.Name}" : "backupctl";
}
