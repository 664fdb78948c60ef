using System.Diagnostics.CodeAnalysis;
using Backup.Cli.Output;
using Backup.Engine.Runs;

namespace Backup.Cli.Commands;

/// <summary>How a snapshot, and a place in it, is typed.</summary>
internal static class Selectors
{
    private const int LeastDigits = 4;
    private const int MostDigits = 64;
    private const string Forms = "names no snapshot: it is latest, latest~2, SOURCE@latest, or at least 4 hexadecimal digits of an id.";

    /// <summary>
    /// The name ends at the first colon; what follows is an absolute path, in which colons are ordinary letters. A place that is the root is the whole snapshot.
    /// </summary>
    /// <param name="typed">As typed.</param>
    /// <param name="selector">The name in lower case where it is an id, and the path without a trailing or doubled slash.</param>
    /// <param name="fault">What is wrong with it, if something is.</param>
    public static bool TryParse(string typed, [NotNullWhen(true)] out SnapshotSelector? selector, [NotNullWhen(false)] out string? fault)
    {
        selector = null;
        var colon = typed.IndexOf(':', StringComparison.Ordinal);
        var name = colon < 0 ? typed : typed[..colon];
        var path = colon < 0 ? null : typed[(colon + 1)..];
        if (path is not null && !path.StartsWith('/'))
        {
            fault = $"'{typed}' names no place: after the colon stands an absolute path, like {(name.Length == 0 ? "latest" : name)}:/{path}.";
            return false;
        }

        if (IsId(name))
        {
            name = name.ToLowerInvariant();
        }
        else if (!IsLatest(name))
        {
            fault = $"'{typed}' {Forms}";
            return false;
        }

        selector = new SnapshotSelector(name, path is null ? null : Place(path));
        fault = null;
        return true;
    }

    private static bool IsId(string name) => name.Length is >= LeastDigits and <= MostDigits && name.All(char.IsAsciiHexDigit);

    private static bool IsLatest(string name)
    {
        var at = name.LastIndexOf('@');
        if (at == 0)
        {
            return false;
        }

        var rest = name.AsSpan(at + 1);
        if (!rest.StartsWith("latest"))
        {
            return false;
        }

        rest = rest["latest".Length..];
        return rest.IsEmpty || (rest[0] == '~' && rest.Length is > 1 and < 8 && !rest[1..].ContainsAnyExceptInRange('0', '9'));
    }

    /// <summary>The bytes of a path in which every slash separates two names; null for the root.</summary>
    private static byte[]? Place(string path)
    {
        var typed = NameText.ToBytes(path);
        var bytes = new List<byte>(typed.Length);
        foreach (var single in typed)
        {
            if (single != (byte)'/' || bytes.Count == 0 || bytes[^1] != (byte)'/')
            {
                bytes.Add(single);
            }
        }

        if (bytes[^1] == (byte)'/')
        {
            bytes.RemoveAt(bytes.Count - 1);
        }

        return bytes.Count == 0 ? null : [.. bytes];
    }
}
