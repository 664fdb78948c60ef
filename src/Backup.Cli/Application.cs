using System.CommandLine;
using System.CommandLine.Help;
using Backup.Cli.Commands;
using Backup.Cli.Output;

namespace Backup.Cli;

/// <summary>From arguments to an exit code: parse, call the command, say what went wrong. The edge of the process, where everything is caught.</summary>
internal sealed class Application(Surroundings surroundings, IComposition composition)
{
    private readonly CommandTree _tree = new();

    public async Task<int> RunAsync(string[] args, CancellationToken cancellation)
    {
        var parse = _tree.Parse(args);
        var settings = _tree.Read(parse, surroundings.Variable);
        var command = parse.CommandResult.Command as CliCommand;
        var messages = new TextOutput(surroundings.Error);
        var output = command is { OutputIsData: true } ? messages : new TextOutput(surroundings.Output);
        using var printer = new Printer(output, messages, settings, surroundings);
        Verdict verdict;
        try
        {
            verdict = await RunAsync(parse, command, settings, printer, cancellation);
        }
        catch (Exception failure)
        {
            verdict = Failures.Explain(failure, printer, cancellation);
        }

        return Finish(verdict, printer);
    }

    private async Task<Verdict> RunAsync(ParseResult parse, CliCommand? command, Settings settings, Printer printer, CancellationToken cancellation)
    {
        if (parse.Action is HelpAction)
        {
            printer.Lines(UsageText.Help(parse));
            return Verdict.Done;
        }

        var faults = _tree.Check(parse).ToArray();
        if (parse.Errors.Count > 0 || faults.Length > 0 || command is null)
        {
            return UsageText.Refuse(parse, faults, printer);
        }

        return await command.RunAsync(new Invocation
        {
            Parse = parse,
            Settings = settings,
            Surroundings = surroundings,
            Printer = printer,
            Composition = composition,
            ShowProgress = () => ShowProgress(settings, printer),
            Cancellation = cancellation,
        });
    }

    private ProgressDisplay ShowProgress(Settings settings, Printer printer)
    {
        var mode = settings switch
        {
            { Quiet: true } => ProgressMode.None,
            { Json: true } => ProgressMode.Json,
            _ => surroundings.ErrorIsTerminal ? ProgressMode.Bar : ProgressMode.Lines,
        };
        var display = new ProgressDisplay(mode, surroundings.Error, printer) { Width = surroundings.Width };
        if (mode == ProgressMode.Bar)
        {
            printer.ShareTerminal(display);
        }

        return display;
    }

    private static int Finish(Verdict verdict, Printer printer)
    {
        try
        {
            printer.ExitError(verdict);
            printer.Flush();
        }
        catch (IOException)
        {
            // The result did not reach its reader; that is a failure unless there is a worse one, and there is nowhere to say so.
            return verdict.Code == ExitCode.Done ? (int)ExitCode.Failed : (int)verdict.Code;
        }

        return (int)verdict.Code;
    }
}
