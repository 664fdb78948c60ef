using System.CommandLine;
using Backup.Cli.Completion;

namespace Backup.Cli.Commands;

/// <summary><c>completion</c>: a script for the shell, made from the commands themselves.</summary>
internal static class CompletionCommand
{
    public static Command Create()
    {
        var shell = CommonOptions.OneOfWords("SHELL", "bash, zsh or fish", "bash", "zsh", "fish");
        return new CliCommand("completion", "print a completion script for bash, zsh or fish", invocation =>
        {
            var root = (Command)invocation.Parse.RootCommandResult.Command;
            var words = CompletionWords.Of(root);
            invocation.Printer.Lines(invocation.Value(shell) switch
            {
                "bash" => BashScript.Lines(words),
                "zsh" => ZshScript.Lines(words),
                _ => FishScript.Lines(words),
            });
            return Task.FromResult(Verdict.Done);
        }) { shell };
    }
}
