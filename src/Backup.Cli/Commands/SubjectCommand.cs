using System.CommandLine;
using Backup.Cli.Reports;
using Backup.Engine.Runs;

namespace Backup.Cli.Commands;

/// <summary><c>subject</c>: one person's data in the archives.</summary>
internal static class SubjectCommand
{
    public static Command Create() =>
        new("subject", "find one person's data, give it out, keep it back, or tie identifiers together") { Find(), Export(), Tie(), Restrict(release: false), Restrict(release: true) };

    /// <summary>Identifiers of one person.</summary>
    internal static Argument<string[]> Ids() => new("ID")
    {
        Description = "identifiers of one person, like email:max@example.de or customer:4711",
        Arity = ArgumentArity.OneOrMore,
    };

    private static CliCommand Find()
    {
        var ids = Ids();
        var content = new Flag("--content") { Description = "look into the content of files too, for what the rules did not catch" };
        var source = new Option<string>("--source") { Description = "with --content: only this source", HelpName = "S" };
        var reading = new ReadingOptions();
        var command = new CliCommand("find", "say where the data of a person lies, and until when it must be kept", invocation =>
            invocation.InTenantAsync(reading.Needs(invocation), async context =>
            {
                if (invocation.IsSet(content))
                {
                    var request = new ContentRequest(invocation.Value(ids)!, invocation.Value(source), reading.Read(invocation));
                    return (await SubjectReport.PrintContentAsync(invocation.Printer, ContentRun.FindAsync(context, request, invocation.Cancellation))).And(invocation.Conclude(context));
                }

                SubjectReport.PrintFound(invocation.Printer, await SubjectRun.FindAsync(context, invocation.Value(ids)!, reading.Read(invocation), invocation.Cancellation));
                return invocation.Conclude(context);
            })) { ids, content, source };
        command.Checks.Add(parse => parse.GetResult(source) is not null && !content.IsSet(parse) ? "--source goes with --content." : null);
        reading.AddTo(command);
        return command;
    }

    private static CliCommand Export()
    {
        var ids = Ids();
        var target = new Option<string>("--target") { Description = "a new folder for the files and a manifest", HelpName = "DIR", Required = true };
        var reading = new ReadingOptions();
        var command = new CliCommand("export", "write the data of a person as files, with a manifest (Art. 15 and 20 GDPR)", invocation =>
            invocation.InTenantAsync(reading.Needs(invocation), async context =>
            {
                var request = new ExportRequest(invocation.Value(ids)!, Path.GetFullPath(invocation.Value(target)!, invocation.Surroundings.Directory), reading.Read(invocation));
                return SubjectReport.PrintExported(invocation.Printer, await ExportRun.RunAsync(context, request, invocation.Cancellation)).And(invocation.Conclude(context));
            })) { ids, target };
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
