using System.CommandLine;
using Backup.Engine.Posix;

namespace Backup.Cli.Commands;

/// <summary><c>test-stops</c>, hidden: the moments at which the tests may kill the program, one a line.</summary>
internal static class TestStopsCommand
{
    public static Command Create() => new CliCommand("test-stops", "list the moments at which the tests may kill the program", static invocation =>
    {
        foreach (var stop in TestStop.All)
        {
            invocation.Printer.Line(stop);
        }

        return Task.FromResult(Verdict.Done);
    }) { Hidden = true };
}
