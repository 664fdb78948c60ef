using System.CommandLine;
using Backup.Cli.Reports;
using Backup.Engine.Runs;

namespace Backup.Cli.Commands;

/// <summary><c>undelete</c>: brings a forgotten snapshot back.</summary>
internal static class UndeleteCommand
{
    public static Command Create()
    {
        var snapshot = CommonOptions.Snapshot("SNAPSHOT", withPath: false);
        var dryRun = CommonOptions.DryRun();
        return new CliCommand("undelete", "bring a forgotten snapshot back, as long as no gc has condemned what it needs", invocation =>
            invocation.InTenantAsync(new Needs(), async context =>
            {
                var request = new SnapshotChangeRequest(invocation.Value(snapshot)!.Name, invocation.IsSet(dryRun));
                return ForgetReport.PrintChange(
                    invocation.Printer, await ForgetRun.UndeleteAsync(context, request, invocation.Cancellation), "It is back.", request.DryRun);
            })) { snapshot, dryRun };
    }
}
