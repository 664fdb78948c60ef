using System.Net;
using Backup.Stores.Pacing;

namespace Backup.Stores.Http;

/// <summary>
/// Carries the requests of an HTTP store: bodies move at the pace of their site in both directions, and an exchange in which nothing moves is
/// ended with a <see cref="TimeoutException"/>. It follows no redirects: credentials go to the host that the policy names and to no other.
/// A body is sent without waiting for leave: who waits too long sends it after a refusal, and some servers take it for the next request.
/// </summary>
internal sealed class TransferHandler(HttpMessageHandler inner, TransferOptions options) : DelegatingHandler(inner)
{
    /// <summary>A client of its own for one store.</summary>
    public static HttpClient NewClient(TransferOptions options) => new(new TransferHandler(
        new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            ConnectTimeout = options.Connect,
            MaxConnectionsPerServer = Math.Max(32, options.Connections),
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(60),
            UseCookies = false,
        },
        options))
    {
        Timeout = Timeout.InfiniteTimeSpan, // the watch and the deadline of the call are what ends one
    };

    /// <inheritdoc/>
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var watch = new StallWatch(options.Stall, options.Time, cancellationToken);
        try
        {
            request.Headers.ExpectContinue = false;
            request.Content = request.Content is { } body ? new WatchedContent(body, options.Upload, watch) : null;
            var response = await base.SendAsync(request, watch.Token);
            watch.Touch();
            response.Content = new WatchedContent(response.Content, options.Download, watch) { OwnsWatch = true };
            return response;
        }
        catch (Exception failure)
        {
            var stalled = watch.HasStalled;
            watch.Dispose();
            if (stalled)
            {
                throw watch.Stalled(failure);
            }

            throw;
        }
    }

    /// <summary>A body whose bytes are counted by the pace and seen by the watch, whichever way they go.</summary>
    private sealed class WatchedContent : HttpContent
    {
        private readonly HttpContent _inner;
        private readonly Pace _pace;
        private readonly StallWatch _watch;

        public WatchedContent(HttpContent inner, Pace pace, StallWatch watch)
        {
            (_inner, _pace, _watch) = (inner, pace, watch);
            foreach (var header in inner.Headers)
            {
                Headers.TryAddWithoutValidation(header.Key, header.Value);
            }
        }

        public bool OwnsWatch { get; init; }

        protected override async Task<Stream> CreateContentReadStreamAsync() => new PacedStream(await _inner.ReadAsStreamAsync(), _pace, _watch);

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
            SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
        {
            await using var paced = new PacedStream(stream, _pace, _watch) { LeaveOpen = true };
            await _inner.CopyToAsync(paced, context, cancellationToken);
        }

        protected override bool TryComputeLength(out long length)
        {
            length = _inner.Headers.ContentLength ?? 0;
            return _inner.Headers.ContentLength is not null;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                _inner.Dispose();
                if (OwnsWatch)
                {
                    _watch.Dispose();
                }
            }

            base.Dispose(disposing);
        }
    }
}
