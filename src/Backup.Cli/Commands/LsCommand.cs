using System.CommandLine;
using Backup.Cli.Reports;
using Backup.Engine.Runs;

namespace Backup.Cli.Commands;

/// <summary><c>ls</c>: the entries of a directory of a snapshot.</summary>
internal static class LsCommand
{
    public static Command Create()
    {
        var snapshot = CommonOptions.Snapshot("SNAPSHOT[:/path]", withPath: true);
        var detailed = new Flag("-l") { Description = "with mode, owner, size and time" };
        var recursive = new Flag("-R", "--recursive") { Description = "with everything below" };
        var reading = new ReadingOptions();
        var command = new CliCommand("ls", "list the entries of a snapshot", invocation => invocation.InTenantAsync(reading.Needs(invocation), async context =>
        {
            var entries = ListRun.ListAsync(
                context, invocation.Value(snapshot)!, invocation.IsSet(recursive), reading.Read(invocation), invocation.Cancellation);
            await foreach (var entry in entries)
            {
                EntryReport.PrintListed(invocation.Printer, entry, invocation.IsSet(detailed));
            }

            return invocation.Conclude(context);
        })) { snapshot, detailed, recursive };
        reading.AddTo(command);
        return command;
    }
}
