using System.CommandLine;
using Backup.Cli.Reports;
using Backup.Engine.Runs;

namespace Backup.Cli.Commands;

/// <summary><c>site</c>: the sites of the repository, one more, one less.</summary>
internal static class SiteCommand
{
    public static Command Create() => new("site", "list, add or retire sites") { List(), Change(retire: false), Change(retire: true) };

    private static CliCommand List() => new("list", "list the sites of the repository and of the policy", invocation => invocation.InTenantAsync(new Needs(), async context =>
    {
        SiteReport.PrintList(invocation.Printer, await SiteRun.ListAsync(context, invocation.Cancellation));
        return Verdict.Done;
    }));

    private static CliCommand Change(bool retire)
    {
        var id = new Argument<string>("ID") { Description = "the site, as the policy names it" };
        var dryRun = CommonOptions.DryRun();
        var description = retire ? "end a site: it counts nowhere any more" : "bring a site of the policy into the repository";
        return new CliCommand(retire ? "retire" : "add", description, invocation =>
        {
            var request = new SiteChangeRequest(invocation.Value(id)!, invocation.IsSet(dryRun));
            return invocation.InTenantAsync(new Needs(), async context => SiteReport.PrintChange(
                invocation.Printer,
                retire ? await SiteRun.RetireAsync(context, request, invocation.Cancellation) : await SiteRun.AddAsync(context, request, invocation.Cancellation),
                retire,
                request.DryRun));
        }) { id, dryRun };
    }
}
