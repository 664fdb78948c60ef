using System.Buffers;

namespace Backup.Engine.Stores;

/// <summary>
/// What a name of an object may look like, whatever the store: parts of lower-case ASCII letters, digits and '-', separated by single '/'.
/// So a name can neither leave its place nor mean different things in different stores.
/// </summary>
public static class ObjectName
{
    /// <summary>The one object that says whose place it is.</summary>
    public const string Repository = "repository";

    /// <summary>The folder, at stores that have folders, of what is being written. No object lies in it.</summary>
    public const string Temporary = "tmp";

    /// <summary>Characters of the longest name: S3 takes 1,024 bytes, prefix included.</summary>
    public const int MaximumLength = 512;

    private const int MaximumPart = 255;

    private static readonly SearchValues<char> Allowed = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-/");

    /// <summary>The folders that objects of a repository lie in (FORMAT.md, section "Objects").</summary>
    public static IReadOnlyList<string> Folders { get; } =
        ["epochs", "index", "inventory", "journal", "keyring", "ledger", "packs", "slots", "snapshots"];

    /// <summary>The folders whose objects must be destroyable at any time: unlock slots, epochs, keyrings (design, section 5).</summary>
    public static IReadOnlyList<string> ErasableFolders { get; } = ["epochs", "keyring", "slots"];

    /// <summary>Whether an object lies in one of <see cref="ErasableFolders"/>.</summary>
    public static bool IsErasable(string name) =>
        ErasableFolders.Any(folder => name.Length > folder.Length && name[folder.Length] == '/' && name.StartsWith(folder, StringComparison.Ordinal));

    public static bool IsValid(ReadOnlySpan<char> name)
    {
        if (name.Length is 0 or > MaximumLength || name.ContainsAnyExcept(Allowed))
        {
            return false;
        }

        var first = true;
        foreach (var part in name.Split('/'))
        {
            var length = part.End.Value - part.Start.Value;
            if (length is 0 or > MaximumPart || (first && name[part] is Temporary))
            {
                return false;
            }

            first = false;
        }

        return true;
    }

    /// <exception cref="ArgumentException">The name breaks the rules: a mistake in the program, not of the store.</exception>
    public static void Require(string name)
    {
        if (!IsValid(name))
        {
            throw new ArgumentException($"\"{name}\" is no name of an object.", nameof(name));
        }
    }

    /// <exception cref="ArgumentException">Not empty, and not a valid name with '/' after it.</exception>
    public static void RequirePrefix(string prefix)
    {
        if (prefix.Length > 0 && !(prefix[^1] == '/' && IsValid(prefix.AsSpan(0, prefix.Length - 1))))
        {
            throw new ArgumentException($"\"{prefix}\" is no folder of objects.", nameof(prefix));
        }
    }
}
