using System.IO.Pipelines;
using Backup.Engine.Format;
using Backup.Engine.Sources;

namespace Backup.Engine.Snapshots;

/// <summary>The bytes of a stored file, from the first to the last. What lies in holes is left out, or read as zeros.</summary>
/// <param name="entry">The file.</param>
/// <param name="blobs">Its blobs in order.</param>
/// <param name="read">Gives the bytes of one.</param>
/// <param name="withHoles">Whether holes are read too.</param>
internal sealed class StoredContent(Entry entry, IEnumerable<BlobReference> blobs, Func<BlobId, ReadOnlyMemory<byte>> read, bool withHoles) : Stream
{
    private readonly IEnumerator<ReadOnlyMemory<byte>> _pieces = Pieces(entry, blobs, read, withHoles).GetEnumerator();
    private ReadOnlyMemory<byte> _left;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override int Read(Span<byte> buffer)
    {
        while (_left.IsEmpty)
        {
            if (!_pieces.MoveNext())
            {
                return 0;
            }

            _left = _pieces.Current;
        }

        var taken = Math.Min(buffer.Length, _left.Length);
        _left.Span[..taken].CopyTo(buffer);
        _left = _left[taken..];
        return taken;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        _pieces.Dispose();
        base.Dispose(disposing);
    }

    private static IEnumerable<ReadOnlyMemory<byte>> Pieces(Entry entry, IEnumerable<BlobReference> blobs, Func<BlobId, ReadOnlyMemory<byte>> read, bool withHoles)
    {
        if (!withHoles || entry.Extents is not { } extents)
        {
            foreach (var blob in blobs)
            {
                yield return read(blob.Id).ToArray();
            }

            yield break;
        }

        var zeros = new byte[64 << 10];
        using var dense = new StoredContent(entry, blobs, read, withHoles: false);
        var at = 0L;
        foreach (var extent in extents.Append(new Extent(entry.Size, 0)))
        {
            for (; at < extent.Offset; at += Math.Min(zeros.Length, extent.Offset - at))
            {
                yield return zeros.AsMemory(0, (int)Math.Min(zeros.Length, extent.Offset - at));
            }

            for (var left = extent.Length; left > 0;)
            {
                var part = new byte[(int)Math.Min(zeros.Length, left)];
                var got = dense.Read(part);
                if (got == 0)
                {
                    yield break;
                }

                yield return part.AsMemory(0, got);
                (left, at) = (left - got, at + got);
            }
        }
    }
}

/// <summary>A stored file as a source would give it: as it is, or through a filter that runs on a thread of its own, in bounded memory.</summary>
internal sealed class RewrittenFile : ISourceFile
{
    private readonly Stream _bytes;
    private readonly Task _filter;

    private RewrittenFile(Entry entry, Stream bytes, Task filter) => (Current, _bytes, _filter) = (entry, bytes, filter);

    /// <inheritdoc/>
    public Entry Current { get; }

    /// <summary>So many bytes were read.</summary>
    public long Length { get; private set; }

    public static RewrittenFile Whole(Entry entry, Stream bytes) => new(entry, bytes, Task.CompletedTask);

    /// <param name="entry">The file.</param>
    /// <param name="filter">Writes what is kept into the stream that it is given.</param>
    public static RewrittenFile Filtered(Entry entry, Action<Stream> filter)
    {
        var pipe = new Pipe();
        var run = Task.Run(async () =>
        {
            Exception? failure = null;
            try
            {
                using var output = pipe.Writer.AsStream(leaveOpen: true);
                filter(output);
            }
            catch (Exception caught)
            {
                failure = caught;
            }

            await pipe.Writer.CompleteAsync(failure);
        });
        return new RewrittenFile(entry, pipe.Reader.AsStream(), run);
    }

    /// <inheritdoc/>
    public int Read(Span<byte> buffer)
    {
        var read = _bytes.Read(buffer);
        Length += read;
        return read;
    }

    /// <inheritdoc/>
    public bool Unchanged() => true;

    public void Dispose()
    {
        _bytes.Dispose();
        _filter.GetAwaiter().GetResult();
    }
}
