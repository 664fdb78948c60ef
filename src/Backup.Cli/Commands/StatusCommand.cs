using System.CommandLine;
using Backup.Cli.Reports;
using Backup.Engine.Runs;

namespace Backup.Cli.Commands;

/// <summary><c>status</c>: sites and sources as they are now.</summary>
internal static class StatusCommand
{
    public static Command Create() => new CliCommand("status", "show what every site holds, what is lacking and how old it is", invocation =>
        invocation.InEachTenantAsync(new Needs(), async context => StatusReport.Print(invocation.Printer, await StatusRun.RunAsync(context, invocation.Cancellation))));
}
