using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Backup.Stores.Tests.Services;

/// <summary>The link does to a connection what it says, and nothing else. Behind it stands a server that sends back what it gets.</summary>
public sealed class FaultProxyTests : IAsyncDisposable
{
    private readonly TcpListener _server = new(IPAddress.Loopback, 0);
    private readonly FaultProxy _proxy;
    private readonly Task _serving;
    private long _arrived;

    public FaultProxyTests()
    {
        _server.Start();
        _serving = ServeAsync();
        _proxy = FaultProxy.Start("127.0.0.1", ((IPEndPoint)_server.LocalEndpoint).Port);
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await _proxy.DisposeAsync();
        _server.Dispose();
        await _serving;
    }

    [Fact]
    public async Task Start_NoFault_PassesAllBothWays()
    {
        var sent = Bytes(3 << 20);

        Assert.Equal(sent, await EchoAsync(sent));

        Assert.Equal((sent.Length, sent.Length, 1), (_proxy.Passed(Direction.Up), _proxy.Passed(Direction.Down), _proxy.Accepted));
        Assert.True(SpinWait.SpinUntil(() => _proxy.Open == 0, TimeSpan.FromSeconds(20)));
    }

    [Fact]
    public async Task Latency_OneByte_TakesItTwice()
    {
        _proxy.Latency = TimeSpan.FromMilliseconds(60);
        var watch = Stopwatch.StartNew();

        await EchoAsync(Bytes(1));

        Assert.True(watch.Elapsed >= 2 * _proxy.Latency, $"Took {watch.Elapsed}.");
    }

    [Fact]
    public async Task Limit_TwoConnections_ShareIt()
    {
        _proxy.Limit(Direction.Up, 4 << 20);
        var watch = Stopwatch.StartNew();

        await Task.WhenAll(EchoAsync(Bytes(1 << 20)), EchoAsync(Bytes(1 << 20)));

        Assert.True(watch.Elapsed >= TimeSpan.FromSeconds(0.45), $"2 MiB at 4 MiB/s took {watch.Elapsed}.");
    }

    [Fact]
    public async Task After_UpResetAll_ExactlySoManyArrive()
    {
        _proxy.After(Direction.Up, 100_001, _proxy.ResetAll);

        await Assert.ThrowsAnyAsync<IOException>(() => EchoAsync(Bytes(1 << 20)));

        Assert.Equal(100_001, _proxy.Passed(Direction.Up));
        Assert.InRange(Volatile.Read(ref _arrived), 0, 100_001); // the server's own system may drop what it had not read
        Assert.Equal(10, (await EchoAsync(Bytes(10))).Length);
    }

    [Fact]
    public async Task After_DownGoDown_AnswerIsLostAndNewOnesAreRefused()
    {
        _proxy.After(Direction.Down, 7, _proxy.GoDown);
        using var client = await ConnectAsync();
        var stream = client.GetStream();
        await stream.WriteAsync(Bytes(1000), Cancellation);

        await Assert.ThrowsAnyAsync<IOException>(() => stream.ReadExactlyAsync(new byte[1000], Cancellation).AsTask());

        Assert.Equal((1000, 7), (_proxy.Passed(Direction.Up), _proxy.Passed(Direction.Down)));
        await Assert.ThrowsAsync<SocketException>(ConnectAsync);
        _proxy.ComeBack();
        Assert.Equal(10, (await EchoAsync(Bytes(10))).Length);
    }

    [Fact]
    public async Task GoDown_OpenConnection_IsReset()
    {
        using var client = await ConnectAsync();
        await client.GetStream().WriteAsync(Bytes(1), Cancellation);
        await client.GetStream().ReadExactlyAsync(new byte[1], Cancellation);

        _proxy.GoDown();

        var error = await Assert.ThrowsAnyAsync<IOException>(() => client.GetStream().ReadExactlyAsync(new byte[1], Cancellation).AsTask());
        Assert.Equal(SocketError.ConnectionReset, Assert.IsType<SocketException>(error.InnerException).SocketErrorCode);
    }

    [Fact]
    public async Task Stall_NewConnection_IsAcceptedAndHangsUntilGoOn()
    {
        _proxy.Stall();
        var sent = Bytes(100_000);
        var echo = EchoAsync(sent);
        Assert.True(SpinWait.SpinUntil(() => _proxy.Accepted == 1, TimeSpan.FromSeconds(20)));

        await Assert.ThrowsAsync<TimeoutException>(() => echo.WaitAsync(TimeSpan.FromMilliseconds(200), Cancellation));
        Assert.Equal(0, Volatile.Read(ref _arrived));

        _proxy.GoOn();
        Assert.Equal(sent, await echo);
    }

    [Fact]
    public async Task After_Stall_HoldsTheOthersToo()
    {
        _proxy.After(Direction.Up, 1000, _proxy.Stall);

        var echoes = Task.WhenAll(Enumerable.Range(0, 4).Select(_ => EchoAsync(Bytes(600))));
        Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref _arrived) == 1000, TimeSpan.FromSeconds(20)));
        await Assert.ThrowsAsync<TimeoutException>(() => echoes.WaitAsync(TimeSpan.FromMilliseconds(200), Cancellation));
        Assert.Equal(1000, _proxy.Passed(Direction.Up));

        _proxy.GoOn();
        Assert.All(await echoes, echo => Assert.Equal(600, echo.Length));
    }

    private static byte[] Bytes(int count) => [.. Enumerable.Range(0, count).Select(number => (byte)(number * 31 >> 3))];

    private async Task<TcpClient> ConnectAsync()
    {
        var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, _proxy.Port, Cancellation);
        return client;
    }

    /// <summary>Sends all, says that this was all, and reads to the end.</summary>
    private async Task<byte[]> EchoAsync(byte[] bytes)
    {
        using var client = await ConnectAsync();
        using var answer = new MemoryStream();
        var reading = client.GetStream().CopyToAsync(answer, Cancellation);
        await client.GetStream().WriteAsync(bytes, Cancellation);
        client.Client.Shutdown(SocketShutdown.Send);
        await reading;
        return answer.ToArray();
    }

    private async Task ServeAsync()
    {
        var serving = new List<Task>();
        try
        {
            while (true)
            {
                serving.Add(AnswerAsync(await _server.AcceptTcpClientAsync(Cancellation)));
            }
        }
        catch (SocketException)
        {
            // The test is over.
        }

        await Task.WhenAll(serving);
    }

    private async Task AnswerAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                var buffer = new byte[100_000];
                while (await client.GetStream().ReadAsync(buffer, Cancellation) is var count and > 0)
                {
                    Interlocked.Add(ref _arrived, count);
                    await client.GetStream().WriteAsync(buffer.AsMemory(0, count), Cancellation);
                }
            }
            catch (IOException)
            {
                // Cut on purpose.
            }
        }
    }
}
