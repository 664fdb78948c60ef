using System.Diagnostics;

namespace Backup.EndToEnd.Tests.Harness;

/// <summary>The program under test. BACKUPCTL names it; without it the CLI is published once, beside these tests.</summary>
internal static class Published
{
    private static readonly Lazy<string> Found = new(Find);
    private static readonly Lazy<string> Copied = new(CopyForEveryone);

    /// <summary>The root of the project: where the solution lies.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The path of the published <c>backupctl</c>.</summary>
    public static string Backupctl => Found.Value;

    /// <summary>A copy that a user without rights may run, wherever the project lies.</summary>
    public static string ForEveryone => Copied.Value;

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Backup.sln")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException($"No Backup.sln above {AppContext.BaseDirectory}.");
    }

    private static string Find()
    {
        if (Environment.GetEnvironmentVariable("BACKUPCTL") is { Length: > 0 } named)
        {
            return File.Exists(named)
                ? Path.GetFullPath(named)
                : throw new InvalidOperationException($"BACKUPCTL names {named}, which is not there.");
        }

        var folder = Path.Combine(AppContext.BaseDirectory, "backupctl");
        string[] arguments = ["publish", Path.Combine(Root, "src", "Backup.Cli"), "-c", "Release", "-o", folder, "-v", "quiet", "-nologo"];
        var start = new ProcessStartInfo("dotnet", arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        using var publish = Process.Start(start)!;
        var errors = publish.StandardError.ReadToEndAsync();
        var output = publish.StandardOutput.ReadToEnd();
        publish.WaitForExit();
        return publish.ExitCode == 0
            ? Path.Combine(folder, "backupctl")
            : throw new InvalidOperationException($"The CLI could not be published:\n{output}{errors.Result}");
    }

    private static string CopyForEveryone()
    {
        var folder = TemporaryFolder.Create("backupctl");
        AppDomain.CurrentDomain.ProcessExit += (_, _) => TemporaryFolder.Remove(folder);
        Shell.Run("cp", "-a", Path.GetDirectoryName(Backupctl)! + "/.", folder);
        Shell.Run("chmod", "-R", "a+rX", folder);
        return Path.Combine(folder, "backupctl");
    }
}
