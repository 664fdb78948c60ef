using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;

namespace Backup.Engine.Tests.Sources;

/// <summary>A scratch directory with a source tree, built by Python so that no code under test takes part, and room for a target.</summary>
internal sealed class TreeFixture : IDisposable
{
    private const string Prelude = """
        import os, sys, stat, socket, struct, errno
        os.chdir(sys.argv[1])
        def put(name, data=b"x", mode=None):
            fd = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
            os.write(fd, data) if data else None
            os.close(fd)
            if mode is not None: os.chmod(name, mode)

        """;

    private readonly string _base;

    /// <param name="inMemory">For trees so large that the disk would make the test slow.</param>
    public TreeFixture(bool inMemory = false)
    {
        var place = inMemory && Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath();
        _base = Path.Combine(place, $"backup-tree-{RandomNumberGenerator.GetHexString(16)}");
        Directory.CreateDirectory(Source);
    }

    public string Base => _base;

    public string Source => Path.Combine(_base, "source");

    public string Target => Path.Combine(_base, "target");

    public byte[] SourceBytes => Encoding.UTF8.GetBytes(Source);

    /// <summary>A path below the source.</summary>
    public byte[] At(string below) => Encoding.UTF8.GetBytes($"{Source}/{below}");

    /// <summary>A path below the target.</summary>
    public byte[] TargetAt(string below) => Encoding.UTF8.GetBytes($"{Target}/{below}");

    /// <summary>The line of the target's manifest for a path.</summary>
    public string TargetLine(string path) =>
        Assert.Single(Manifest(Target), line => line.StartsWith($"./{path} ", StringComparison.Ordinal));

    public byte[] TargetBytes => Encoding.UTF8.GetBytes(Target);

    /// <summary>Runs a script; its working directory is the source.</summary>
    public TreeFixture Build(string script)
    {
        Run("python3", ["-c", Prelude + script, Source]);
        return this;
    }

    public static string[] Manifest(string directory, params string[] options) =>
        Run("python3", [Path.Combine(RepositoryRoot(), "tests", "manifest.py"), directory, .. options])
            .Split('\n', StringSplitOptions.RemoveEmptyEntries);

    public static string Run(string program, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{program}: {errors.Result}");
        return output;
    }

    public void Dispose() => Run("rm", ["-rf", "--one-file-system", _base]);

    private static string RepositoryRoot()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory.FullName, "Backup.sln")))
        {
            directory = directory.Parent!;
        }

        return directory.FullName;
    }
}
