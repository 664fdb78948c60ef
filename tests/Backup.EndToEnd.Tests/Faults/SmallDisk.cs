using Backup.EndToEnd.Tests.Harness;

namespace Backup.EndToEnd.Tests.Faults;

/// <summary>A file system of its own with a limit, for a site that fills up or turns read-only.</summary>
internal sealed class SmallDisk : IDisposable
{
    private readonly string _folder;

    public SmallDisk(string folder, string size)
    {
        _folder = Directory.CreateDirectory(folder).FullName;
        Shell.Run("mount", "-t", "tmpfs", "-o", $"size={size}", "tmpfs", _folder);
    }

    public void Remount(string options) => Shell.Run("mount", "-o", "remount," + options, _folder);

    public void Dispose() => Shell.Run("umount", "--lazy", _folder);
}
