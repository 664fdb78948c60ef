using System.Text;
using Backup.Cli.Output;

namespace Backup.Cli.Tests;

/// <summary>
/// Compares what is printed with a file of <c>Transcripts/</c>, byte by byte. To accept a change, run the tests with BACKUP_TRANSCRIPTS set to that directory,
/// and read the difference before it is committed: it is what users will see.
/// </summary>
internal static class Transcript
{
    /// <summary>The same result as text, as JSON, and as exit code.</summary>
    public static void Check(string name, Func<Printer, Verdict> print)
    {
        using var text = new Desk();
        using var json = new Desk(new Settings { Json = true });
        var verdict = print(text.Printer);
        Assert.Equal(verdict.Code, print(json.Printer).Code);
        json.Printer.ExitError(verdict);
        Check(name, [("text", text.Output), ("messages", text.Error), ("json", json.Output), ("json messages", json.Error), ("exit code", (int)verdict.Code + "\n")]);
    }

    /// <summary>A command line and what it answers.</summary>
    public static async Task CheckAsync(string name, params string[] args)
    {
        using var desk = new Desk();
        var code = await desk.RunAsync(args);
        Check(name, [($"$ backupctl {string.Join(' ', args)}", desk.Output), ("messages", desk.Error), ("exit code", code + "\n")]);
    }

    private static void Check(string name, IEnumerable<(string Heading, string Text)> parts)
    {
        var actual = new StringBuilder();
        foreach (var (heading, text) in parts.Where(part => part.Text.Length > 0 || part.Heading.StartsWith('$')))
        {
            actual.Append("=== ").Append(heading).Append('\n').Append(text);
        }

        if (Environment.GetEnvironmentVariable("BACKUP_TRANSCRIPTS") is { Length: > 0 } directory)
        {
            File.WriteAllText(Path.Combine(directory, name + ".txt"), actual.ToString());
            return;
        }

        var file = Path.Combine(AppContext.BaseDirectory, "Transcripts", name + ".txt");
        Assert.True(File.Exists(file), $"there is no transcript {name}.txt yet");
        Assert.Equal(File.ReadAllText(file), actual.ToString());
    }
}
