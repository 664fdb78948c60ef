using System.Buffers;
using System.Collections.Concurrent;
using Backup.Engine.Blobs;
using Backup.Engine.Format;

namespace Backup.Engine.Runs;

/// <summary>
/// Writes pieces in their order while the blobs of the next ones are read by several threads. Every byte was authenticated before it is written; at the first
/// that no site has, nothing more is. Memory: a batch and the segments of a reader for each thread, about 35 MB, whatever is dumped.
/// </summary>
internal sealed class DumpPipe : IDisposable
{
    /// <summary>A batch is closed when it holds as much: with one blob more it stays below three times that.</summary>
    private const int BatchBytes = 2 << 20;

    /// <summary>More zeros than this are not put into a batch but written behind it.</summary>
    private const int MostBatchedZeros = 64 << 10;

    private static readonly byte[] Zeros = new byte[1 << 20];

    private readonly ConcurrentBag<BlobReader> _readers;
    private readonly int _threads;

    /// <param name="newReader">Makes a reader for one of the threads.</param>
    /// <param name="threads">At least 1.</param>
    public DumpPipe(Func<BlobReader> newReader, int threads)
    {
        _readers = [.. Enumerable.Range(0, threads).Select(_ => newReader())];
        _threads = threads;
    }

    /// <summary>Writes some pieces. One call at a time.</summary>
    /// <param name="pieces">The pieces.</param>
    /// <param name="output">Takes the bytes; is left open.</param>
    /// <param name="cancellation">Ends the call.</param>
    /// <exception cref="DamagedException">A blob cannot be had whole from any site; what comes before it is written.</exception>
    public async Task WriteAsync(IEnumerable<DumpPiece> pieces, Stream output, CancellationToken cancellation)
    {
        var waiting = new Queue<Task<Batch>>();
        try
        {
            foreach (var batch in Batches(pieces))
            {
                if (waiting.Count == _threads)
                {
                    await WriteAsync(waiting, output, cancellation);
                }

                waiting.Enqueue(Task.Run(() => Fill(batch, cancellation), cancellation));
            }

            while (waiting.Count > 0)
            {
                await WriteAsync(waiting, output, cancellation);
            }
        }
        finally
        {
            await Task.WhenAll(waiting).ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        }
    }

    public void Dispose()
    {
        foreach (var reader in _readers)
        {
            reader.Dispose();
        }
    }

    private static IEnumerable<Batch> Batches(IEnumerable<DumpPiece> pieces)
    {
        var batch = new Batch();
        foreach (var piece in pieces)
        {
            if (piece is { Domain: null, Given.IsEmpty: true, Length: > MostBatchedZeros })
            {
                batch.ZerosBehind = piece.Length;
            }
            else
            {
                batch.Pieces.Add(piece);
                batch.Length += (int)piece.Length;
            }

            if (batch.ZerosBehind > 0 || batch.Length >= BatchBytes)
            {
                yield return batch;
                batch = new Batch();
            }
        }

        yield return batch;
    }

    private static async Task WriteAsync(Queue<Task<Batch>> waiting, Stream output, CancellationToken cancellation)
    {
        var batch = await waiting.Dequeue();
        await output.WriteAsync(batch.Bytes.AsMemory(0, batch.Length), cancellation);
        ArrayPool<byte>.Shared.Return(batch.Bytes);
        for (var left = batch.ZerosBehind; left > 0;)
        {
            var part = (int)Math.Min(left, Zeros.Length);
            await output.WriteAsync(Zeros.AsMemory(0, part), cancellation);
            left -= part;
        }
    }

    private Batch Fill(Batch batch, CancellationToken cancellation)
    {
        // There are as many readers as batches that are filled at a time.
        _readers.TryTake(out var reader);
        try
        {
            batch.Bytes = ArrayPool<byte>.Shared.Rent(batch.Length);
            var at = 0;
            foreach (var piece in batch.Pieces)
            {
                cancellation.ThrowIfCancellationRequested();
                Fill(reader!, piece, batch.Bytes.AsSpan(at, (int)piece.Length));
                at += (int)piece.Length;
            }

            return batch;
        }
        finally
        {
            _readers.Add(reader!);
        }
    }

    private static void Fill(BlobReader reader, in DumpPiece piece, Span<byte> destination)
    {
        if (piece.Domain is not { } domain)
        {
            destination.Clear();
            piece.Given.Span.CopyTo(destination);
            return;
        }

        var bytes = reader.Read(domain, piece.Blob.Id).Span;
        if (bytes.Length != piece.Blob.Length)
        {
            throw new DamagedException($"Blob {piece.Blob.Id} has {bytes.Length} bytes, and the file that names it says {piece.Blob.Length}.");
        }

        bytes.Slice(piece.Offset, destination.Length).CopyTo(destination);
    }

    /// <summary>Pieces that become one write.</summary>
    private sealed class Batch
    {
        public List<DumpPiece> Pieces { get; } = [];

        public int Length { get; set; }

        public byte[] Bytes { get; set; } = [];

        public long ZerosBehind { get; set; }
    }
}
