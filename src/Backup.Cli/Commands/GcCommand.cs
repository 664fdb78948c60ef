using System.CommandLine;
using Backup.Cli.Reports;
using Backup.Engine.Policies;
using Backup.Engine.Runs;

namespace Backup.Cli.Commands;

/// <summary><c>gc</c>: frees the space of what no snapshot needs any more.</summary>
internal static class GcCommand
{
    public static Command Create()
    {
        var maxTime = new Option<string>("--max-time") { Description = "begin nothing more after so long, like 30min; the next gc goes on", HelpName = "T" };
        maxTime.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && !Quantity.TryDuration(token.Value, out _))
            {
                result.AddError($"--max-time takes {Quantity.ExactDurationForm}, not '{token.Value}'.");
            }
        });
        var maxDelete = ShareOption.Create("--max-delete", "the largest part of all data to condemn, instead of what the policy allows");
        var dryRun = CommonOptions.DryRun();
        return new CliCommand("gc", "free the space of what no snapshot needs any more", invocation =>
        {
            var request = new GcRequest(
                invocation.Value(maxTime) is { } typed && Quantity.TryDuration(typed, out var time) ? time : null,
                invocation.Value(maxDelete) is null ? null : ShareOption.Read(invocation, maxDelete, Share.All),
                invocation.IsSet(dryRun));
            return invocation.InEachTenantAsync(new Needs(), async context =>
                GcReport.Print(invocation.Printer, await GcRun.RunAsync(context, request, invocation.Cancellation), request.DryRun));
        }) { maxTime, maxDelete, dryRun };
    }
}
