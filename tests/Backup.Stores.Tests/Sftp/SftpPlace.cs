using Backup.Stores.Http;
using Backup.Stores.Sftp;
using Backup.Stores.Tests.Services;

namespace Backup.Stores.Tests.Sftp;

/// <summary>A folder of its own at an SSH server of the tests, seen from both sides. Gone after the test.</summary>
public sealed class SftpPlace(SftpServer server) : IDisposable
{
    private readonly string _name = $"place-{Path.GetRandomFileName()}";

    public SftpPlace()
        : this(TestServices.Shared.Sftp[0])
    {
    }

    public SftpServer Server { get; } = server;

    /// <summary>The folder of a store with <see cref="Options"/>, on this machine.</summary>
    public string Folder => Path.Join(Server.Folder, _name);

    public SftpStoreOptions Options => new()
    {
        Host = Server.Host,
        Port = Server.Port,
        User = Server.User,
        Path = _name,
        Credentials = SftpCredentials.ReadKey(Server.KeyFile),
        KnownHosts = KnownHosts.Read(Server.KnownHostsFile),
    };

    /// <summary>Reached through a proxy, whose port the known hosts do not have.</summary>
    public SftpStoreOptions Through(FaultProxy proxy) => Options with
    {
        Port = proxy.Port,
        KnownHosts = KnownHosts.Parse("known_hosts", File.ReadLines(Server.KnownHostsFile)
            .Select(line => line.Replace($":{Server.Port} ", $":{proxy.Port} ", StringComparison.Ordinal))),
    };

    public SftpStore Open() => new(Options);

    public static TransferOptions Impatient(double seconds) => new() { Stall = TimeSpan.FromSeconds(seconds), Connect = TimeSpan.FromSeconds(seconds) };

    public void Dispose()
    {
        if (Directory.Exists(Folder))
        {
            Directory.Delete(Folder, recursive: true);
        }
    }
}
