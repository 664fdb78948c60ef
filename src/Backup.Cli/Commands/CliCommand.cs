using System.CommandLine;

namespace Backup.Cli.Commands;

/// <summary>A command that does something: what it takes, and what it does with it.</summary>
internal sealed class CliCommand(string name, string description, Func<Invocation, Task<Verdict>> run) : Command(name, description)
{
    /// <summary>True if standard output is for the data that was asked for, and nothing else may stand there.</summary>
    public bool OutputIsData { get; set; }

    /// <summary>
    /// What the parser cannot know: options that need or exclude each other. Each says what is wrong, or null. (The library's own validators end the validation
    /// of everything else, and all faults are to be said at once.)
    /// </summary>
    public IList<Func<ParseResult, string?>> Checks { get; } = [];

    public Task<Verdict> RunAsync(Invocation invocation) => run(invocation);
}
