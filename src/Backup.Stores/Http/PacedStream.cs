using Backup.Stores.Pacing;

namespace Backup.Stores.Http;

/// <summary>A stream whose bytes wait for their pace and are seen by the watch of their exchange.</summary>
internal sealed class PacedStream(Stream inner, Pace pace, StallWatch watch) : Stream
{
    public bool LeaveOpen { get; init; }

    public override bool CanRead => inner.CanRead;

    public override bool CanSeek => false;

    public override bool CanWrite => inner.CanWrite;

    public override long Length => inner.Length;

    public override long Position
    {
        get => inner.Position;
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, watch.Token);
        try
        {
            var read = await inner.ReadAsync(buffer[..Math.Min(buffer.Length, Pace.Piece)], either.Token);
            watch.Pause();
            await pace.TakeAsync(read, cancellationToken);
            watch.Touch();
            return read;
        }
        catch (Exception failure) when (watch.HasStalled)
        {
            throw watch.Stalled(failure);
        }
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (buffer.Length > 0)
        {
            var piece = buffer[..Math.Min(buffer.Length, Pace.Piece)];
            watch.Pause();
            await pace.TakeAsync(piece.Length, cancellationToken);
            watch.Touch();
            await inner.WriteAsync(piece, cancellationToken);
            watch.Touch();
            buffer = buffer[piece.Length..];
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => ReadAsync(buffer, offset, count, CancellationToken.None).GetAwaiter().GetResult();

    public override void Write(byte[] buffer, int offset, int count) => WriteAsync(buffer, offset, count, CancellationToken.None).GetAwaiter().GetResult();

    public override void Flush() => inner.Flush();

    public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing && !LeaveOpen)
        {
            inner.Dispose();
        }

        base.Dispose(disposing);
    }
}
