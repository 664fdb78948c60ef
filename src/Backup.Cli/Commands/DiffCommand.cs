using System.CommandLine;
using Backup.Cli.Reports;
using Backup.Engine.Runs;

namespace Backup.Cli.Commands;

/// <summary><c>diff</c>: what changed from one snapshot to another.</summary>
internal static class DiffCommand
{
    public static Command Create()
    {
        var before = CommonOptions.Snapshot("A", withPath: true);
        var after = CommonOptions.Snapshot("B", withPath: true);
        var reading = new ReadingOptions();
        var command = new CliCommand(
            "diff", "show what changed from snapshot A to B: + added, - removed, M content, U metadata, T type", invocation => invocation.InTenantAsync(reading.Needs(invocation), async context =>
            {
                var differences = DiffRun.CompareAsync(
                    context, invocation.Value(before)!, invocation.Value(after)!, reading.Read(invocation), invocation.Cancellation);
                await foreach (var difference in differences)
                {
                    EntryReport.PrintDifference(invocation.Printer, difference);
                }

                return invocation.Conclude(context);
            })) { before, after };
        reading.AddTo(command);
        return command;
    }
}
