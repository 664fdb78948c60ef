using System.Diagnostics;

namespace Backup.EndToEnd.Tests.Harness;

/// <summary>Tools of the system that the tests use to make and compare things.</summary>
internal static class Shell
{
    /// <summary>Runs a tool that must succeed.</summary>
    /// <returns>What it printed.</returns>
    public static string Run(string tool, params IEnumerable<string> arguments)
    {
        var result = Try(tool, arguments);
        return result.ExitCode == 0
            ? result.Text
            : throw new InvalidOperationException($"{tool} failed with {result.ExitCode}: {result.Errors}{result.Text}");
    }

    /// <summary>Runs a script with the system's Python: Debian's packages do not reach another one that stands before it in PATH.</summary>
    public static string Python(params IEnumerable<string> arguments) =>
        Run(File.Exists("/usr/bin/python3") ? "/usr/bin/python3" : "python3", arguments);

    public static CliResult Try(string tool, params IEnumerable<string> arguments) =>
        Running.Start(new ProcessStartInfo(tool), arguments).Finish();
}
