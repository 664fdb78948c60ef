using System.CommandLine;
using Backup.Cli.Reports;
using Backup.Engine.Runs;

namespace Backup.Cli.Commands;

/// <summary><c>forget</c>: removes the snapshots that no rule of the policy keeps.</summary>
internal static class ForgetCommand
{
    public static Command Create()
    {
        var dryRun = CommonOptions.DryRun();
        return new CliCommand("forget", "forget the snapshots that no rule of the policy keeps; gc frees their space", invocation =>
            invocation.InEachTenantAsync(new Needs(), async context => ForgetReport.Print(
                invocation.Printer, await ForgetRun.RunAsync(context, invocation.IsSet(dryRun), invocation.Cancellation), invocation.IsSet(dryRun)))) { dryRun };
    }
}
