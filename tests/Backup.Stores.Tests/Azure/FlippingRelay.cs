using System.Net;
using System.Net.Sockets;

namespace Backup.Stores.Tests.Azure;

/// <summary>A way to a server on which one byte of what goes up is flipped, as a broken network card does it past all checksums of TCP.</summary>
internal sealed class FlippingRelay : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Uri _server;
    private readonly long _position;
    private readonly Task _accepting;

    /// <param name="server">On loopback.</param>
    /// <param name="position">Which byte, counted from each connection's begin.</param>
    public FlippingRelay(Uri server, long position)
    {
        (_server, _position) = (server, position);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public Uri Endpoint => new UriBuilder(_server) { Port = ((IPEndPoint)_listener.LocalEndpoint).Port }.Uri;

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        await _accepting;
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = RelayAsync(await _listener.AcceptTcpClientAsync());
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task RelayAsync(TcpClient client)
    {
        using var server = new TcpClient();
        using var each = client;
        try
        {
            await server.ConnectAsync(_server.Host, _server.Port);
            await Task.WhenAny(UpAsync(client.GetStream(), server.GetStream()), server.GetStream().CopyToAsync(client.GetStream()));
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            // One side has gone.
        }
    }

    private async Task UpAsync(NetworkStream from, NetworkStream to)
    {
        var buffer = new byte[16 << 10];
        int read;
        for (long passed = 0; (read = await from.ReadAsync(buffer)) > 0; passed += read)
        {
            if (_position >= passed && _position < passed + read)
            {
                buffer[_position - passed] ^= 1;
            }

            await to.WriteAsync(buffer.AsMemory(0, read));
        }
    }
}
