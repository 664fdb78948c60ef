using Backup.EndToEnd.Tests.Harness;

namespace Backup.EndToEnd.Tests.Kills;

/// <summary>The places where the published program can be told to kill itself.</summary>
public static class Stops
{
    private static readonly Lazy<string[]> Listed = new(() =>
        Shell.Run(Published.Backupctl, "test-stops").Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));

    /// <summary>All of them, as the program lists them.</summary>
    public static TheoryData<string> All() => [.. Listed.Value];
}
