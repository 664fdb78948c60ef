using System.Text;

namespace Backup.Engine.Policies;

/// <summary>What the readers of the parts of one policy file share: its place, what is wrong, what it names.</summary>
internal sealed class PolicyReading(PolicyFaults faults, string directory)
{
    private const int LongestQuote = 60;

    public PolicyFaults Faults { get; } = faults;

    /// <summary>What should be known and is not wrong.</summary>
    public PolicyFaults Warnings { get; } = new(faults.File);

    public List<FileReference> Files { get; } = [];

    public List<PolicyTerm> Terms { get; } = [];

    /// <summary>Where relative paths begin: the folder of the policy file.</summary>
    public string Directory { get; } = directory;

    /// <summary>The tenant that is being read.</summary>
    public string Tenant { get; set; } = "";

    /// <summary>An absolute path without '.', '..', double or final slashes.</summary>
    public string Absolute(string path)
    {
        var full = Path.GetFullPath(path, Directory);
        return full.Length > 1 ? full.TrimEnd('/') is { Length: > 0 } trimmed ? trimmed : "/" : full;
    }

    /// <summary>A text of the policy for a message: short, and without control characters.</summary>
    public static string Quote(string text)
    {
        var quoted = new StringBuilder("'");
        foreach (var rune in text.EnumerateRunes())
        {
            quoted.Append(Rune.IsControl(rune) ? "?" : rune.ToString());
            if (quoted.Length > LongestQuote)
            {
                quoted.Append('…');
                break;
            }
        }

        return quoted.Append('\'').ToString();
    }
}
