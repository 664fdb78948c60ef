using System.Diagnostics;

namespace Backup.EndToEnd.Tests.Harness;

/// <summary>A machine as the program sees it: a policy, a state directory, and what stands in the environment.</summary>
internal sealed class Machine(string policy, string state, Dictionary<string, string>? environment = null)
{
    public string Policy { get; } = policy;

    public string State { get; } = state;

    /// <summary>A user without rights: the program runs as nobody.</summary>
    public bool Unprivileged { get; init; }

    /// <summary>The same machine with one more variable in its environment.</summary>
    public Machine With(string name, string value) => new(
        Policy, State, new Dictionary<string, string>(environment ?? [], StringComparer.Ordinal) { [name] = value }) { Unprivileged = Unprivileged };

    /// <summary>Runs the program to its end.</summary>
    public CliResult Run(params IEnumerable<string> arguments) => Start([], arguments).Finish();

    /// <summary>Runs the program with <c>--json</c>.</summary>
    public CliResult Json(params IEnumerable<string> arguments) => Run(["--json", .. arguments]);

    /// <summary>Runs the program until it kills itself at a stop, or to its end if it does not come by.</summary>
    public CliResult RunUntil(string stop, params IEnumerable<string> arguments)
    {
        AllowStops();
        return Start([new("BACKUP_TEST_STOP", stop)], arguments).Finish();
    }

    /// <summary>Starts the program and returns at once.</summary>
    public Running Start(IEnumerable<KeyValuePair<string, string>> variables, params IEnumerable<string> arguments)
    {
        var program = Unprivileged ? "setpriv" : Published.Backupctl;
        var start = new ProcessStartInfo(program) { WorkingDirectory = Path.GetDirectoryName(Policy)! };
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("BACKUP", StringComparison.Ordinal)).ToArray())
        {
            start.Environment.Remove(name);
        }

        foreach (var (name, value) in (environment ?? []).Concat(variables))
        {
            start.Environment[name] = value;
        }

        string[] prefix = Unprivileged ? ["--reuid=65534", "--regid=65534", "--clear-groups", "--", Published.ForEveryone] : [];
        return Running.Start(start, [.. prefix, "--policy", Policy, "--state", State, .. arguments]);
    }

    /// <summary>The stops act only with a marker in the state directory; a tenant's lies in a folder of its own.</summary>
    private void AllowStops()
    {
        foreach (var folder in new[] { State, Path.Combine(State, World.Tenant) })
        {
            Directory.CreateDirectory(folder);
            File.SetUnixFileMode(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            File.WriteAllText(Path.Combine(folder, "allow-test-stop"), "");
        }
    }
}
