using System.CommandLine;
using Backup.Cli.Reports;
using Backup.Engine.Runs;

namespace Backup.Cli.Commands;

/// <summary><c>pin</c> and <c>unpin</c>: a snapshot stays whatever the rules say, or the rules apply to it again.</summary>
internal static class PinCommand
{
    public static Command Create() => Create(pin: true, "pin", "keep a snapshot whatever the rules say", "It stays until it is unpinned.");

    public static Command CreateUnpin() => Create(pin: false, "unpin", "let the rules apply to a snapshot again", "The next forget applies the rules to it.");

    private static CliCommand Create(bool pin, string name, string description, string done)
    {
        var snapshot = CommonOptions.Snapshot("SNAPSHOT", withPath: false);
        var dryRun = CommonOptions.DryRun();
        return new CliCommand(name, description, invocation => invocation.InTenantAsync(new Needs(), async context =>
        {
            var request = new SnapshotChangeRequest(invocation.Value(snapshot)!.Name, invocation.IsSet(dryRun));
            return ForgetReport.PrintChange(invocation.Printer, await ForgetRun.PinAsync(context, request, pin, invocation.Cancellation), done, request.DryRun);
        })) { snapshot, dryRun };
    }
}
