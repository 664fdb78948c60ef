using System.Buffers;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;

namespace Backup.Stores.Tests.Services;

/// <summary>One connection through a <see cref="FaultProxy"/>.</summary>
internal sealed class FaultLink(Socket client, FaultFlow up, FaultFlow down, Func<TimeSpan> latency) : IDisposable
{
    private const int BufferLength = 64 << 10;

    /// <summary>Buffers under way in one direction: at 20 ms enough for 800 MB/s.</summary>
    private const int MostUnderWay = 256;

    private readonly Socket _server = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly CancellationTokenSource _end = new();

    /// <summary>Passes bytes in both directions until both have ended, or one fails.</summary>
    public async Task RunAsync(EndPoint server)
    {
        try
        {
            Prepare(client);
            Prepare(_server);
            await _server.ConnectAsync(server, _end.Token);
            await Task.WhenAll(CarryAsync(client, _server, up), CarryAsync(_server, client, down));
        }
        catch (Exception broken) when (broken is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            Reset(); // as a link would: who is on one side learns that the other is gone
        }
    }

    /// <summary>Closes both sides with a reset instead of an orderly end.</summary>
    public void Reset()
    {
        _end.Cancel();
        client.Close(0);
        _server.Close(0);
    }

    /// <summary>Closes both sides in order; a second end of either kind does nothing.</summary>
    public void Dispose()
    {
        _end.Cancel(); // and no Dispose of it: a reset may come at any time, and it holds nothing
        client.Dispose();
        _server.Dispose();
    }

    private static void Prepare(Socket socket)
    {
        socket.NoDelay = true;
        // The system would take megabytes at once from a sender whom the limit is to slow down.
        socket.ReceiveBufferSize = 4 * BufferLength;
    }

    private async Task CarryAsync(Socket from, Socket to, FaultFlow flow)
    {
        var underWay = Channel.CreateBounded<(byte[] Buffer, int Count, long Due)>(MostUnderWay);
        var receiving = EndAllIfBroken(ReceiveAsync(from, flow, underWay.Writer));
        var sending = EndAllIfBroken(SendAsync(to, flow, underWay.Reader));
        await Task.WhenAll(receiving, sending);
    }

    private async Task EndAllIfBroken(Task half)
    {
        try
        {
            await half;
        }
        catch
        {
            Reset();
            throw;
        }
    }

    private async Task ReceiveAsync(Socket from, FaultFlow flow, ChannelWriter<(byte[] Buffer, int Count, long Due)> underWay)
    {
        while (true)
        {
            var buffer = ArrayPool<byte>.Shared.Rent(BufferLength);
            var count = await from.ReceiveAsync(buffer.AsMemory(0, flow.Portion(BufferLength)), _end.Token);
            if (count == 0)
            {
                underWay.Complete();
                return;
            }

            await flow.TakeTimeAsync(count, _end.Token);
            var due = Stopwatch.GetTimestamp() + (long)(latency().TotalSeconds * Stopwatch.Frequency);
            await underWay.WriteAsync((buffer, count, due), _end.Token);
        }
    }

    private async Task SendAsync(Socket to, FaultFlow flow, ChannelReader<(byte[] Buffer, int Count, long Due)> underWay)
    {
        await foreach (var (buffer, count, due) in underWay.ReadAllAsync(_end.Token))
        {
            var wait = Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), due);
            if (wait > TimeSpan.Zero)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(Math.Ceiling(wait.TotalMilliseconds)), _end.Token);
            }

            await flow.PassAsync(buffer.AsMemory(0, count), (bytes, cancellation) => SendAllAsync(to, bytes, cancellation), _end.Token);
            ArrayPool<byte>.Shared.Return(buffer);
        }

        await flow.Gate.WaitAsync(_end.Token);
        to.Shutdown(SocketShutdown.Send);
    }

    private static async ValueTask SendAllAsync(Socket to, ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        while (bytes.Length > 0)
        {
            bytes = bytes[await to.SendAsync(bytes, cancellation)..];
        }
    }
}
