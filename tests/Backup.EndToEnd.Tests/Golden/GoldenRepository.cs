using Backup.EndToEnd.Tests.Harness;

namespace Backup.EndToEnd.Tests.Golden;

/// <summary>A committed repository of an earlier program, and copies of it to work on: nothing writes to the committed one.</summary>
internal sealed class GoldenRepository(string kind) : IDisposable
{
    /// <summary>Where the saved tree stood.</summary>
    public const string Root = "/tmp/golden/data";

    private static readonly string All = Path.Combine(Published.Root, "tests", "golden");
    private readonly string _folder = TemporaryFolder.Create("golden");

    public static IEnumerable<string> Kinds => Directory.EnumerateDirectories(All).Select(folder => Path.GetFileName(folder)).Order(StringComparer.Ordinal);

    /// <summary>The ids of the snapshots that were made.</summary>
    public IEnumerable<string> Snapshots => Directory.EnumerateFiles(Path.Combine(All, kind, "expected")).Select(file => Path.GetFileName(file));

    public string SitePath => Path.Combine(_folder, "site");

    /// <summary>Name, mode, time and bytes of everything that is committed.</summary>
    public static string Fingerprint() => Manifest.Of(All);

    /// <summary>An empty machine with a copy of the site and the recovery key; nothing else.</summary>
    public Machine Rescue() => Empty("").With("BACKUP_RECOVERY_KEY_FILE", Secret("recovery.key"));

    /// <summary>An empty machine with a copy of the site and the passphrase.</summary>
    public Machine Reader() => Empty($"keys: {{ passphrase_file: {Secret("passphrase")} }}\n");

    /// <summary>Restores a snapshot and compares it with what was said of the tree when it was saved.</summary>
    public void MustRestore(Machine machine, string snapshot)
    {
        var target = Path.Combine(_folder, Path.GetRandomFileName());
        var expected = File.ReadAllText(Path.Combine(All, kind, "expected", snapshot));

        var summary = machine.Json("restore", snapshot, "--target", target, "--verify").MustExit(0).Summary;

        Assert.Equal((0, 0), (summary.Number("errors"), summary.Number("skipped")));
        Manifest.MustEqual(expected, target + Root, $"the golden repository {kind}", "--no-names");
    }

    public void Dispose() => TemporaryFolder.Remove(_folder);

    private Machine Empty(string keys)
    {
        TemporaryFolder.Copy(Path.Combine(All, kind, "site"), SitePath);
        var policy = Path.Combine(_folder, "policy.yaml");
        File.WriteAllText(policy, $"version: 1\ntenant: test\n{keys}sites:\n  - {{ id: only, kind: local, path: {SitePath}, city: Unna, country: DE }}\n");
        return new Machine(policy, Path.Combine(_folder, "state"));
    }

    private string Secret(string name)
    {
        var copy = Path.Combine(_folder, name);
        World.WriteSecret(copy, File.ReadAllText(Path.Combine(All, kind, name)).TrimEnd('\n'));
        return copy;
    }
}
