using System.CommandLine;
using Backup.Cli.Reports;
using Backup.Engine.Runs;

namespace Backup.Cli.Commands;

/// <summary><c>verify</c>: is everything still there, and is it what was written.</summary>
internal static class VerifyCommand
{
    public static Command Create()
    {
        var site = CommonOptions.Site("only this site");
        var hashes = ShareOption.Create("--hashes", "how many objects to read and hash, without keys (default all)");
        var readData = ShareOption.Create("--read-data", "how much to decrypt and check blob by blob (default none)");
        var heal = new Flag("--heal") { Description = "put back what is missing or damaged from a site that has it" };
        var dryRun = CommonOptions.DryRun();
        return new CliCommand("verify", "check that every site still holds what was written", invocation =>
        {
            var request = new VerifyRequest(
                invocation.Value(site),
                ShareOption.Read(invocation, hashes, Share.All),
                ShareOption.Read(invocation, readData, Share.None),
                invocation.IsSet(heal),
                invocation.IsSet(dryRun));
            return invocation.InEachTenantAsync(Needs.Of(request.Site), async context =>
                VerifyReport.Print(invocation.Printer, await VerifyRun.RunAsync(context, request, invocation.Cancellation), request.DryRun));
        }) { site, hashes, readData, heal, dryRun };
    }
}
