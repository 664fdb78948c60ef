namespace Backup.Engine.Posix;

/// <summary>A folder (0700) that is gone, with all in it, when it is disposed.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    /// <param name="path">Absolute; made new, what was there is removed.</param>
    public TemporaryFolder(string path)
    {
        Path = path;
        Dispose();
        Directory.CreateDirectory(path);
        LocalFile.Close(path);
    }

    public string Path { get; }

    public void Dispose()
    {
        if (Directory.Exists(Path))
        {
            Directory.Delete(Path, recursive: true);
        }
    }
}
