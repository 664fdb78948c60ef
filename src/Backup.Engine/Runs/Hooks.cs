using System.Diagnostics;
using Backup.Engine.Policies;

namespace Backup.Engine.Runs;

/// <summary>The operator's commands around the reading of a source. What runs after runs always, also when something before it failed.</summary>
internal sealed class Hooks(SourceConfig source, BackupReport report) : IDisposable
{
    private bool _ended = source.After.Count == 0;

    /// <exception cref="BackupException">One failed: the source is not in the state that the operator wanted it to be read in.</exception>
    public void Before(CancellationToken cancellation)
    {
        foreach (var hook in source.Before)
        {
            cancellation.ThrowIfCancellationRequested();
            if (Run(hook) is { } failure)
            {
                throw new BackupException(FailureKind.Failed, $"Before source {source.Id}: {failure}", "Run the command by hand; the source was not read.");
            }
        }
    }

    /// <summary>What fails here is reported; the snapshot stands.</summary>
    public void After()
    {
        if (_ended)
        {
            return;
        }

        _ended = true;
        foreach (var hook in source.After)
        {
            if (Run(hook) is { } failure)
            {
                report.Fail(new RunFinding(source.Id, $"after the source was read: {failure}", "Run the command by hand."));
            }
        }
    }

    public void Dispose() => After();

    private static string? Run(HookConfig hook)
    {
        var start = new ProcessStartInfo("/bin/sh") { UseShellExecute = false };

        // Standard output is the run's, which may be JSON; and nobody answers what a command asks.
        foreach (var argument in new[] { "-c", "eval \"$1\" >&2 </dev/null", "sh", hook.Run })
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start)!;
        if (!process.WaitForExit(hook.Timeout))
        {
            process.Kill(entireProcessTree: true);
            return $"`{hook.Run}` did not end within {(hook.Timeout < TimeSpan.FromMinutes(1) ? $"{hook.Timeout.TotalSeconds:0.#} seconds" : $"{hook.Timeout.TotalMinutes:0.#} minutes")} and was killed";
        }

        return process.ExitCode == 0 ? null : $"`{hook.Run}` ended with {process.ExitCode}";
    }
}
