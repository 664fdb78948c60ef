using System.Diagnostics;
using System.Globalization;
using Backup.EndToEnd.Tests.Harness;

namespace Backup.Benchmarks.Cities;

/// <summary>What a run of the program took.</summary>
/// <param name="Wall">From its start to its end.</param>
/// <param name="Peak">Most bytes of memory at once, as the kernel counts them.</param>
internal readonly record struct Timed(TimeSpan Wall, long Peak)
{
    /// <summary>Runs the published program to its end, which must be a good one.</summary>
    public static Timed Run(Machine machine, params IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(Published.Backupctl, ["--policy", machine.Policy, "--state", machine.State, "-q", .. arguments])
        {
            UseShellExecute = false, RedirectStandardError = true,
        };
        var began = Stopwatch.GetTimestamp();
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var peak = 0L;
        do
        {
            peak = Math.Max(peak, PeakOf(process.Id));
        }
        while (!process.WaitForExit(TimeSpan.FromMilliseconds(50)));
        var wall = Stopwatch.GetElapsedTime(began);
        return process.ExitCode == 0
            ? new Timed(wall, peak)
            : throw new InvalidOperationException($"{string.Join(' ', start.ArgumentList)} ended with {process.ExitCode}: {errors.Result}");
    }

    private static long PeakOf(int process)
    {
        try
        {
            var line = File.ReadLines($"/proc/{process}/status").FirstOrDefault(static line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
            return line is null ? 0 : 1024 * long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return 0; // it has ended meanwhile
        }
    }
}
