using System.Diagnostics;
using Backup.Engine;

namespace Backup.Databases;

/// <summary>Runs the vendor's own program, for what only it knows: how tables, routines and triggers are written.</summary>
internal static class VendorTool
{
    private const int LongestMessage = 2000;

    /// <summary>What a program writes to its standard output.</summary>
    /// <param name="program">Found by PATH.</param>
    /// <param name="arguments">No secret among them.</param>
    /// <param name="environment">Set for it.</param>
    /// <param name="package">What to install if it is missing.</param>
    /// <exception cref="BackupException">It is missing, or ends with an error: its own words are in the message.</exception>
    public static byte[] Run(string program, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string> environment, string package)
    {
        using var process = Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false }, environment, package);
        var errors = process.StandardError.ReadToEndAsync();
        using var output = new MemoryStream();
        process.StandardOutput.BaseStream.CopyTo(output);
        process.WaitForExit();
        return process.ExitCode == 0 ? output.ToArray() : throw Failed(program, process.ExitCode, errors.GetAwaiter().GetResult());
    }

    /// <summary>Starts a program.</summary>
    public static Process Start(ProcessStartInfo start, IReadOnlyDictionary<string, string> environment, string package)
    {
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        try
        {
            return Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception missing)
        {
            throw new BackupException(FailureKind.Failed, $"The program {start.FileName} cannot be run: {missing.Message.TrimEnd('.')}.", $"Install {package}.", missing);
        }
    }

    /// <summary>What is told of a program that ended with an error.</summary>
    public static BackupException Failed(string program, int code, string errors)
    {
        errors = errors.Trim().TrimEnd('.');
        return new BackupException(
            FailureKind.Failed, $"{program} ended with {code}: {(errors.Length > LongestMessage ? errors[..LongestMessage] + "…" : errors)}.", "Run it by hand as this user.");
    }
}
