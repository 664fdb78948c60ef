namespace Backup.Engine.Posix;

/// <summary>Files of this machine that are a cache or a scratch: nothing of them need survive a power cut.</summary>
internal static class LocalFile
{
    /// <summary>Removes a file; one that is gone is no error.</summary>
    public static void Remove(string path) => File.Delete(path);

    /// <summary>Opens a folder to its owner only.</summary>
    public static void Close(string folder)
    {
        const UnixFileMode ownerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        if (OperatingSystem.IsLinux() && File.GetUnixFileMode(folder) != ownerOnly)
        {
            File.SetUnixFileMode(folder, ownerOnly);
        }
    }
}
