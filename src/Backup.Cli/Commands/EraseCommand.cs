using System.CommandLine;
using Backup.Cli.Reports;
using Backup.Engine;
using Backup.Engine.Policies;
using Backup.Engine.Runs;

namespace Backup.Cli.Commands;

/// <summary><c>erase</c>: one person, out of every archive in every city.</summary>
internal static class EraseCommand
{
    private const int LargestCertificate = 1 << 20;

    public static Command Create() => new("erase", "erase one person from every archive in every city")
    {
        Plan(), Run(), Status(), Resume(), Approve(), Cancel(), Verify(), Certificate(), Letter(),
    };

    private static Option<string[]> Subjects() => new("--subject")
    {
        Description = "an identifier of the person, like email:max@example.de; repeated for further ones of the same person",
        HelpName = "ID",
        Required = true,
    };

    private static CliCommand Plan()
    {
        var subjects = Subjects();
        var (paths, redact) = (Paths(), Redact());
        return new CliCommand("plan", "say what an erasure would touch; nothing is changed", invocation => invocation.InTenantAsync(new Needs(), async context =>
        {
            var request = new EraseRequest
            {
                Subjects = invocation.Value(subjects)!, Reason = EraseRun.Reasons[0], Paths = invocation.Value(paths) ?? [], Redactions = Rules(invocation, redact), DryRun = true,
            };
            return EraseReport.PrintPlan(invocation.Printer, await EraseRun.PlanAsync(context, request, invocation.Cancellation));
        })) { subjects, paths, redact };
    }

    private static Option<string[]> Paths() => new("--path")
    {
        Description = "only files of the person that match this pattern, as with restore --include; repeatable", HelpName = "GLOB",
    };

    private static Option<string> Redact() => new("--redact") { Description = "the rules that say which records of which files go, where files mix people", HelpName = "FILE" };

    private static IReadOnlyList<RedactionRule> Rules(Invocation invocation, Option<string> redact) => invocation.Value(redact) is { } file
        ? RedactionFile.Load(Path.GetFullPath(file, invocation.Surroundings.Directory), new PolicyEnvironment { Variable = invocation.Surroundings.Variable, WorkingDirectory = invocation.Surroundings.Directory })
        : [];

    private static CliCommand Run()
    {
        var subjects = Subjects();
        var (paths, redact) = (Paths(), Redact());
        var reason = CommonOptions.OneOf("--reason", "why: " + string.Join(", ", EraseRun.Reasons), "WHY", [.. EraseRun.Reasons]);
        reason.Required = true;
        var yes = new Flag("--yes") { Description = "do it; without this the plan is shown and nothing is erased" };
        var dryRun = CommonOptions.DryRun();
        return new CliCommand("run", "erase a person: keys, then objects, then a look at what is left", invocation => invocation.InTenantAsync(new Needs(), async context =>
        {
            var request = new EraseRequest { Subjects = invocation.Value(subjects)!, Reason = invocation.Value(reason)!, Paths = invocation.Value(paths) ?? [], Redactions = Rules(invocation, redact), DryRun = invocation.IsSet(dryRun) };
            if (request.DryRun || !invocation.IsSet(yes))
            {
                var planned = EraseReport.PrintPlan(invocation.Printer, await EraseRun.PlanAsync(context, request, invocation.Cancellation));
                return request.DryRun ? planned : throw new BackupException(
                    FailureKind.Usage, "Nothing was erased: this cannot be taken back, so it has to be said with --yes.", "Look at the plan above; if it is what you want, run it again with --yes.");
            }

            return EraseReport.PrintRun(invocation.Printer, await EraseRun.RunAsync(context, request, invocation.Cancellation));
        })) { subjects, paths, redact, reason, yes, dryRun };
    }

    private static CliCommand Status()
    {
        var reading = new ReadingOptions();
        var command = new CliCommand("status", "show how far each erasure is", invocation => invocation.InTenantAsync(reading.Needs(invocation), async context =>
            EraseReport.PrintList(invocation.Printer, await EraseRun.StatusAsync(context, reading.Read(invocation), invocation.Cancellation)).And(invocation.Conclude(context))));
        reading.AddTo(command);
        return command;
    }

