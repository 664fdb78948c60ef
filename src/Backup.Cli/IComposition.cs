using Backup.Engine.Policies;
using Backup.Engine.Runs;
using Backup.Engine.Sources;
using Backup.Engine.Stores;

namespace Backup.Cli;

/// <summary>From settings to something a run can work with: policy, stores, the way to the keys.</summary>
internal interface IComposition
{
    /// <summary>The policy that the settings name, or the first of the default places; read once.</summary>
    /// <exception cref="PolicyException">All its faults.</exception>
    /// <exception cref="Engine.BackupException">There is none.</exception>
    Policy Policy(Settings settings, Surroundings surroundings);

    /// <summary>Looks at everything that the policy names, as the runs that use it would.</summary>
    /// <exception cref="PolicyException">All that is wrong.</exception>
    void Check(Policy policy, Surroundings surroundings);

    /// <summary>Opens what a run of one tenant needs. Sites are not asked yet: one that is down is an outcome of the run.</summary>
    /// <exception cref="PolicyException">All that is wrong with the files that this run needs.</exception>
    /// <exception cref="Engine.BackupException">
    /// A site that was named is not in the policy, or nothing says how the repository is unlocked.
    /// </exception>
    RunContext Open(Policy policy, Tenant tenant, Needs needs, IRunProgress progress, Surroundings surroundings);

    /// <summary>The store of a site; nothing is asked yet.</summary>
    IObjectStore Store(SiteConfig site, Surroundings surroundings);

    /// <summary>A database of a tenant; nothing is asked yet.</summary>
    IExaminable Database(DatabaseSourceConfig source, Tenant tenant, Surroundings surroundings);
}

/// <summary>What of the policy a command uses. Secrets of what it does not use may be missing.</summary>
/// <param name="Sites">The sites that were named; null: all.</param>
/// <param name="Sources">Whether sources are read.</param>
internal sealed record Needs(IReadOnlyList<string>? Sites = null, bool Sources = false)
{
    /// <summary>All sites, or the one that was named.</summary>
    public static Needs Of(string? site) => new(site is null ? null : [site]);
}
