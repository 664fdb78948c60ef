using System.CommandLine;
using System.Reflection;
using System.Runtime.InteropServices;

namespace Backup.Cli.Commands;

/// <summary><c>version</c>.</summary>
internal static class VersionCommand
{
    /// <summary>True for exactly <c>version</c> and <c>--version</c>: they are answered before anything else of the program is loaded.</summary>
    public static bool IsAsked(string[] args) => args is ["version"] or ["--version"];

    public static string Text => $"backupctl {Number} (.NET {Environment.Version}, {RuntimeInformation.RuntimeIdentifier})";

    internal static string Number => typeof(VersionCommand).Assembly.GetName().Version!.ToString(3);

    public static Command Create() => new CliCommand("version", "print the version", static invocation =>
    {
        if (invocation.Printer.Json)
        {
            invocation.Printer.Message("summary", Number, static (json, number) =>
            {
                json.WriteString("version", number);
                json.WriteString("commit", Commit);
                json.WriteString("runtime", Environment.Version.ToString());
                json.WriteString("platform", RuntimeInformation.RuntimeIdentifier);
            });
        }
        else
        {
            invocation.Printer.Line(Text);
        }

        return Task.FromResult(Verdict.Done);
    });

    /// <summary>What the build put after the plus sign of the informational version; null in a build outside version control.</summary>
    private static string? Commit =>
        typeof(VersionCommand).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+') is [_, var commit] ? commit : null;
}
