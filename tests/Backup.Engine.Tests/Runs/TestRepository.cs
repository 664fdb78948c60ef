using System.Collections.Concurrent;
using System.Text;
using Backup.Engine.Format;
using Backup.Engine.Policies;
using Backup.Engine.Runs;
using Backup.Engine.Sources;
using Backup.Engine.Stores;
using Backup.Engine.Tests.Policies;
using Backup.Engine.Tests.Sources;
using Backup.Stores.Local;

namespace Backup.Engine.Tests.Runs;

/// <summary>
/// A policy with three local sites (a, b, c), one source (data) and a state directory, all in a scratch folder, and the runs on it as the program makes them.
/// Opened with the recovery key after <see cref="InitAsync"/>, which costs no Argon2.
/// </summary>
internal sealed class TestRepository : IDisposable
{
    private readonly string _base = Directory.CreateTempSubdirectory("backup-runs-").FullName;
    private static readonly string[] Parts = ["site-a", "site-b", "site-c", "state", "recovery"];

    private int _targets;

    /// <param name="sources">The list below <c>sources:</c>, with <c>{source}</c> for the source folder; null: all of that folder as <c>data</c>.</param>
    /// <param name="more">More lines of the policy, e.g. <c>classes:</c>.</param>
    public TestRepository(string? sources = null, string more = "")
        : this(sources ?? "  - { id: data, kind: files, roots: [ '{source}' ] }", more, null)
    {
        Directory.CreateDirectory(SourcePath);
    }

    private TestRepository(string sources, string more, string? sourcePath)
    {
        SourcePath = sourcePath ?? At("source");
        Sources = sources;
        More = more;
        Write("passphrase", "correct horse battery staple\n");
    }

    public static IReadOnlyList<string> SiteIds { get; } = ["a", "b", "c"];

    public string SourcePath { get; }

    public string StatePath => At("state");

    public string RecoveryKeyPath => At("recovery");

    public TestClock Clock { get; } = new();

    /// <summary>What runs said while they worked.</summary>
    public ConcurrentQueue<RunFinding> Messages { get; } = new();

    /// <summary>Stands between a run and a site's store: the site's id, the real store, what the run gets.</summary>
    public Func<string, IObjectStore, IObjectStore> Between { get; set; } = static (_, store) => store;

    /// <summary>Stands between a run and its source.</summary>
    public Func<ISource, ISource> Reading { get; set; } = static source => source;

    /// <summary>The city of the site b.</summary>
    public string SecondCity { get; set; } = "Nürnberg";

    /// <summary>What the policy says of the site a, but for its id and city; its store is a folder whatever that says.</summary>
    public string? FirstSite { get; set; }

    /// <summary>How many cities the policy demands.</summary>
    public int DemandedCities { get; set; } = 3;

    /// <summary>The list below <c>sources:</c>.</summary>
    public string Sources { get; set; }

    private string More { get; }

    /// <summary>A place in the scratch folder.</summary>
    public string At(string name) => Path.Join(_base, name);

    public string SitePath(string site) => At("site-" + site);

    /// <summary>The file behind an object at a site.</summary>
    public string ObjectPath(string site, string name) => Path.Join(SitePath(site), name);

