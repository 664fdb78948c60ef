using System.Text;

namespace Backup.Engine.Policies;

/// <summary>
/// An absolute path with placeholders: <c>/var/vmail/{domain}/{user}/**</c>. It matches an entry and everything below it; a final <c>/**</c> adds only
/// that the entry is a directory.
/// </summary>
internal sealed class PathPattern
{
    private PathPattern(string text, PatternComponent[] components, bool directory)
    {
        Text = text;
        Components = components;
        IsDirectory = directory;
    }

    /// <summary>As the policy writes it.</summary>
    public string Text { get; }

    /// <summary>Without the final <c>**</c>.</summary>
    public PatternComponent[] Components { get; }

    /// <summary>True if it ends with <c>/**</c>.</summary>
    public bool IsDirectory { get; }

    /// <summary>The pattern of exactly one path.</summary>
    public static PathPattern OfPath(string path) =>
        new(path, Array.ConvertAll(path.Split('/', StringSplitOptions.RemoveEmptyEntries), PatternComponent.Literal), directory: false);

    /// <summary>Reads a pattern. What is wrong with it is a clause for a message.</summary>
    public static PathPattern? Parse(string text, out string? problem)
    {
        problem = !text.StartsWith('/') ? "does not begin with '/'"
            : ContainsControl(text) ? "holds a control character"
            : null;
        var trimmed = text.Length > 1 && text.EndsWith('/') ? text[..^1] : text;
        var components = new List<PatternComponent>();
        foreach (var part in trimmed is "/" || problem is not null ? [] : trimmed[1..].Split('/'))
        {
            if (PatternComponent.Parse(part, out problem) is not { } component)
            {
                return null;
            }

            components.Add(component);
        }

        problem ??= Problem(components);
        if (problem is not null)
        {
            return null;
        }

        var directory = components is [.., { AnyDepth: true }];
        return new PathPattern(text, [.. directory ? components[..^1] : components], directory);
    }

    /// <summary>Every entry that the pattern takes: its own and those below.</summary>
    public static PatternComponent[] Region(ReadOnlySpan<PatternComponent> components) => [.. components, PatternComponent.Rest];

    private static string? Problem(List<PatternComponent> components)
    {
        var inner = 0;
        var names = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < components.Count; i++)
        {
            foreach (var name in components[i].Placeholders)
            {
                if (!names.Add(name))
                {
                    return $"has the placeholder {{{name}}} twice";
                }
            }

            if (!components[i].AnyDepth || i == components.Count - 1)
            {
                continue;
            }

            if (++inner > 1)
            {
                return "has '**' more than once before its end";
            }

            if (!components[i + 1].HasLiteral)
            {
                return $"has '{components[i + 1].Text}' after '**', so that any name at any depth would match";
            }
        }

        return null;
    }

    private static bool ContainsControl(string text)
    {
        foreach (var rune in text.EnumerateRunes())
        {
            if (Rune.IsControl(rune))
            {
                return true;
            }
        }

        return false;
    }
}
