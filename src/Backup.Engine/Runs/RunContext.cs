using System.Text;
using Backup.Engine.Policies;
using Backup.Engine.Sources;
using Backup.Engine.Stores;

namespace Backup.Engine.Runs;

/// <summary>What every run of one tenant works with. Nothing of it is opened yet: a site that is down is an outcome of the run.</summary>
public sealed class RunContext : IAsyncDisposable
{
    private readonly List<DamageFinding> _damage = [];

    public string Tenant => Policy.Id;

    /// <summary>The tenant's part of the policy.</summary>
    public required Tenant Policy { get; init; }

    /// <summary>Makes the store of a site. Called once for each site of a run; the run disposes it.</summary>
    /// <exception cref="BackupException"><see cref="FailureKind.Usage"/>: this build has no such store, or its credentials cannot be read.</exception>
    public required Func<SiteConfig, IObjectStore> Stores { get; init; }

    /// <summary>What was asked of the store of a site so far. Default: nobody counts.</summary>
    public Func<string, StoreUsage?> Usage { get; init; } = static _ => null;

    /// <summary>Makes the reader of a source. The places belong to the backup itself and are never read.</summary>
    /// <exception cref="BackupException"><see cref="FailureKind.Usage"/>: this build cannot read such a source, or its description is impossible.</exception>
    public required Func<SourceConfig, IReadOnlyList<ProtectedPlace>, ISource> Sources { get; init; }

    /// <summary>Starts a database server (kind) in a folder that it makes; null: there is none of that kind on this machine. Default: there is none.</summary>
    public Func<string, string, IThrowawayServer?> Servers { get; init; } = static (_, _) => null;

    /// <summary>Where the passphrase or recovery key is. Not asked before a run needs it.</summary>
    public required Func<PassphraseSource> Secret { get; init; }

    /// <summary>What belongs to the backup itself, of all tenants: never read as a source, never written as a target.</summary>
    public required IReadOnlyList<ProtectedPlace> OwnPlaces { get; init; }

    /// <summary>The sources of all tenants: where a new secret must not lie. Default: this tenant's.</summary>
    public IReadOnlyList<SourceConfig> AllSources { get => field ?? Policy.Sources; init; }

    /// <summary>The version that snapshots name.</summary>
    public required string ProgramVersion { get; init; }

    public required IRunProgress Progress { get; init; }

    public required TimeProvider Clock { get; init; }

    /// <summary>The state directory of this tenant.</summary>
    public string StatePath => Policy.State;

    /// <summary>The local sites and states of all tenants, and files with secrets: a copy of another tenant's keys would outlive their erasure too.</summary>
    public static IReadOnlyList<ProtectedPlace> PlacesOf(IReadOnlyList<Tenant> tenants, IEnumerable<string> secretFiles)
    {
        static ProtectedPlace Place(string path, string what) => new(Encoding.UTF8.GetBytes(path), what);
        var sites = tenants.SelectMany(static tenant => tenant.Sites).OfType<LocalSiteConfig>();
        return
        [
            .. sites.Select(static site => Place(site.Path, $"the local site {site.Id}")),
            .. tenants.Select(static tenant => Place(tenant.State, "the state")),
            .. secretFiles.Select(static file => Place(file, "a file with a secret")),
        ];
    }

    /// <summary>Set by a run that reads when a stale site was all there was: the time of the newer head that is known.</summary>
    public DateTimeOffset? StaleSince { get; internal set; }

    /// <summary>The sites that a run that reads asked and that do not hold the repository, or do not answer, each with the reason.</summary>
    public IReadOnlyList<SiteOutcome> Absent { get; internal set; } = [];

    /// <summary>Damage that a run met while it read, for runs whose result has no place for it (lists and <c>dump</c>).</summary>
    public IReadOnlyList<DamageFinding> Damage
    {
        get
        {
            lock (_damage)
            {
                return [.. _damage];
            }
        }
    }

    /// <summary>A site that was asked answers no more.</summary>
    internal void Miss(SiteOutcome site)
    {
        lock (_damage)
        {
            if (Absent.All(known => known.Id != site.Id))
            {
                Absent = [.. Absent, site];
            }
        }
    }

    internal void Report(DamageFinding finding)
    {
        lock (_damage)
        {
            if (!_damage.Contains(finding))
            {
                _damage.Add(finding);
            }
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
