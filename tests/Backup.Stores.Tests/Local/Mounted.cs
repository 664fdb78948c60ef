using System.Diagnostics;

namespace Backup.Stores.Tests.Local;

/// <summary>
/// A file system of its own, mounted for one test. Needs the right to mount; without it <see cref="TryMount"/> gives null.
/// </summary>
public sealed class Mounted : IDisposable
{
    private Mounted(string path) => Path = path;

    public string Path { get; }

    public static Mounted? TryTmpFs(string path, string options) => TryMount(path, "-t", "tmpfs", "-o", options, "tmpfs");

    /// <summary>Mounts what the arguments of mount(8) say on a folder, which is made.</summary>
    public static Mounted? TryMount(string path, params string[] arguments)
    {
        Directory.CreateDirectory(path);
        return Run("mount", [.. arguments, path]) ? new Mounted(path) : null;
    }

    /// <summary>Runs a program to its end.</summary>
    /// <returns>True if it succeeded; false also if there is no such program.</returns>
    public static bool Run(string program, params string[] arguments)
    {
        try
        {
            var command = new ProcessStartInfo(program, arguments) { RedirectStandardError = true, UseShellExecute = false };
            using var process = Process.Start(command)!;
            process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    public void RemountReadOnly() => Assert.True(Run("mount", "-o", "remount,ro", Path));

    /// <summary>Takes the file system away although it may be in use, as when a disk is pulled.</summary>
    public void Dispose() => Run("umount", "-l", Path);
}
