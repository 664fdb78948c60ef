using System.Globalization;
using System.Text;

namespace Backup.EndToEnd.Tests.Harness;

/// <summary>A small world of its own: data, three cities as folders, a state directory, keys and the policy that names them all.</summary>
internal sealed class World : IDisposable
{
    public const string Tenant = "test";

    /// <summary>One world after <c>init</c>; the others are copies of it, for drawing keys takes longer than copying them.</summary>
    private static readonly Lazy<World> Template = new(() =>
    {
        var world = new World();
        world.WritePolicy();
        world.Machine.Run("init", "--recovery-out", world.RecoveryKey).MustExit(0);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => world.Dispose();
        return world;
    });

    private int _rescues;

    private World(string? data = null)
    {
        Folder = TemporaryFolder.Create("world");
        Data = data ?? Directory.CreateDirectory(Path.Combine(Folder, "data")).FullName;
    }

    public string Folder { get; }

    /// <summary>The root of the source <c>data</c>.</summary>
    public string Data { get; }

    public string RecoveryKey => Path.Combine(Folder, "recovery.key");

    public string Passphrase => Path.Combine(Folder, "passphrase");

    /// <summary>The owner of the repository.</summary>
    public Machine Machine => MachineWith(Path.Combine(Folder, "state"));

    /// <summary>Its machines open with the recovery key: for tests in which keys are not the matter, as Argon2 takes a third of a short run.</summary>
    public bool Quick { get; set; }

    /// <summary>Id and city of each site of the policy.</summary>
    public IReadOnlyList<(string Id, string City)> Sites { get; set; } = [("a", "Unna"), ("b", "Nürnberg"), ("c", "Falkenstein")];

    /// <summary>Where a site lies if not under <c>sites/</c>.</summary>
    public Dictionary<string, string> Elsewhere { get; } = new(StringComparer.Ordinal);

    /// <summary>Sites that are no folders: what the policy says of them but for id, city and country.</summary>
    public Dictionary<string, string> Remote { get; } = new(StringComparer.Ordinal);

    /// <summary>Where the policy says that the passphrase is.</summary>
    public string Keys { get; set; } = "passphrase_file: passphrase";

    public int Cities { get; set; } = 3;

    /// <summary>What follows the source's roots: more keys, each line indented by four blanks.</summary>
    public string SourceKeys { get; set; } = "";

    /// <summary>Whole sections after the sources.</summary>
    public string Sections { get; set; } = "";

    /// <summary>Files only; nothing was run.</summary>
    /// <param name="data">Data that several worlds share, else an own empty folder.</param>
    public static World Blank(string? data = null)
    {
        var world = new World(data);
        world.WritePolicy();
        return world;
    }

    /// <summary>After <c>init</c> at three sites.</summary>
    public static World Initialized(string? data = null, bool quick = false)
    {
        var world = Template.Value.Clone(data);
        world.Quick = quick;
        return world;
    }

    /// <summary>After <c>init</c>, with sample data.</summary>
    public static World WithData(bool quick = false)
    {
        var world = Initialized(quick: quick);
        SampleData.Write(world.Data);
        return world;
    }

    /// <summary>Another world that stands where this one stands now.</summary>
    /// <param name="data">Data that several worlds share, else an own empty folder.</param>
    public World Clone(string? data = null)
    {
        var copy = new World(data) { Sites = Sites, Cities = Cities, SourceKeys = SourceKeys, Sections = Sections, Quick = Quick };
        foreach (var part in new[] { "state", "sites" })
        {
            TemporaryFolder.Copy(Path.Combine(Folder, part), Path.Combine(copy.Folder, part));
        }

        Shell.Run("cp", "-a", Passphrase, RecoveryKey, copy.Folder);
        copy.WritePolicy();
        return copy;
    }

    public string SitePath(string id) => Elsewhere.GetValueOrDefault(id) ?? Path.Combine(Folder, "sites", id);

    public IEnumerable<string> SiteIds => Sites.Select(site => site.Id);

