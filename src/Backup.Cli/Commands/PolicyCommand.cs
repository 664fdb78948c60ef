using System.CommandLine;
using Backup.Cli.Reports;
using Backup.Engine;
using Backup.Engine.Policies;
using Backup.Engine.Sites;
using Backup.Engine.Stores;

namespace Backup.Cli.Commands;

/// <summary><c>policy</c>: is it right, what does it come to, what may stand in it. None of this needs a repository.</summary>
internal static class PolicyCommand
{
    public static Command Create() => new("policy", "check and show the policy") { Validate(), Show(), Schema() };

    private static CliCommand Validate()
    {
        var connect = new Flag("--connect")
        {
            Description = "ask every site and database too, and try what a store can do and whether a data map fits; what that writes is removed",
        };
        return new CliCommand("validate", "find all faults of the policy at once", async invocation =>
        {
            var policy = invocation.Composition.Policy(invocation.Settings, invocation.Surroundings);
            invocation.Composition.Check(policy, invocation.Surroundings);
            var presences = invocation.IsSet(connect) ? await ProbeAsync(invocation, policy) : [];
            var sources = invocation.IsSet(connect) ? Examine(invocation, policy) : [];
            return PolicyReport.PrintValid(invocation.Printer, policy, presences, sources);
        }) { connect };
    }

    private static CliCommand Show() => new("show", "print the policy as it was understood, with defaults", static invocation =>
    {
        PolicyReport.PrintText(invocation.Printer, invocation.Composition.Policy(invocation.Settings, invocation.Surroundings));
        return Task.FromResult(Verdict.Done);
    });

    private static CliCommand Schema() => new("schema", "print the JSON schema of a policy, for editors", static invocation =>
    {
        foreach (var line in PolicySchema.Text.TrimEnd('\n').Split('\n'))
        {
            invocation.Printer.Line(line);
        }

        return Task.FromResult(Verdict.Done);
    });

    /// <summary>One database after another: each may be busy enough.</summary>
    private static IReadOnlyList<SourcePresence> Examine(Invocation invocation, Policy policy) =>
    [
        .. from tenant in policy.TenantsFor(invocation.Settings.Tenant)
           from source in tenant.Sources.OfType<DatabaseSourceConfig>()
           select Examine(invocation, tenant, source),
    ];

    private static SourcePresence Examine(Invocation invocation, Tenant tenant, DatabaseSourceConfig source)
    {
        invocation.Cancellation.ThrowIfCancellationRequested();
        try
        {
            var database = invocation.Composition.Database(source, tenant, invocation.Surroundings);
            return new SourcePresence(tenant.Id, source, database.Examine(), null);
        }
        catch (BackupException failure)
        {
            return new SourcePresence(tenant.Id, source, null, failure);
        }
    }

    private static async Task<IReadOnlyList<SitePresence>> ProbeAsync(Invocation invocation, Policy policy) => await Task.WhenAll(
        policy.TenantsFor(invocation.Settings.Tenant).SelectMany(tenant => tenant.Sites.Select(site => ProbeAsync(invocation, tenant.Id, site))));

    private static async Task<SitePresence> ProbeAsync(Invocation invocation, string tenant, SiteConfig site)
    {
        await using var store = invocation.Composition.Store(site, invocation.Surroundings);
        var (presence, failure) = await store.ProbeAsync(invocation.Cancellation);
        if (presence is StorePresence.Missing or StorePresence.Unreachable or StorePresence.Foreign)
        {
            return new SitePresence(tenant, site, presence, failure?.Message);
        }

        try
        {
            return new SitePresence(tenant, site, presence) { Risks = SiteSafety.Of(site, await store.ExamineAsync(invocation.Cancellation)) };
        }
        catch (StoreException refused)
        {
            return new SitePresence(tenant, site, presence, refused.Message);
        }
    }
}
