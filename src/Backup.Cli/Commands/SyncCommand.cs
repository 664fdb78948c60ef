using System.CommandLine;
using Backup.Cli.Reports;
using Backup.Engine.Runs;

namespace Backup.Cli.Commands;

/// <summary><c>sync</c>: brings every site to the same state.</summary>
internal static class SyncCommand
{
    public static Command Create()
    {
        var from = new Option<string>("--from") { Description = "copy from this site only", HelpName = "ID" };
        var to = new Option<string>("--to") { Description = "copy to this site only", HelpName = "ID" };
        var rebuild = new Flag("--rebuild") { Description = "fill the site of --to again, where a repository was and is gone" };
        var dryRun = CommonOptions.DryRun();
        var command = new CliCommand("sync", "bring every site to the same state", invocation =>
        {
            var request = new SyncRequest(invocation.Value(from), invocation.Value(to), invocation.IsSet(rebuild), invocation.IsSet(dryRun));
            return invocation.InEachTenantAsync(new Needs(), async context =>
                SyncReport.Print(invocation.Printer, await SyncRun.RunAsync(context, request, invocation.Cancellation), request.DryRun));
        }) { from, to, rebuild, dryRun };
        command.Checks.Add(parse => rebuild.IsSet(parse) && parse.GetResult(to) is null ? "--rebuild fills one site again: name it with --to ID." : null);
        command.Checks.Add(parse => parse.GetResult(from)?.Tokens is [var source] && parse.GetResult(to)?.Tokens is [var target] && source.Value == target.Value
            ? "--from and --to name the same site."
            : null);
        return command;
    }
}
