using Backup.Engine;

namespace Backup.Databases;

/// <summary>
/// Reads how to reach a server: a <c>my.cnf</c> (section <c>[client]</c>) or a <c>pg_service.conf</c> (its first section). Keys in lower case, with
/// <c>_</c> as <c>-</c>.
/// </summary>
internal static class ConnectionFile
{
    /// <summary>The settings of a section.</summary>
    /// <param name="path">Absolute.</param>
    /// <param name="section">Its name; null: the first.</param>
    /// <exception cref="BackupException">Exit 2: it cannot be read, or has no such section.</exception>
    public static IReadOnlyDictionary<string, string> Read(string path, string? section)
    {
        var settings = new Dictionary<string, string>(StringComparer.Ordinal);
        string? current = null;
        try
        {
            foreach (var line in File.ReadLines(path).Select(static line => line.Trim()))
            {
                if (line is ['[', .., ']'])
                {
                    current = line[1..^1].Trim();
                    section ??= current;
                }
                else if (current == section && current is not null && line.Length > 0 && line[0] is not ('#' or ';' or '!'))
                {
                    var equals = line.IndexOf('=', StringComparison.Ordinal);
                    var (key, value) = equals < 0 ? (line, "") : (line[..equals].TrimEnd(), line[(equals + 1)..].TrimStart());
                    settings[key.ToLowerInvariant().Replace('_', '-')] = Unquote(value);
                }
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new BackupException(FailureKind.Usage, $"The connection file {path} cannot be read: {failure.Message.TrimEnd('.')}.", "Correct 'connection_file', or the file's rights.", failure);
        }

        return settings.Count > 0 ? settings
            : throw new BackupException(FailureKind.Usage, $"The connection file {path} has no section [{section ?? "…"}] that says anything.", "Write host, user and password under it.");
    }

    /// <summary>The name of the first section.</summary>
    public static string FirstSection(string path) =>
        File.ReadLines(path).Select(static line => line.Trim()).FirstOrDefault(static line => line is ['[', .., ']']) is { } line ? line[1..^1].Trim() : "";

    private static string Unquote(string value)
    {
        if (value is ['"', .., '"'] or ['\'', .., '\''] && value.Length > 1)
        {
            value = value[1..^1];
        }

        return value.Replace("\\\\", "\\", StringComparison.Ordinal);
    }
}
