namespace Backup.Engine.Posix;

/// <summary>Files of this machine that are a cache or a scratch: nothing of them need survive a power cut.</summary>
public static class LocalFile
{
    /// <summary>Removes a file; one that is gone is no error.</summary>
    public static void Remove(string path) => File.Delete(path);

    /// <summary>A new file (0600) in the place of whatever is there; a link there is not followed.</summary>
    /// <exception cref="BackupException">It cannot be written.</exception>
    public static Stream Write(string path)
    {
        try
        {
            File.Delete(path);
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (OperatingSystem.IsLinux())
            {
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            }

            return new FileStream(path, options);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new BackupException(FailureKind.Failed, $"The file {path} cannot be written: {failure.Message.TrimEnd('.')}.", "Free space, or correct the rights of the folder.", failure);
        }
    }

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
