namespace Backup.Engine.Tests.Posix;

/// <summary>An empty folder that is gone after the test.</summary>
public sealed class ScratchFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("backup-test-").FullName;

    public string this[string name] => System.IO.Path.Join(Path, name);

    /// <summary>Every file below, relative, in order.</summary>
    public string[] Files()
    {
        var files = Directory.EnumerateFiles(Path, "*", SearchOption.AllDirectories);
        return [.. files.Select(file => System.IO.Path.GetRelativePath(Path, file)).Order(StringComparer.Ordinal)];
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
