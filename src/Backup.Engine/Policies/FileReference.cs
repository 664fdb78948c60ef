using Backup.Engine.Posix;

namespace Backup.Engine.Policies;

/// <summary>The part of a policy that names a file.</summary>
public enum PolicyPart
{
    Keys,
    Site,
    Source,
    Subjects,
    Alerts,
}

/// <summary>A file that a policy names: what it is for, and where the policy says so.</summary>
/// <param name="Tenant">The tenant's id.</param>
/// <param name="Part">Which part names it.</param>
/// <param name="Id">The site's or source's id; null for the other parts.</param>
/// <param name="Key">The key, like <c>credentials_file</c>.</param>
/// <param name="Path">Absolute.</param>
/// <param name="Secret">True if nobody but its owner may read or write it, and no archive may hold it.</param>
public sealed record FileReference(string Tenant, PolicyPart Part, string? Id, string Key, string Path, bool Secret)
{
    private const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;

    /// <summary>Where the policy names it, from 1.</summary>
    public int Line { get; init; }

    /// <summary>Where the policy names it, from 1.</summary>
    public int Column { get; init; }

    /// <summary>What is wrong with the file now, or null. Looks, and does not open it.</summary>
    internal (string Message, string Remedy)? Problem()
    {
        if (RegularFile.Instead(Path) is { } other)
        {
            return other == "a folder"
                ? ($"{Key} names {Path}, which is a folder.", "Name the file in it.")
                : ($"{Key} names {Path}, which is not a regular file but {other}.", "Name a file.");
        }

        if (!File.Exists(Path))
        {
            return (
                $"{Key} names {Path}, which is missing or in a folder that may not be entered.",
                Secret ? "Make it with mode 600, or correct the path." : "Make it, or correct the path.");
        }

        return Secret && OperatingSystem.IsLinux() && (File.GetUnixFileMode(Path) & Others) != UnixFileMode.None
            ? ($"{Key} names {Path}, which others than its owner may read or write.", $"chmod 600 {Path}")
            : null;
    }
}