    public void WritePolicy()
    {
        if (!File.Exists(Passphrase))
        {
            WriteSecret(Passphrase, "correct horse battery staple");
        }

        Directory.CreateDirectory(Path.Combine(Folder, "sites"));
        var text = new StringBuilder()
            .AppendLine("version: 1")
            .AppendLine("tenant: " + Tenant)
            .AppendLine(CultureInfo.InvariantCulture, $"keys: {{ {Keys} }}")
            .AppendLine("sites:");
        foreach (var (id, city) in Sites)
        {
            text.AppendLine(SiteLine(id, city));
        }

        text.AppendLine(CultureInfo.InvariantCulture, $"placement: {{ cities: {Cities} }}")
            .AppendLine("limits: { wait: 0min }")
            .AppendLine("sources:")
            .AppendLine("  - id: data")
            .AppendLine("    kind: files")
            .AppendLine("    roots: [" + Data + "]");
        if (SourceKeys.Length > 0)
        {
            text.AppendLine(SourceKeys);
        }

        File.WriteAllText(Machine.Policy, text.AppendLine(Sections).ToString());
    }

    /// <summary>A file that only its owner reads.</summary>
    public static void WriteSecret(string path, string text)
    {
        File.WriteAllText(path, text + "\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    /// <summary>One backup that must come out whole.</summary>
    /// <returns>The manifest of what was saved.</returns>
    public string Backup()
    {
        var manifest = Manifest.Of(Data);
        Machine.Run("backup").MustExit(0);
        return manifest;
    }

    /// <summary>Another machine: nothing but a policy that names these sites, an empty state, and the recovery key.</summary>
    public Machine Rescue(params IEnumerable<string> sites)
    {
        var folder = Directory.CreateDirectory(Path.Combine(Folder, $"rescue-{Interlocked.Increment(ref _rescues)}")).FullName;
        var policy = Path.Combine(folder, "policy.yaml");
        var lines = sites.Select(id => SiteLine(id, Sites.First(site => site.Id == id).City));
        File.WriteAllText(policy, $"version: 1\ntenant: {Tenant}\nsites:\n{string.Join('\n', lines)}\n");
        return new Machine(policy, Path.Combine(folder, "state")).With("BACKUP_RECOVERY_KEY_FILE", RecoveryKey);
    }

    /// <summary>Another machine with the whole policy and the passphrase, but an empty state.</summary>
    public Machine SecondMachine(string name = "second") => MachineWith(Path.Combine(Folder, "state-of-" + name));

    /// <summary>Restores a snapshot from each of these sites alone, on an empty machine, and compares.</summary>
    public void MustRestore(string snapshot, string manifest, params IEnumerable<string> sites)
    {
        foreach (var site in sites)
        {
            MustRestore(Rescue(site), snapshot, manifest, $"snapshot {snapshot} from {site} alone");
        }
    }

    public void MustRestore(Machine machine, string snapshot, string manifest, string because, params int[] codes)
    {
        var target = Path.Combine(Folder, $"target-{Interlocked.Increment(ref _rescues)}");
        machine.Run("restore", snapshot, "--target", target).MustExit(codes.Length == 0 ? [0] : codes);
        Manifest.MustEqual(manifest, target + Data, because);
        TemporaryFolder.Remove(target);
    }

    /// <summary>Name and bytes of every object of a site.</summary>
    public string Objects(string site) => Shell.Run(
        "sh", "-c", $"cd '{SitePath(site)}' && find . -path ./tmp -prune -o -type f -print0 | sort -z | xargs -0r sha256sum");

    public IReadOnlyList<string> ObjectNames(string site) =>
        [.. Objects(site).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line[66..])];

    /// <summary>The same bytes under the same names at every site.</summary>
    public void SitesMustBeEqual()
    {
        var first = Objects(Sites[0].Id);
        Assert.NotEmpty(first);
        foreach (var site in SiteIds.Skip(1))
        {
            Assert.Equal(first, Objects(site));
        }
    }

    /// <summary>A city that is not there any more.</summary>
    public void TakeAway(string site) => Directory.Move(SitePath(site), SitePath(site) + ".away");

    public void BringBack(string site) => Directory.Move(SitePath(site) + ".away", SitePath(site));

    public void Dispose() => TemporaryFolder.Remove(Folder);

    private Machine MachineWith(string state) =>
        new(Path.Combine(Folder, "policy.yaml"), state, Quick ? new(StringComparer.Ordinal) { ["BACKUP_RECOVERY_KEY_FILE"] = RecoveryKey } : null);

    private string SiteLine(string id, string city) =>
        $"  - {{ id: {id}, {Remote.GetValueOrDefault(id) ?? $"kind: local, path: {SitePath(id)}"}, city: {city}, country: DE }}";
}
