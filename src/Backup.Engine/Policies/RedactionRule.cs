using System.Text.RegularExpressions;

namespace Backup.Engine.Policies;

/// <summary>How a file that mixes people is divided into records.</summary>
public enum RedactionFormat
{
    Lines,
    Csv,
    Mbox,
    JsonLines,
    Sql,
}

/// <summary>Which records of which files an erasure takes.</summary>
public sealed record RedactionRule
{
    /// <summary>The id of the source; null: every source.</summary>
    public string? Source { get; init; }

    /// <summary>As the file writes it: an absolute path in which <c>*</c> stands for any part of a name and <c>**</c> for any number of folders.</summary>
    public required string Path { get; init; }

    public required RedactionFormat Format { get; init; }

    /// <summary>What makes a record match beside the identifiers of the request's subjects; often none.</summary>
    public IReadOnlyList<string> Texts { get; init; } = [];

    /// <summary>What makes a record match too. They do not backtrack, so the time is bounded by the length of the record.</summary>
    public IReadOnlyList<Regex> Patterns { get; init; } = [];

    /// <summary>CSV: where to look, by name or by number from 1; none: everywhere.</summary>
    public IReadOnlyList<string> Columns { get; init; } = [];

    /// <summary>CSV: the first row names the columns. Default true.</summary>
    public bool HasHeader { get; init; } = true;

    /// <summary>CSV: what divides cells, one ASCII character; null: it is found by looking.</summary>
    public char? Separator { get; init; }

    /// <summary>JSON lines: where to look, like <c>user.email</c>; none: everywhere.</summary>
    public IReadOnlyList<string> Fields { get; init; } = [];

    /// <summary>Mbox: look only into the header fields. Default false.</summary>
    public bool HeadersOnly { get; init; }

    internal PathPattern Pattern { get; init; } = PathPattern.OfPath("/");

    /// <summary>Whether the rule is for a file: its path matches, or that of a folder above it.</summary>
    /// <param name="path">Absolute.</param>
    public bool Takes(ReadOnlySpan<byte> path)
    {
        var names = new List<byte[]>();
        foreach (var range in path.Split((byte)'/'))
        {
            if (!path[range].IsEmpty)
            {
                names.Add(path[range].ToArray());
            }
        }

        return Takes(names, 0, 0);
    }

    private bool Takes(List<byte[]> names, int name, int component)
    {
        if (component == Pattern.Components.Length)
        {
            return !Pattern.IsDirectory || name < names.Count;
        }

        var pattern = Pattern.Components[component];
        return pattern.AnyDepth
            ? Takes(names, name, component + 1) || (name < names.Count && Takes(names, name + 1, component))
            : name < names.Count && pattern.Matches(names[name], []) && Takes(names, name + 1, component + 1);
    }
}
