using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Backup.Stores.Tests.Services;

/// <summary>From where to where bytes go.</summary>
public enum Direction
{
    /// <summary>From the client to the server.</summary>
    Up,

    /// <summary>From the server to the client.</summary>
    Down,
}

/// <summary>
/// A link to a server that is as slow and unreliable as a test wants: a TCP proxy on loopback. It knows no protocol, so it serves http,
/// https and SSH. All of it may be changed while connections are open.
/// </summary>
public sealed class FaultProxy : IAsyncDisposable
{
    private readonly EndPoint _server;
    private readonly FaultFlow _up = new();
    private readonly FaultFlow _down = new();
    private readonly ConcurrentDictionary<FaultLink, Task> _links = new();
    private readonly Lock _lock = new();
    private Socket _listener;
    private Task _accepting;
    private int _accepted;
    private bool _isDown;

    private FaultProxy(EndPoint server)
    {
        _server = server;
        _listener = Bind(0);
        Port = ((IPEndPoint)_listener.LocalEndPoint!).Port;
        _listener.Listen(512);
        _accepting = AcceptAsync(_listener);
    }

    /// <summary>Where clients connect, on 127.0.0.1. It stays the same while the proxy is down.</summary>
    public int Port { get; }

    /// <summary>Added to each byte's way in each direction, twice to a round trip. It delays and does not limit. Default: none.</summary>
    public TimeSpan Latency { get; set; }

    /// <summary>Connections accepted since the start.</summary>
    public int Accepted => Volatile.Read(ref _accepted);

    /// <summary>Connections open now.</summary>
    public int Open => _links.Count;

    public static FaultProxy Start(string host, int port) => new(new IPEndPoint(IPAddress.Parse(host), port));

    /// <summary>To the host and port of an address, which must be on loopback.</summary>
    public static FaultProxy Start(Uri server) =>
        Start(server.HostNameType == UriHostNameType.Dns ? "127.0.0.1" : server.Host, server.Port);

    /// <summary>An address of the server as it is reached through this proxy.</summary>
    public Uri Through(Uri server) => new UriBuilder(server) { Port = Port }.Uri;

    /// <summary>Bytes passed since the start, over all connections.</summary>
    public long Passed(Direction direction) => Flow(direction).Passed;

    /// <summary>Limits a direction, all connections together. Null, the default, limits nothing.</summary>
    public void Limit(Direction direction, long? bytesPerSecond) => Flow(direction).BytesPerSecond = bytesPerSecond;

    /// <summary>
    /// Lets so many more bytes of a direction pass, over all connections, then does what is asked, before one more passes: for example
    /// <see cref="ResetAll"/>, <see cref="Stall"/>, <see cref="GoDown"/>, or the kill of a server. Once; a later call replaces this one.
    /// </summary>
    public void After(Direction direction, long bytes, Action fault) => Flow(direction).After(bytes, fault);

    /// <summary>Connections stay and new ones are accepted, and nothing passes, until <see cref="GoOn"/>. Nothing is lost.</summary>
    public void Stall()
    {
        _up.Gate.Close();
        _down.Gate.Close();
    }

    public void GoOn()
    {
        _up.Gate.Open();
        _down.Gate.Open();
    }

    /// <summary>Resets every connection, on both sides; what was under way is lost.</summary>
    public void ResetAll()
    {
        foreach (var link in _links.Keys)
        {
            link.Reset();
        }
    }

    /// <summary>As a server that is not there: resets every connection and refuses new ones, until <see cref="ComeBack"/>.</summary>
    public void GoDown()
    {
        lock (_lock)
        {
            if (!_isDown)
            {
                _isDown = true;
                _listener.Dispose();
                _listener = Bind(Port); // bound and not listening: it refuses, and nobody else gets the port
            }
        }

        ResetAll();
    }

    public void ComeBack()
    {
        lock (_lock)
        {
            if (_isDown)
            {
                _isDown = false;
                _listener.Listen(512);
                _accepting = AcceptAsync(_listener);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        GoDown();
        _listener.Dispose();
        GoOn();
        await _accepting;
        ResetAll();
        await Task.WhenAll(_links.Values);
    }

    private static Socket Bind(int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
        return socket;
    }

    private FaultFlow Flow(Direction direction) => direction == Direction.Up ? _up : _down;

    private async Task AcceptAsync(Socket listener)
    {
        await Task.Yield();
        while (true)
        {
            Socket client;
            try
            {
                client = await listener.AcceptAsync();
            }
            catch (SocketException error) when (error.SocketErrorCode is not SocketError.OperationAborted)
            {
                continue; // a client that had gone again
            }
            catch (Exception closed) when (closed is SocketException or ObjectDisposedException)
            {
                return;
            }

            Interlocked.Increment(ref _accepted);
            var link = new FaultLink(client, _up, _down, () => Latency);
            var done = new TaskCompletionSource();
            _links[link] = done.Task;
            _ = RunAsync(link, done);
        }
    }

    private async Task RunAsync(FaultLink link, TaskCompletionSource done)
    {
        using var closed = link;
        // It may have been accepted while the proxy went down: then nobody has reset it.
        if (Volatile.Read(ref _isDown))
        {
            link.Reset();
        }

        await link.RunAsync(_server);
        _links.TryRemove(link, out var _);
        done.SetResult();
    }
}
