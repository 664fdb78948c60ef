using System.CommandLine;
using Backup.Cli.Output;
using Backup.Cli.Reports;
using Backup.Engine;
using Backup.Engine.Policies;
using Backup.Engine.Runs;

namespace Backup.Cli.Commands;

/// <summary>One call of a command: what was typed, where to print, and how to get at a tenant's repository.</summary>
internal sealed class Invocation
{
    public required ParseResult Parse { get; init; }

    public required Settings Settings { get; init; }

    public required Surroundings Surroundings { get; init; }

    public required Printer Printer { get; init; }

    public required IComposition Composition { get; init; }

    /// <summary>Where the progress of a run is shown; a <c>--json</c> or quiet one shows less.</summary>
    public required Func<ProgressDisplay> ShowProgress { get; init; }

    public required CancellationToken Cancellation { get; init; }

    public T? Value<T>(Option<T> option) => Parse.GetValue(option);

    public bool IsSet(Flag flag) => flag.IsSet(Parse);

    public T? Value<T>(Argument<T> argument) => Parse.GetValue(argument);

    /// <summary>For commands that work on one tenant: with several in the policy, one must be named.</summary>
    public async Task<Verdict> InTenantAsync(Needs needs, Func<RunContext, Task<Verdict>> run)
    {
        var policy = Policy();
        var tenants = policy.TenantsFor(Settings.Tenant);
        if (tenants.Count > 1)
        {
            throw new BackupException(
                FailureKind.Usage,
                $"The policy has {tenants.Count} tenants, and this command works on one.",
                $"Name it: --tenant {string.Join('|', tenants.Select(tenant => tenant.Id))}");
        }

        return await RunAsync(policy, tenants[0], needs, run);
    }

    /// <summary>For commands that without <c>--tenant</c> take all tenants: what fails for one does not keep the others from running; the worst code counts.</summary>
    public async Task<Verdict> InEachTenantAsync(Needs needs, Func<RunContext, Task<Verdict>> run)
    {
        var policy = Policy();
        var tenants = policy.TenantsFor(Settings.Tenant);
        if (tenants.Count == 1)
        {
            return await RunAsync(policy, tenants[0], needs, run);
        }

        var verdict = Verdict.Done;
        foreach (var tenant in tenants)
        {
            Printer.Tenant = tenant.Id;
            Printer.Note($"tenant {Escape.Text(tenant.Id)}");
            try
            {
                verdict = verdict.And(await RunAsync(policy, tenant, needs, run));
            }
            catch (BackupException failure)
            {
                verdict = verdict.And(Failures.Explain(failure, Printer, Cancellation));
            }
        }

        Printer.Tenant = null;
        return verdict;
    }

    /// <summary>The verdict of a command that only reads, said if there is something to say.</summary>
    public Verdict Conclude(RunContext context)
    {
        var verdict = Judgement.OfReading(context, Printer.Zone);
        foreach (var conclusion in verdict.Conclusions)
        {
            Printer.Error(conclusion.Message, conclusion.Remedy);
        }

        return verdict;
    }

    private Policy Policy()
    {
        var policy = Composition.Policy(Settings, Surroundings);
        if (Printer.Verbose)
        {
            foreach (var warning in policy.Warnings)
            {
                Printer.Note($"warning: {Escape.Text(warning.ToString())}");
            }
        }

        return policy;
    }

    private async Task<Verdict> RunAsync(Policy policy, Tenant tenant, Needs needs, Func<RunContext, Task<Verdict>> run)
    {
        using var progress = ShowProgress();
        await using var context = Composition.Open(policy, tenant, needs, progress, Surroundings);
        return await run(context);
    }
}
