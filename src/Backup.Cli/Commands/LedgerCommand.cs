using System.CommandLine;
using Backup.Cli.Reports;
using Backup.Engine.Runs;

namespace Backup.Cli.Commands;

/// <summary><c>ledger</c>: the signed record of everything that was done.</summary>
internal static class LedgerCommand
{
    public static Command Create() => new("ledger", "show and check the record of everything that was done") { Show(), Verify() };

    private static CliCommand Show()
    {
        var number = new Option<int?>("--number", "-n") { Description = "only so many entries", HelpName = "N" };
        number.Validators.Add(static result =>
        {
            if (result.Tokens is [var token] && !(int.TryParse(token.Value, out var typed) && typed > 0))
            {
                result.AddError($"--number takes a whole number from 1, not '{token.Value}'.");
            }
        });
        return new CliCommand("show", "list the entries, the newest first", invocation =>
            invocation.InTenantAsync(new Needs(), async context =>
            {
                LedgerReport.PrintEntries(invocation.Printer, await LedgerRun.ShowAsync(context, invocation.Value(number), invocation.Cancellation));
                return invocation.Conclude(context);
            })) { number };
    }

    private static CliCommand Verify() => new("verify", "check every entry at every site: hash, signatures, place in the chain", invocation =>
        invocation.InTenantAsync(new Needs(), async context =>
            LedgerReport.PrintVerify(invocation.Printer, await LedgerRun.VerifyAsync(context, invocation.Cancellation))));
}
