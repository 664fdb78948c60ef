using System.CommandLine;
using Backup.Cli.Reports;
using Backup.Engine;
using Backup.Engine.Runs;

namespace Backup.Cli.Commands;

/// <summary><c>key</c>: the unlock slots and the recovery key.</summary>
internal static class KeyCommand
{
    public static Command Create() =>
        new("key", "list and change what unlocks the repository") { List(), Add(), Remove(), Rotate(), Recovery() };

    private static CliCommand List() => new("list", "list the unlock slots", invocation =>
        invocation.InTenantAsync(new Needs(), async context =>
        {
            KeyReport.PrintList(invocation.Printer, await KeyRun.ListAsync(context, invocation.Cancellation));
            return Verdict.Done;
        }));

    private static CliCommand Add()
    {
        var file = new Option<string>("--new-passphrase-file")
        {
            Description = "the file that holds the new passphrase",
            HelpName = "FILE",
            Required = true,
        };
        var label = new Option<string>("--label") { Description = "what you call the slot", HelpName = "TEXT" };
        var dryRun = CommonOptions.DryRun();
        return new CliCommand("add", "add a passphrase", invocation => ChangeAsync(
            invocation,
            context => KeyRun.AddAsync(
                context,
                new KeyAddRequest(Absolute(invocation, file)!, invocation.Value(label) ?? "", invocation.IsSet(dryRun)),
                invocation.Cancellation),
            "The new passphrase opens the repository.",
            dryRun)) { file, label, dryRun };
    }

    private static CliCommand Remove()
    {
        var id = new Argument<string>("ID") { Description = "the first digits of the slot's id" };
        var dryRun = CommonOptions.DryRun();
        return new CliCommand("remove", "remove an unlock slot: it opens nothing any more", invocation => ChangeAsync(
            invocation,
            context => KeyRun.RemoveAsync(context, invocation.Value(id)!, invocation.IsSet(dryRun), invocation.Cancellation),
            "The slot is removed and opens nothing any more.",
            dryRun)) { id, dryRun };
    }

    private static CliCommand Rotate()
    {
        var dryRun = CommonOptions.DryRun();
        return new CliCommand("rotate", "begin a new epoch of the keyring", invocation => ChangeAsync(
            invocation,
            context => KeyRun.RotateAsync(context, invocation.IsSet(dryRun), invocation.Cancellation),
            "A new epoch has begun; every slot opens it.",
            dryRun)) { dryRun };
    }

    private static CliCommand Recovery()
    {
        var output = new Option<string>("--recovery-out")
        {
            Description = "write the new key's one line into this new file (mode 0600) instead of printing the sheet",
            HelpName = "FILE",
        };
        var check = new Flag("--check") { Description = "only try the key that BACKUP_RECOVERY_KEY_FILE names; nothing is changed" };
        var dryRun = CommonOptions.DryRun();
        var command = new CliCommand("recovery", "draw a new recovery key and sheet, or check the one you have", invocation =>
            invocation.IsSet(check) ? CheckAsync(invocation) : ChangeAsync(
                invocation,
                context => KeyRun.RecoveryAsync(context, Absolute(invocation, output), invocation.IsSet(dryRun), invocation.Cancellation),
                "The new recovery key is valid. Destroy the old sheet: it opens nothing any more.",
                dryRun,
                KeyRun.ConfirmRecovery)) { output, check, dryRun };
        command.Checks.Add(parse => check.IsSet(parse) && parse.GetResult(output) is not null
            ? "--check changes nothing, so --recovery-out has nothing to write."
            : null);
        return command;
    }

    private static Task<Verdict> ChangeAsync(
        Invocation invocation, Func<RunContext, Task<KeyOutcome>> change, string done, Flag dryRun, Action<RunContext>? confirm = null) =>
        invocation.InTenantAsync(new Needs(), async context =>
        {
            var verdict = KeyReport.PrintChange(invocation.Printer, await change(context), done, invocation.IsSet(dryRun));
            if (!invocation.IsSet(dryRun))
            {
                confirm?.Invoke(context);
            }

            return verdict;
        });

    private static Task<Verdict> CheckAsync(Invocation invocation)
    {
        var file = invocation.Surroundings.Variable("BACKUP_RECOVERY_KEY_FILE") ?? throw new BackupException(
            FailureKind.Usage,
            "There is no recovery key to check.",
            "Write the key's line into a file that only you can read, and name it in BACKUP_RECOVERY_KEY_FILE.");
        var path = Path.GetFullPath(file, invocation.Surroundings.Directory);
        return invocation.InTenantAsync(new Needs(), async context =>
            KeyReport.PrintCheck(invocation.Printer, await KeyRun.CheckRecoveryAsync(context, path, invocation.Cancellation)));
    }

    private static string? Absolute(Invocation invocation, Option<string> option) =>
        invocation.Value(option) is { } typed ? Path.GetFullPath(typed, invocation.Surroundings.Directory) : null;
}
