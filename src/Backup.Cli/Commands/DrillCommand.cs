using System.CommandLine;
using System.Globalization;
using Backup.Cli.Reports;
using Backup.Engine.Runs;

namespace Backup.Cli.Commands;

/// <summary><c>drill</c>: a real restore from each site alone, compared with what was recorded.</summary>
internal static class DrillCommand
{
    private const int DefaultFiles = 200;

    public static Command Create()
    {
        var source = new Argument<string>("SOURCE") { Description = "only this source", Arity = ArgumentArity.ZeroOrOne };
        var site = CommonOptions.Site("only from this site");
        var files = new Option<string>("--files") { Description = $"how many files (default {DefaultFiles})", HelpName = "N|all" };
        files.CompletionSources.Add(static _ => ["all"]);
        files.Validators.Add(static result =>
        {
            if (result.Tokens is [var token] && !TryParse(token.Value, out _))
            {
                result.AddError($"--files takes a number from 1 or 'all', not '{token.Value}'.");
            }
        });
        return new CliCommand("drill", "restore the newest snapshot from each site alone and compare", invocation =>
        {
            var request = new DrillRequest(
                invocation.Value(source), invocation.Value(site), invocation.Value(files) is { } typed && TryParse(typed, out var number) ? number : DefaultFiles);
            return invocation.InEachTenantAsync(Needs.Of(request.Site), async context =>
                DrillReport.Print(invocation.Printer, await DrillRun.RunAsync(context, request, invocation.Cancellation)));
        }) { source, site, files };
    }

    private static bool TryParse(string typed, out int? number)
    {
        number = int.TryParse(typed, NumberStyles.None, CultureInfo.InvariantCulture, out var parsed) && parsed > 0 ? parsed : null;
        return number is not null || typed == "all";
    }
}
