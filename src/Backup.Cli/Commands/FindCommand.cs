using System.CommandLine;
using Backup.Cli.Reports;
using Backup.Engine.Runs;

namespace Backup.Cli.Commands;

/// <summary><c>find</c>: where a name stands, in all snapshots.</summary>
internal static class FindCommand
{
    public static Command Create()
    {
        var pattern = new Argument<string>("PATTERN") { Description = "a name with * and ?, or a path if it has a slash" };
        var reading = new ReadingOptions();
        var command = new CliCommand("find", "find names in all snapshots", invocation => invocation.InTenantAsync(reading.Needs(invocation), async context =>
        {
            var found = FindRun.FindAsync(context, invocation.Value(pattern)!, reading.Read(invocation), invocation.Cancellation);
            await foreach (var entry in found)
            {
                EntryReport.PrintFound(invocation.Printer, entry);
            }

            return invocation.Conclude(context);
        })) { pattern };
        reading.AddTo(command);
        return command;
    }
}
