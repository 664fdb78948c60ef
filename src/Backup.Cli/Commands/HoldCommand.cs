using System.CommandLine;
using System.Globalization;
using Backup.Cli.Reports;
using Backup.Engine.Runs;

namespace Backup.Cli.Commands;

/// <summary><c>hold</c>: legal duties that keep data from being erased.</summary>
internal static class HoldCommand
{
    public static Command Create() => new("hold", "list, add or release legal holds, which keep data from being erased") { List(), Add(), Release() };

    private static CliCommand List() => new("list", "list the holds", invocation => invocation.InTenantAsync(new Needs(), async context =>
    {
        HoldReport.PrintList(invocation.Printer, await HoldRun.ListAsync(context, invocation.Cancellation));
        return Verdict.Done;
    }));

    private static CliCommand Add()
    {
        var retentionClass = new Option<string>("--class") { Description = "the class that it covers; without it every class", HelpName = "C" };
        var subject = new Option<string>("--subject") { Description = "the person that it covers; without it everybody", HelpName = "ID" };
        var until = new Option<string>("--until") { Description = "the day on which it ends, like 2034-12-31", HelpName = "DATE", Required = true };
        until.Validators.Add(static result =>
        {
            if (result.Tokens is [var token] && ParseDay(token.Value) is null)
            {
                result.AddError($"--until takes a day like 2034-12-31, not '{token.Value}'.");
            }
        });
        var reason = new Option<string>("--reason") { Description = "why, for the record", HelpName = "TEXT", Required = true };
        var dryRun = CommonOptions.DryRun();
        return new CliCommand("add", "add a hold", invocation => invocation.InTenantAsync(new Needs(), async context =>
        {
            var request = new HoldRequest(
                invocation.Value(retentionClass), invocation.Value(subject), ParseDay(invocation.Value(until)!)!.Value, invocation.Value(reason)!, invocation.IsSet(dryRun));
            return HoldReport.PrintChange(invocation.Printer, await HoldRun.AddAsync(context, request, invocation.Cancellation), "The hold stands.", request.DryRun);
        })) { retentionClass, subject, until, reason, dryRun };
    }

    private static CliCommand Release()
    {
        var id = new Argument<string>("ID") { Description = "the first digits of the hold's id" };
        var dryRun = CommonOptions.DryRun();
        return new CliCommand("release", "end a hold before its day", invocation => invocation.InTenantAsync(new Needs(), async context =>
            HoldReport.PrintChange(
                invocation.Printer, await HoldRun.ReleaseAsync(context, invocation.Value(id)!, invocation.IsSet(dryRun), invocation.Cancellation),
                "The hold is ended. What an erasure had to leave for it goes with the next run.", invocation.IsSet(dryRun)))) { id, dryRun };
    }

    /// <summary>The end of that day, UTC.</summary>
    private static DateTimeOffset? ParseDay(string text) =>
        DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day)
            ? new DateTimeOffset(day.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero).AddDays(1) : null;
}
