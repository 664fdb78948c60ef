using System.Text;
using System.Text.Json;

namespace Backup.EndToEnd.Tests.Harness;

/// <summary>What a run of the program left behind.</summary>
internal sealed record CliResult(string Command, int ExitCode, byte[] Output, string Errors)
{
    private const int KilledBySignal9 = 128 + 9;

    public string Text => Encoding.UTF8.GetString(Output);

    /// <summary>Both streams, for what a person may read in either.</summary>
    public string Everything => Text + Errors;

    public bool WasKilled => ExitCode == KilledBySignal9;

    /// <summary>The JSON lines of standard output.</summary>
    public IReadOnlyList<JsonElement> Lines =>
        [.. Text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];

    public IReadOnlyList<JsonElement> Items => OfType("item");

    /// <summary>The one summary.</summary>
    public JsonElement Summary => Assert.Single(OfType("summary"));

    public IReadOnlyList<JsonElement> OfType(string type) => [.. Lines.Where(line => line.GetProperty("message_type").GetString() == type)];

    /// <summary>Fails with everything the program said unless it ended with one of these codes.</summary>
    public CliResult MustExit(params int[] codes)
    {
        Assert.True(codes.Contains(ExitCode), $"Exit {ExitCode}, expected {string.Join(" or ", codes)}: {Command}\n{Text}\n{Errors}");
        return this;
    }

    /// <summary>Fails unless a person could read this in the output.</summary>
    public CliResult MustSay(params string[] words)
    {
        foreach (var word in words)
        {
            Assert.Contains(word, Everything, StringComparison.OrdinalIgnoreCase);
        }

        return this;
    }
}
