using System.Text;
using Backup.Engine.Policies;

namespace Backup.Engine.Tests.Policies;

/// <summary>Policy texts for tests, and short ways to read them.</summary>
internal static class PolicyTexts
{
    /// <summary>A sound policy of three cities: 12 lines, to which a test adds, or in which it replaces.</summary>
    public const string Sound = """
        version: 1
        tenant: example
        keys: { passphrase_file: passphrase }
        sites:
          - { id: a, kind: local, path: /mnt/a, city: Unna, country: DE, location: [51.535, 7.689] }
          - { id: b, kind: local, path: /mnt/b, city: Nürnberg, country: DE, location: [49.452, 11.077] }
          - { id: c, kind: local, path: /mnt/c, city: Falkenstein, country: DE, location: [50.478, 12.365] }
        sources:
          - { id: data, kind: files, roots: [/srv], class: everyday }
        classes:
          everyday: { keep: { daily: 7 } }

        """;

    public static string Folder
    {
        get
        {
            var folder = AppContext.BaseDirectory;
            while (!File.Exists(Path.Combine(folder, "Backup.sln")))
            {
                folder = Path.GetDirectoryName(folder)!;
            }

            return Path.Combine(folder, "policies");
        }
    }

    public static IEnumerable<string> Samples => Directory.GetFiles(Folder, "*.yaml").Select(file => Path.GetFileName(file)!).Order(StringComparer.Ordinal);

    /// <summary>The sound policy with one text of it replaced.</summary>
    public static string With(string old, string replacement)
    {
        Assert.Contains(old, Sound, StringComparison.Ordinal);
        return Sound.Replace(old, replacement, StringComparison.Ordinal);
    }

    public static Policy Read(string text, string state = "/state") => Read(Encoding.UTF8.GetBytes(text), state);

    public static Policy Read(byte[] content, string state = "/state") =>
        PolicyReader.Read(content, "backup.yaml", "/etc/backup", fromPolicy => fromPolicy ?? state);

    public static IReadOnlyList<PolicyFault> Faults(string text) => Assert.Throws<PolicyException>(() => Read(text)).Faults;

    public static PolicyFault OnlyFault(string text) => Assert.Single(Faults(text));

    /// <summary>The rules of a files source with root / and the given rules, each a flow mapping.</summary>
    public static SubjectRules Rules(params string[] rules) => ((FilesSourceConfig)Read(WithRules(rules)).Tenants[0].Sources[0]).Rules;

    public static string WithRules(params string[] rules) => """
        version: 1
        tenant: example
        sites: [ { id: a, kind: local, path: /mnt/a, city: Unna, country: DE } ]
        classes:
          everyday: { keep: { daily: 7 } }
          voucher: { retain_until: 8y, from: year_end, starts: "{year}" }
          log: { delete_after: 7d, starts: mtime }
          inquiry: { delete_after: 6mo, starts: mtime }
        sources:
          - id: data
            kind: files
            roots: [/]
            class: everyday
            subjects:

        """ + string.Concat(rules.Select(rule => $"      - {rule}\n"));
}
