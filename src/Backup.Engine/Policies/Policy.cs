namespace Backup.Engine.Policies;

/// <summary>A policy file, read and found sound: what it says, with defaults filled in and paths absolute. It holds no secret, only where secrets are.</summary>
public sealed record Policy
{
    /// <summary>The file as it was named.</summary>
    public required string File { get; init; }

    /// <summary>Absolute path of the state directory of all tenants.</summary>
    public required string State { get; init; }

    /// <summary>At least one, in the order of the file.</summary>
    public required IReadOnlyList<Tenant> Tenants { get; init; }

    public LogsConfig Logs { get; init; } = new();

    public ServiceConfig Service { get; init; } = new();

    /// <summary>What is not wrong and should be known.</summary>
    public IReadOnlyList<PolicyFault> Warnings { get; init; } = [];

    /// <summary>Every file that the policy names besides itself.</summary>
    public IReadOnlyList<FileReference> Files { get; init; } = [];

    /// <summary>What of the sources only a <see cref="TermJudge"/> can judge.</summary>
    public IReadOnlyList<PolicyTerm> Terms { get; init; } = [];

    /// <summary>The tenant of that id, or all of them if <paramref name="id"/> is null.</summary>
    /// <exception cref="BackupException"><see cref="FailureKind.Usage"/>: no tenant has that id.</exception>
    public IReadOnlyList<Tenant> TenantsFor(string? id)
    {
        if (id is null)
        {
            return Tenants;
        }

        var names = Tenants.Select(tenant => tenant.Id).ToList();
        return Tenants.FirstOrDefault(tenant => tenant.Id == id) is { } found
            ? [found]
            : throw new BackupException(
                FailureKind.Usage,
                $"The policy {File} has no tenant {PolicyReading.Quote(id)}.",
                $"Name one of: {string.Join(", ", names)}.");
    }

    /// <summary>
    /// Looks whether the files that the policy names are there, and the secret ones hidden from others. A pass of its own: what shows a policy,
    /// checks compliance or restores from one site does not need every secret.
    /// </summary>
    /// <param name="which">The files that matter for what is to be done; null: all.</param>
    /// <exception cref="PolicyException">All that is wrong with them.</exception>
    public void CheckFiles(Func<FileReference, bool>? which = null)
    {
        var faults = new PolicyFaults(File);
        faults.AddProblems(Files.Where(file => which is null || which(file)));
        faults.ThrowIfAny();
    }

    /// <summary>Looks at everything that the policy names: its files, and what a run would refuse of it.</summary>
    /// <exception cref="PolicyException">All that is wrong.</exception>
    public void CheckAll(TermJudge judge)
    {
        var faults = new PolicyFaults(File);
        faults.AddProblems(Files);
        faults.AddRefusals(this, judge);
        faults.ThrowIfAny();
    }
}

/// <summary>A customer or the operator: a repository of its own, with its own keys.</summary>
public sealed record Tenant
{
    public required string Id { get; init; }

    /// <summary>Absolute path of this tenant's state directory.</summary>
    public required string State { get; init; }

    /// <summary>How an unattended run gets the passphrase; null if the policy does not say.</summary>
    public KeysConfig? Keys { get; init; }

    /// <summary>At least one, ids unique.</summary>
    public required IReadOnlyList<SiteConfig> Sites { get; init; }

    public required PlacementConfig Placement { get; init; }

    public LimitsConfig Limits { get; init; } = new();

    /// <summary>May be empty; ids unique.</summary>
    public IReadOnlyList<SourceConfig> Sources { get; init; } = [];

    /// <summary>In the order of the file, names unique.</summary>
    public IReadOnlyList<RetentionClass> Classes { get; init; } = [];

    /// <summary>Absolute path of the file that ties identifiers of one person, or null.</summary>
    public string? SubjectsFile { get; init; }

    public ErasureConfig Erasure { get; init; } = new();

    public VerifyConfig Verify { get; init; } = new();

    public GcConfig Gc { get; init; } = new();

    public ScheduleConfig Schedule { get; init; } = new();

    public AlertsConfig Alerts { get; init; } = new();

    /// <summary>The data is a customer's whom the operator serves: reading it asks for a purpose.</summary>
    public bool Processor { get; init; }
}
