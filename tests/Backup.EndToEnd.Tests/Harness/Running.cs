using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Backup.EndToEnd.Tests.Harness;

/// <summary>A process that was started and is watched: none may run longer than <see cref="Patience"/>.</summary>
internal sealed partial class Running : IDisposable
{
    /// <summary>Far above what any step needs; who is still running then hangs.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly Process _process;
    private readonly Task<byte[]> _output;
    private readonly Task<string> _errors;
    private readonly string _command;

    private Running(Process process, string command)
    {
        _process = process;
        _command = command;
        _output = Task.Run(() =>
        {
            using var bytes = new MemoryStream();
            process.StandardOutput.BaseStream.CopyTo(bytes);
            return bytes.ToArray();
        });
        _errors = Task.Run(process.StandardError.ReadToEnd);
    }

    public static Running Start(ProcessStartInfo start, IEnumerable<string> arguments)
    {
        start.UseShellExecute = false;
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        start.RedirectStandardInput = true;
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        var process = Process.Start(start)!;
        process.StandardInput.Close();
        return new Running(process, $"{Path.GetFileName(start.FileName)} {string.Join(' ', start.ArgumentList)}");
    }

    public bool HasExited => _process.HasExited;

    public void Kill() => Signal(9);

    public void Interrupt() => Signal(2);

    public void Stop() => Signal(19);

    public void Continue() => Signal(18);

    /// <summary>Waits for the end.</summary>
    public CliResult Finish()
    {
        if (!_process.WaitForExit(Patience))
        {
            _process.Kill(entireProcessTree: true);
            Assert.Fail($"Still running after {Patience.TotalMinutes} minutes: {_command}\n{_errors.Result}");
        }

        var result = new CliResult(_command, _process.ExitCode, _output.Result, _errors.Result);
        Dispose();
        return result;
    }

    public void Dispose() => _process.Dispose();

    private void Signal(int signal)
    {
        if (!_process.HasExited)
        {
            _ = SendSignal(_process.Id, signal);
        }
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SendSignal(int process, int signal);
}
