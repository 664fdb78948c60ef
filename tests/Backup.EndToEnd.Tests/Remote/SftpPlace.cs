using Backup.EndToEnd.Tests.Harness;
using Backup.Stores.Tests.Services;

namespace Backup.EndToEnd.Tests.Remote;

/// <summary>A folder of an SSH server on this machine.</summary>
internal sealed class SftpPlace : IRemotePlace
{
    public SftpPlace(SftpServer server)
    {
        Folder = Path.Combine(server.Folder, "backup-" + Path.GetRandomFileName());
        PolicyText = $"kind: sftp, host: {server.Host}, port: {server.Port}, user: {server.User}, path: {Folder}, " +
            $"key_file: {server.KeyFile}, known_hosts: {server.KnownHostsFile}";
    }

    /// <summary>The folder as this machine sees it.</summary>
    public string Folder { get; }

    /// <inheritdoc/>
    public string PolicyText { get; }

    /// <inheritdoc/>
    public long Bytes() => Files().Sum(static file => Length(file));

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, byte[]> Objects() =>
        Files().ToDictionary(file => Path.GetRelativePath(Folder, file), File.ReadAllBytes, StringComparer.Ordinal);

    /// <inheritdoc/>
    public void Replace(string name, byte[] content)
    {
        var path = Path.Combine(Folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, content);
        Shell.Run("chown", "-R", "--reference", Path.GetDirectoryName(Folder)!, "--", Path.Combine(Folder, name.Split('/')[0]));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // Nothing is held; the server goes with the test run.
    }

    /// <inheritdoc/>
    public void Wipe() => Shell.Run("sh", "-c", $"rm -rf '{Folder}'/*");

    private static long Length(string file)
    {
        try
        {
            return new FileInfo(file).Length;
        }
        catch (FileNotFoundException)
        {
            return 0; // it was renamed meanwhile
        }
    }

    private IEnumerable<string> Files() => !Directory.Exists(Folder) ? [] : Directory.EnumerateFiles(Folder, "*", SearchOption.AllDirectories)
        .Where(file => !file.StartsWith(Path.Combine(Folder, "tmp"), StringComparison.Ordinal));
}