    private static CliCommand Resume()
    {
        var dryRun = CommonOptions.DryRun();
        return new CliCommand("resume", "go on with what is due; backup, sync and gc do so by themselves", invocation => invocation.InTenantAsync(new Needs(), async context =>
            EraseReport.PrintList(invocation.Printer, await EraseRun.ResumeAsync(context, invocation.IsSet(dryRun), invocation.Cancellation)))) { dryRun };
    }

    private static CliCommand Approve()
    {
        var id = Id();
        var dryRun = CommonOptions.DryRun();
        return new CliCommand("approve", "agree to an erasure, with a key of your own", invocation => invocation.InTenantAsync(new Needs(), async context =>
            EraseReport.PrintRun(invocation.Printer, await EraseRun.ApproveAsync(context, invocation.Value(id)!, invocation.IsSet(dryRun), invocation.Cancellation)))) { id, dryRun };
    }

    private static CliCommand Cancel()
    {
        var id = Id();
        var dryRun = CommonOptions.DryRun();
        return new CliCommand("cancel", "take a request back, as long as no key is destroyed", invocation => invocation.InTenantAsync(new Needs(), async context =>
            EraseReport.PrintCancelled(
                invocation.Printer, await EraseRun.CancelAsync(context, invocation.Value(id)!, invocation.IsSet(dryRun), invocation.Cancellation), invocation.IsSet(dryRun)))) { id, dryRun };
    }

    private static CliCommand Verify()
    {
        var id = new Argument<string?>("ID") { Description = "the first digits of a request; without it every one", Arity = ArgumentArity.ZeroOrOne };
        var certificate = new Option<string>("--certificate") { Description = "check this certificate instead: needs neither policy nor site", HelpName = "FILE" };
        var command = new CliCommand("verify", "look again at every site for what was erased, or check a certificate", invocation =>
            invocation.Value(certificate) is { } file
                ? Task.FromResult(EraseReport.PrintCertificate(invocation.Printer, ErasureCertificate.Verify(Read(Path.GetFullPath(file, invocation.Surroundings.Directory)))))
                : invocation.InTenantAsync(new Needs(), async context =>
                    EraseReport.PrintList(invocation.Printer, await EraseRun.VerifyAsync(context, invocation.Value(id), invocation.Cancellation)))) { id, certificate };
        command.Checks.Add(parse => parse.GetResult(certificate) is not null && parse.GetValue(id) is not null ? "--certificate checks a file: no request is named with it." : null);
        return command;
    }

    private static CliCommand Certificate()
    {
        var id = Id();
        var reading = new ReadingOptions();
        var command = new CliCommand("certificate", "write the signed certificate of an erasure to standard output", invocation => invocation.InTenantAsync(reading.Needs(invocation), async context =>
        {
            var made = await EraseRun.CertificateAsync(context, invocation.Value(id)!, reading.Read(invocation), invocation.Cancellation);
            await invocation.Surroundings.Output.WriteAsync(made.Json, invocation.Cancellation);
            await invocation.Surroundings.Output.WriteAsync("\n"u8.ToArray(), invocation.Cancellation);
            return invocation.Conclude(context);
        })) { id };
        command.OutputIsData = true;
        reading.AddTo(command);
        return command;
    }

    private static CliCommand Letter()
    {
        var id = Id();
        var language = CommonOptions.OneOf("--lang", "de or en; de if it is not said", "LANG", "de", "en");
        var reading = new ReadingOptions();
        var command = new CliCommand("letter", "write a printable page for the person to standard output", invocation => invocation.InTenantAsync(reading.Needs(invocation), async context =>
        {
            var made = await EraseRun.CertificateAsync(context, invocation.Value(id)!, reading.Read(invocation), invocation.Cancellation);
            await invocation.Surroundings.Output.WriteAsync(ErasureLetter.Write(made.Body, invocation.Value(language) ?? "de"), invocation.Cancellation);
            return invocation.Conclude(context);
        })) { id, language };
        command.OutputIsData = true;
        reading.AddTo(command);
        return command;
    }

    private static Argument<string> Id() => new("ID") { Description = "the first digits of the request's id; `erase status` shows it" };

    private static byte[] Read(string path)
    {
        try
        {
            return new FileInfo(path).Length <= LargestCertificate ? File.ReadAllBytes(path) : throw new IOException("it is too large to be a certificate.");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new BackupException(FailureKind.Usage, $"The file {path} cannot be read: {failure.Message}", "Name a certificate that `backupctl erase certificate` wrote.");
        }
    }
}
