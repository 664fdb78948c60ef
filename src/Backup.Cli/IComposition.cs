using Backup.Engine.Runs;

namespace Backup.Cli;

/// <summary>A tenant of the policy, before anything of it is opened.</summary>
/// <param name="Id">As the policy names it.</param>
/// <param name="State">Its state directory.</param>
internal record TenantPlace(string Id, string State);

/// <summary>From settings to something a run can work with: policy, stores, keys.</summary>
internal interface IComposition
{
    /// <summary>The tenant that was named, or all of the policy's; at least one.</summary>
    /// <exception cref="Engine.BackupException">No policy was found, it has faults (all at once), or it has no such tenant.</exception>
    IReadOnlyList<TenantPlace> Tenants(Settings settings, Surroundings surroundings);

    /// <summary>Opens what a run needs. Sites are not asked yet: one that is down is an outcome of the run.</summary>
    Task<RunContext> OpenAsync(TenantPlace tenant, IRunProgress progress, Surroundings surroundings, CancellationToken cancellation);
}
