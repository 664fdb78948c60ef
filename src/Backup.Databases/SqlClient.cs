using System.Diagnostics;

namespace Backup.Databases;

/// <summary>The vendor's client, which takes SQL and rows as bytes, whatever character set they are in.</summary>
internal sealed class SqlClient : IDisposable
{
    private readonly string _program;
    private readonly Process _process;
    private readonly Stream _input;
    private readonly Task<string> _errors;

    /// <param name="program">Found by PATH.</param>
    /// <param name="arguments">No secret among them.</param>
    /// <param name="environment">Set for it.</param>
    /// <param name="package">What to install if it is missing.</param>
    public SqlClient(string program, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string> environment, string package)
    {
        _program = program;
        _process = VendorTool.Start(
            new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false }, environment, package);
#pragma warning disable RS0030 // a pipe to a process: nothing of it is stored
        _input = _process.StandardInput.BaseStream;
#pragma warning restore RS0030
        _errors = _process.StandardError.ReadToEndAsync();
        _ = _process.StandardOutput.ReadToEndAsync();
    }

    /// <exception cref="Engine.BackupException">It ended: the server did not take what was sent before.</exception>
    public void Send(ReadOnlyMemory<byte> sql)
    {
        try
        {
            _input.Write(sql.Span);
        }
        catch (IOException)
        {
            Complete();
        }
    }

    /// <summary>Waits until the server has taken everything.</summary>
    /// <exception cref="Engine.BackupException">It did not.</exception>
    public void Complete()
    {
        try
        {
            _input.Dispose();
        }
        catch (IOException)
        {
            // It ended already, and says why.
        }

        _process.WaitForExit();
        if (_process.ExitCode != 0)
        {
            throw VendorTool.Failed(_program, _process.ExitCode, _errors.GetAwaiter().GetResult());
        }
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
    }
}
