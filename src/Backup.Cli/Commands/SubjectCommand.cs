using System.CommandLine;
using Backup.Cli.Reports;
using Backup.Engine.Runs;

namespace Backup.Cli.Commands;

/// <summary><c>subject</c>: one person's data in the archives.</summary>
internal static class SubjectCommand
{
    public static Command Create() =>
        new("subject", "find one person's data, give it out, keep it back, or tie identifiers together") { Find(), Tie(), Restrict(release: false), Restrict(release: true) };

    /// <summary>Identifiers of one person.</summary>
    internal static Argument<string[]> Ids() => new("ID")
    {
        Description = "identifiers of one person, like email:max@example.de or customer:4711",
        Arity = ArgumentArity.OneOrMore,
    };

    private static CliCommand Find()
    {
        var ids = Ids();
        var reading = new ReadingOptions();
        var command = new CliCommand("find", "say where the data of a person lies, and until when it must be kept", invocation =>
            invocation.InTenantAsync(reading.Needs(invocation), async context =>
            {
                SubjectReport.PrintFound(invocation.Printer, await SubjectRun.FindAsync(context, invocation.Value(ids)!, reading.Read(invocation), invocation.Cancellation));
                return invocation.Conclude(context);
            })) { ids };
        reading.AddTo(command);
        return command;
    }

    private static CliCommand Tie()
    {
        var ids = Ids();
        var dryRun = CommonOptions.DryRun();
        return new CliCommand("tie", "say that identifiers belong to one person", invocation => invocation.InTenantAsync(new Needs(), async context =>
            SubjectReport.PrintTied(invocation.Printer, await SubjectRun.TieAsync(context, invocation.Value(ids)!, invocation.IsSet(dryRun), invocation.Cancellation), invocation.IsSet(dryRun)))) { ids, dryRun };
    }

    private static CliCommand Restrict(bool release)
    {
        var ids = Ids();
        var retentionClass = new Option<string>("--class") { Description = "only the data of this class", HelpName = "C" };
        var dryRun = CommonOptions.DryRun();
        var description = release ? "end a restriction" : "keep the data of a person from being restored, exported or searched (Art. 18 GDPR)";
        return new CliCommand(release ? "release" : "restrict", description, invocation => invocation.InTenantAsync(new Needs(), async context =>
        {
            var request = new RestrictionRequest(invocation.Value(ids)!, invocation.Value(retentionClass), invocation.IsSet(dryRun));
            var outcome = await (release ? SubjectRun.ReleaseAsync(context, request, invocation.Cancellation) : SubjectRun.RestrictAsync(context, request, invocation.Cancellation));
            return SubjectReport.PrintRestricted(invocation.Printer, outcome, release, request.DryRun);
        })) { ids, retentionClass, dryRun };
    }
}
