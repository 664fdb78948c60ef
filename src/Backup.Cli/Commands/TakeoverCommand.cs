using System.CommandLine;
using Backup.Cli.Reports;
using Backup.Engine.Runs;

namespace Backup.Cli.Commands;

/// <summary><c>takeover</c>: this host and state become the owner.</summary>
internal static class TakeoverCommand
{
    public static Command Create()
    {
        var dryRun = CommonOptions.DryRun();
        return new CliCommand("takeover", "make this host the owner of the repository; only when the old one is gone", invocation => invocation.InTenantAsync(new Needs(), async context =>
            SiteReport.PrintTakeover(
                invocation.Printer, await TakeoverRun.RunAsync(context, invocation.IsSet(dryRun), invocation.Cancellation), invocation.IsSet(dryRun)))) { dryRun };
    }
}
