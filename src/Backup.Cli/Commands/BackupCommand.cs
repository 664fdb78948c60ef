using System.CommandLine;
using Backup.Cli.Reports;
using Backup.Engine.Runs;

namespace Backup.Cli.Commands;

/// <summary><c>backup</c>: one snapshot per source to all sites.</summary>
internal static class BackupCommand
{
    public static Command Create()
    {
        var sources = new Argument<string[]>("SOURCE") { Description = "sources of the policy; none named: all", Arity = ArgumentArity.ZeroOrMore };
        var tags = new Option<string[]>("--tag") { Description = "mark the snapshots with this word (may be given several times)", HelpName = "T" };
        var dryRun = CommonOptions.DryRun();
        return new CliCommand("backup", "back up the sources of the policy to all sites", invocation =>
        {
            var request = new BackupRequest(invocation.Value(sources) ?? [], invocation.Value(tags) ?? [], invocation.IsSet(dryRun));
            return invocation.InEachTenantAsync(new Needs(Sources: true), context => RunAsync(invocation, context, request));
        }) { sources, tags, dryRun };
    }

    private static async Task<Verdict> RunAsync(Invocation invocation, RunContext context, BackupRequest request)
    {
        var verdict = Verdict.Done;
        var first = true;
        await foreach (var outcome in BackupRun.RunAsync(context, request, invocation.Cancellation))
        {
            if (!first && !invocation.Printer.Json)
            {
                invocation.Printer.Line();
            }

            first = false;
            verdict = verdict.And(BackupReport.Print(invocation.Printer, outcome, request.DryRun));
            invocation.Printer.Flush();
        }

        return verdict;
    }
}
