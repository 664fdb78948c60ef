using Backup.Engine.Stores;
using Renci.SshNet;
using Renci.SshNet.Common;
using Renci.SshNet.Sftp;

namespace Backup.Stores.Sftp;

/// <summary>
/// One login at a server, for one worker at a time. <see cref="Connect"/> comes first; <see cref="Abort"/> may be called at any time and from any
/// thread, and ends whatever is under way.
/// </summary>
internal sealed class SftpConnection(SftpStoreOptions options)
{
    /// <summary>What the protocol carries in one message: more in one makes fewer.</summary>
    private const int BufferLength = 64 << 10;

    /// <summary>Only behind the watch of each call, which sees whether bytes move.</summary>
    private static readonly TimeSpan Backstop = TimeSpan.FromMinutes(10);

    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(15);

    private SftpClient? _client;
    private volatile bool _isAborted;

    /// <summary>When it was last given back, by the clock of the transfer.</summary>
    public long Released { get; set; }

    /// <summary>Whether it may be used (again).</summary>
    public bool IsGood => !_isAborted && _client is { IsConnected: true };

    public SftpClient Client => _client ?? throw new SshConnectionException("Not connected.");

    /// <summary>The folder in which a login begins.</summary>
    public string Login { get; private set; } = "";

    /// <summary>The folder of the store, from '/'.</summary>
    public string Root { get; private set; } = "";

    /// <summary>
    /// Attributes of a file or folder with nothing changed but the permissions, in which the library wants them; null before the first use.
    /// </summary>
    public SftpFileAttributes? Attributes { get; set; }

    /// <summary>Waits for the server; each step of it has the deadline of the options.</summary>
    /// <exception cref="StoreException">The server does not answer, is not the one that is known, or refuses the login.</exception>
    public void Connect()
    {
        var host = (options.Host, options.Port);
        var connection = new ConnectionInfo(host.Host, host.Port, options.User, options.Credentials.MethodFor(options.User)) { Timeout = options.Transfer.Connect };
        SshAlgorithms.Restrict(connection, options.KnownHosts.KindsOf(host.Host, host.Port));
        var client = new SftpClient(connection) { OperationTimeout = Backstop, BufferSize = BufferLength, KeepAliveInterval = KeepAlive };
        string? refusal = null;
        client.HostKeyReceived += (_, shown) =>
        {
            refusal = RefusalOf(options.KnownHosts.Judge(host.Host, host.Port, shown.HostKey), $"{shown.HostKeyName} SHA256:{shown.FingerPrintSHA256}");
            shown.CanTrust = refusal is null;
        };
        try
        {
            client.Connect();
        }
        catch (Exception failure) when (failure is not StoreException)
        {
            client.Dispose();
            throw refusal is null ? NotConnected(failure) : new StoreException(StoreFault.Denied, refusal, failure);
        }

        connection.Timeout = options.Transfer.Stall; // from now on it is how long the server may keep its window closed
        Login = client.WorkingDirectory.TrimEnd('/');
        Root = options.Path.StartsWith('/') ? options.Path : $"{Login}/{options.Path}";
        _client = client;
        if (_isAborted)
        {
            Abort();
        }
    }

    /// <summary>Ends it without asking the server.</summary>
    public void Abort()
    {
        _isAborted = true;
        if (_client is { } client)
        {
            SshSocket.Close(client);
            Close(client);
        }
    }

    /// <summary>Ends it as the protocol wants it.</summary>
    public void End()
    {
        if (_client is { } client)
        {
            Close(client);
        }
    }

    /// <summary>On a thread of its own: the library waits for the server, and for its own threads.</summary>
    private static void Close(SftpClient client) => _ = Task.Factory.StartNew(
        () =>
        {
            try
            {
                client.Dispose();
            }
            catch (Exception failure) when (failure is SshException or ObjectDisposedException or IOException or System.Net.Sockets.SocketException)
            {
                // It is gone, which is what was wanted.
            }
        },
        CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private string? RefusalOf(HostKeyStanding standing, string key)
    {
        var where = $"{options.Server} shows the host key {key}";
        var (name, file) = (KnownHosts.NameOf(options.Host, options.Port), options.KnownHosts.Path);
        return standing switch
        {
            HostKeyStanding.Known => null,
            HostKeyStanding.Unknown =>
                $"{where}, and {file} has none for {name}. Compare it with what the operator of the server publishes; if it is the same, add it: " +
                $"ssh-keyscan -p {options.Port} {options.Host} >> {file}",
            HostKeyStanding.Changed =>
                $"{where}, and {file} has another for {name}: the server was set up anew, or somebody stands in between. Nothing was sent. Ask its " +
                $"operator; if the change is his, replace the lines: ssh-keygen -R '{name}' -f {file}, then ssh-keyscan -p {options.Port} {options.Host} >> {file}",
            _ => $"{where}, which {file} marks as revoked. Nothing was sent. Ask the operator of the server for its new key.",
        };
    }

    private StoreException NotConnected(Exception failure) => failure switch
    {
        SshAuthenticationException => new StoreException(
            StoreFault.Denied,
            $"{options.Server} refuses the login of {options.User} with the {options.Credentials.Name} of the policy ({failure.Message.TrimEnd('.')}). " +
            "Correct the user or the file, or let the server take it (authorized_keys).",
            failure),
        SshConnectionException { DisconnectReason: Renci.SshNet.Messages.Transport.DisconnectReason.KeyExchangeFailed } => new StoreException(
            StoreFault.Denied, $"{options.Server} offers no way to connect that is safe: {failure.Message.TrimEnd('.')}. Its software must be brought up to date.", failure),
        _ => new StoreException(StoreFault.Unreachable, $"{options.Server} cannot be connected to: {failure.Message}", failure),
    };
}
