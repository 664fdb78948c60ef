using System.Security.Cryptography;
using System.Text;
using Backup.Engine.Posix;

namespace Backup.Databases.Throwaway;

/// <summary>Where a server has its data, its socket and what connects to it.</summary>
internal static class ServerFolder
{
    /// <summary>A socket's path holds 107 bytes, of which the longest of our servers uses 20 for its own.</summary>
    private const int LongestPath = 80;

    private static readonly Dictionary<string, string> Nothing = new(StringComparer.Ordinal);

    /// <summary>Makes it, new and open to its owner only.</summary>
    /// <param name="wanted">Absolute.</param>
    /// <param name="owner">A user who cannot reach the folder that is wanted, and for whom one is made elsewhere; null: who runs this.</param>
    /// <returns>Its path: the one that is wanted, or one in /var/tmp if the owner cannot reach that or it is too long for a socket.</returns>
    public static string Make(string wanted, string? owner)
    {
        var name = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(wanted)).AsSpan(0, 8));
        var folder = owner is null && Encoding.UTF8.GetByteCount(wanted) <= LongestPath ? wanted : $"/var/tmp/backup-drill-{name}";

        // In a folder that all may write to, another's folder or link of that name must not be used: `mkdir` makes one or fails.
        Run("rm", "-rf", "--", folder);
        Run("mkdir", "-m", "700", "--", folder);
        if (owner is not null)
        {
            Run("chown", owner, "--", folder);
        }

        return folder;
    }

    /// <summary>Writes what says how the server is reached.</summary>
    /// <returns>Its path.</returns>
    public static string Connection(string folder, string text)
    {
        var path = Path.Join(folder, "connection");
        using var file = LocalFile.Write(path);
        file.Write(Encoding.UTF8.GetBytes(text));
        return path;
    }

    /// <summary>Runs a program that prepares the server.</summary>
    public static void Run(string program, params IReadOnlyList<string> arguments) => _ = VendorTool.Run(program, arguments, Nothing, program);

    /// <summary>The program's path, or null.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="further">Folders that are not in everybody's PATH.</param>
    public static string? Find(string name, params ReadOnlySpan<string> further)
    {
        string[] folders = [.. (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries), .. further];
        return folders.Select(folder => Path.Join(folder, name)).FirstOrDefault(File.Exists);
    }
}
