using Backup.EndToEnd.Tests.Harness;
using Backup.Stores.Tests.Services;

namespace Backup.EndToEnd.Tests.Remote;

/// <summary>A folder of an SSH server on this machine.</summary>
internal sealed class SftpPlace : IRemotePlace
{
    private readonly string _folder;

    public SftpPlace(SftpServer server)
    {
        _folder = Path.Combine(server.Folder, "backup-" + Path.GetRandomFileName());
        PolicyText = $"kind: sftp, host: {server.Host}, port: {server.Port}, user: {server.User}, path: {_folder}, " +
            $"key_file: {server.KeyFile}, known_hosts: {server.KnownHostsFile}";
    }

    /// <inheritdoc/>
    public string PolicyText { get; }

    /// <inheritdoc/>
    public long Bytes() => Files().Sum(static file => Length(file));

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, byte[]> Objects() =>
        Files().ToDictionary(file => Path.GetRelativePath(_folder, file), File.ReadAllBytes, StringComparer.Ordinal);

    /// <inheritdoc/>
    public void Replace(string name, byte[] content) => File.WriteAllBytes(Path.Combine(_folder, name), content);

    /// <inheritdoc/>
    public void Dispose()
    {
        // Nothing is held; the server goes with the test run.
    }

    /// <inheritdoc/>
    public void Wipe() => Shell.Run("sh", "-c", $"rm -rf '{_folder}'/*");

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

    private IEnumerable<string> Files() => !Directory.Exists(_folder) ? [] : Directory.EnumerateFiles(_folder, "*", SearchOption.AllDirectories)
        .Where(file => !file.StartsWith(Path.Combine(_folder, "tmp"), StringComparison.Ordinal));
}
