using Backup.EndToEnd.Tests.Harness;

namespace Backup.EndToEnd.Tests.Commands;

/// <summary>What <c>backupctl --help</c> lists.</summary>
internal static class HelpText
{
    /// <summary>The names of all commands.</summary>
    public static IReadOnlyList<string> Commands()
    {
        var lines = Shell.Run(Published.Backupctl, "--help").Split('\n');
        var names = lines.SkipWhile(line => !line.StartsWith("Commands:", StringComparison.Ordinal))
            .Skip(1)
            .TakeWhile(line => line.StartsWith("  ", StringComparison.Ordinal))
            .Where(line => line.Length > 2 && line[2] != ' ')
            .Select(line => line.Trim().Split(' ', ',')[0])
            .ToList();
        Assert.NotEmpty(names);
        return names;
    }
}
