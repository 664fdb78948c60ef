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
        var command = new CliCommand("find", "find names in all snapshots", invocation =>
            invocation.InTenantAsync(reading.Needs(invocation), context =>
                RunAsync(invocation, context, invocation.Value(pattern)!, reading.Read(invocation)))) { pattern };
        reading.AddTo(command);
        return command;
    }

    private static async Task<Verdict> RunAsync(Invocation invocation, RunContext context, string pattern, ReadOptions read)
    {
        await foreach (var entry in FindRun.FindAsync(context, pattern, read, invocation.Cancellation))
        {
            EntryReport.PrintFound(invocation.Printer, entry);
        }

        return invocation.Conclude(context);
    }
}