    /// <summary>The names of all objects at a site, or of those in one folder of it, in order.</summary>
    public IReadOnlyList<string> Objects(string site, string folder = "") =>
        [.. Directory.EnumerateFiles(SitePath(site), "*", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(SitePath(site), file))
            .Where(name => name.StartsWith(folder, StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)];

    /// <summary>Every object of a site with the hash of its bytes: what must be the same after a heal.</summary>
    public Dictionary<string, string> Content(string site) =>
        Objects(site).ToDictionary(name => name, name => Hash.Of(File.ReadAllBytes(ObjectPath(site, name))).ToString(), StringComparer.Ordinal);

    /// <summary>A place in the source folder.</summary>
    public string InSource(string name) => Path.Join(SourcePath, name);

    /// <summary>Writes a file of the source, with the folders above it.</summary>
    public void WriteSource(string name, byte[] content)
    {
        var path = Path.Join(SourcePath, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, content);
    }

    /// <inheritdoc cref="WriteSource(string, byte[])"/>
    public void WriteSource(string name, string text) => WriteSource(name, Encoding.UTF8.GetBytes(text));

    /// <summary>What a run works with.</summary>
    /// <param name="state">Another state directory than the usual one; "empty-1" stands for one that does not exist yet.</param>
    /// <param name="passphrase">With the passphrase instead of the recovery key.</param>
    public RunContext Context(string state = "state", bool passphrase = false)
    {
        var tenant = Policy(state);
        var recovery = !passphrase && File.Exists(RecoveryKeyPath);
        var secret = recovery
            ? new PassphraseSource(PassphraseKind.RecoveryKeyFile, RecoveryKeyPath, [], -1, "test")
            : new PassphraseSource(PassphraseKind.File, At("passphrase"), [], -1, "test");
        return new RunContext
        {
            Policy = tenant,
            Secret = () => secret,
            Stores = site => Between(site.Id, new LocalStore(SitePath(site.Id))),
            Sources = (source, places) => Reading(new FileSource(
                new FileSourceOptions { Roots = [.. ((FilesSourceConfig)source).Roots.Select(Encoding.UTF8.GetBytes)], Protected = places })),
            OwnPlaces = RunContext.PlacesOf([tenant], [At("passphrase")]),
            ProgramVersion = "test",
            Progress = new Listener(Messages),
            Clock = Clock,
        };
    }

    /// <summary>The policy as a tenant's part.</summary>
    public Tenant Policy(string state = "state") => PolicyTexts.Read(
        $$"""
        version: 1
        tenant: example
        sites:
          - { id: a, {{FirstSite ?? $"kind: local, path: '{SitePath("a")}'"}}, city: Unna, country: DE }
          - { id: b, kind: local, path: '{{SitePath("b")}}', city: {{SecondCity}}, country: DE }
          - { id: c, kind: local, path: '{{SitePath("c")}}', city: Falkenstein, country: DE }
        placement: { cities: {{DemandedCities}} }
        sources:
        {{Sources.Replace("{source}", SourcePath, StringComparison.Ordinal)}}
        {{More}}

        """,
        At(state)).Tenants[0] with { State = At(state) };

    public Task<InitOutcome> InitAsync() =>
        InitRun.RunAsync(Context(), new InitRequest(RecoveryKeyPath, DryRun: false), TestContext.Current.CancellationToken);

    /// <summary>Backs up every source of the policy, or the one named; each must give a snapshot.</summary>
    public async Task<BackupOutcome> BackupAsync(string? source = null)
    {
        BackupOutcome? last = null;
        var request = new BackupRequest(source is null ? [] : [source], [], DryRun: false);
        await foreach (var outcome in BackupRun.RunAsync(Context(), request, TestContext.Current.CancellationToken))
        {
            Assert.NotNull(outcome.Snapshot);
            last = outcome;
        }

        return last!;
    }

    /// <summary>Restores what was saved of the source folder into an empty one.</summary>
    public async Task<(RestoreOutcome Outcome, string Target)> RestoreAsync(string? site = null, string snapshot = "latest", string state = "state")
    {
        var target = At($"target-{Interlocked.Increment(ref _targets)}");
        var request = new RestoreRequest
        {
            Snapshot = new SnapshotSelector(snapshot, Encoding.UTF8.GetBytes(SourcePath)),
            Target = target,
            Overwrite = OverwriteMode.Always,
            Verify = true,
            Read = new ReadOptions(site),
        };
        return (await RestoreRun.RunAsync(Context(state), request, TestContext.Current.CancellationToken), target);
    }

    /// <summary>Asserts that a restored folder is the source, down to times and modes.</summary>
    public void AssertRestored(string target) => Assert.Equal(TreeFixture.Manifest(SourcePath), TreeFixture.Manifest(target));

    /// <summary>The same repository once more: sites, state and recovery key are copied, the source is shared. Whoever owns the source is disposed last.</summary>
    public TestRepository Copy()
    {
        var copy = new TestRepository(Sources, More, SourcePath);
        foreach (var part in Parts.Where(part => Path.Exists(At(part))))
        {
            TreeFixture.Run("cp", ["-a", At(part), copy.At(part)]);
        }

        return copy;
    }

    public void Dispose() => TreeFixture.Run("rm", ["-rf", "--one-file-system", _base]);

    private void Write(string name, string text)
    {
        File.WriteAllText(At(name), text);
        TreeFixture.Run("chmod", ["600", At(name)]);
    }

    private sealed class Listener(ConcurrentQueue<RunFinding> messages) : IRunProgress
    {
        public void Phase(string text)
        {
        }

        public void Expect(long? files, long? bytes)
        {
        }

        public void Advance(long files, long bytes)
        {
        }

        public void SiteAdvance(string site, long bytes)
        {
        }

        public void Message(RunFinding finding) => messages.Enqueue(finding);
    }
}
