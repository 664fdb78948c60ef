using Azure.Core;
using Azure.Core.Pipeline;

namespace Backup.Stores.Azure;

/// <summary>
/// Takes an answer for the service's only if it carries the number that the service gives each request: a page of a proxy or of a login, with
/// a status of success or "not found", says nothing about any object. And has the library read a body once: of itself it would ask five times,
/// without a pause, for what is missing after a connection broke.
/// </summary>
internal sealed class AzureAnswers : HttpPipelineSynchronousPolicy
{
    /// <inheritdoc/>
    public override void OnReceivedResponse(HttpMessage message)
    {
        if (message.Response.Status is (>= 200 and < 300) or 404 && !message.Response.Headers.Contains("x-ms-request-id"))
        {
            throw new IOException($"Something else than the service answered, with status {message.Response.Status}.");
        }

        if (message.Response.Status < 300 && !message.BufferResponse && message.Response.ContentStream is { } body)
        {
            message.Response.ContentStream = new Once(body);
        }
    }

    /// <summary>The library goes on by itself after an <see cref="IOException"/> and after nothing else.</summary>
    private sealed class Once(Stream inner) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            try
            {
                return await inner.ReadAsync(buffer, cancellationToken);
            }
            catch (IOException broken)
            {
                throw new HttpRequestException(broken.Message, broken);
            }
        }

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Flush()
        {
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                inner.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
