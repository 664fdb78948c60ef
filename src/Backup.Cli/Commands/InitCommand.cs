using System.CommandLine;
using Backup.Cli.Reports;
using Backup.Engine.Runs;

namespace Backup.Cli.Commands;

/// <summary><c>init</c>: draws the keys and makes the repository at every site.</summary>
internal static class InitCommand
{
    public static Command Create()
    {
        var recoveryOut = new Option<string>("--recovery-out")
        {
            Description = "write the recovery key's one line into this new file (mode 0600) instead of printing the sheet",
            HelpName = "FILE",
        };
        var dryRun = CommonOptions.DryRun();
        return new CliCommand("init", "draw the keys and make the repository at every site", invocation =>
        {
            var file = invocation.Value(recoveryOut) is { } typed ? Path.GetFullPath(typed, invocation.Surroundings.Directory) : null;
            var request = new InitRequest(file, invocation.IsSet(dryRun));
            return invocation.InTenantAsync(new Needs(), async context =>
            {
                var verdict = InitReport.Print(invocation.Printer, await InitRun.RunAsync(context, request, invocation.Cancellation), request);
                if (!request.DryRun)
                {
                    InitRun.Confirm(context);
                }

                return verdict;
            });
        }) { recoveryOut, dryRun };
    }
}
