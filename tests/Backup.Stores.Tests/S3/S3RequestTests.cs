using System.Net;
using System.Net.Sockets;
using System.Text;
using Backup.Engine.Stores;
using Backup.Stores.S3;

namespace Backup.Stores.Tests.S3;

/// <summary>What the bytes of a request are, seen by a server that answers each with one line.</summary>
public sealed class S3RequestTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Ceph takes a body that was held back until after its refusal for the next request, and answers that it is none.</summary>
    [Fact]
    public async Task Put_RefusedWithoutTheServicesWords_IsRepeatable()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var server = AnswerAsync(listener, "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        var options = S3Buckets.Options("bucket") with { Endpoint = new Uri($"http://{listener.LocalEndpoint}") };
        await using var store = new S3Store(options);

        var failure = await Assert.ThrowsAsync<StoreException>(() => store.PutAsync("repository", new byte[] { 1 }, Cancellation));

        Assert.Equal((StoreFault.Unreachable, true), (failure.Fault, failure.Retryable));
        var request = await server;
        Assert.StartsWith("PUT /bucket/repository HTTP/1.1\r\n", request, StringComparison.Ordinal);
        Assert.DoesNotContain("\r\nExpect:", request, StringComparison.OrdinalIgnoreCase);
    }

    private static async Task<string> AnswerAsync(TcpListener listener, string answer)
    {
        using var connection = await listener.AcceptSocketAsync(Cancellation);
        var buffer = new byte[16 << 10];
        var request = "";
        while (!request.Contains("\r\n\r\n\u0001", StringComparison.Ordinal))
        {
            var read = await connection.ReceiveAsync(buffer, Cancellation);
            Assert.NotEqual(0, read);
            request += Encoding.Latin1.GetString(buffer, 0, read);
        }

        await connection.SendAsync(Encoding.ASCII.GetBytes(answer), Cancellation);
        return request;
    }
}
