using System.CommandLine;
using Backup.Cli.Reports;
using Backup.Engine.Runs;

namespace Backup.Cli.Commands;

/// <summary><c>snapshots</c>: what there is, and which cities hold it complete.</summary>
internal static class SnapshotsCommand
{
    public static Command Create()
    {
        var source = new Option<string>("--source") { Description = "only of this source", HelpName = "S" };
        var tag = new Option<string>("--tag") { Description = "only with this tag", HelpName = "T" };
        var reading = new ReadingOptions();
        var command = new CliCommand("snapshots", "list the snapshots and the cities that hold them complete", invocation => invocation.InTenantAsync(reading.Needs(invocation), async context =>
        {
            var snapshots = await SnapshotsRun.ListAsync(
                context, invocation.Value(source), invocation.Value(tag), reading.Read(invocation), invocation.Cancellation);
            SnapshotsReport.Print(invocation.Printer, snapshots);
            return invocation.Conclude(context);
        })) { source, tag };
        reading.AddTo(command);
        return command;
    }
}
