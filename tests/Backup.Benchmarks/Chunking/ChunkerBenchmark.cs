using Backup.Engine.Chunking;
using BenchmarkDotNet.Attributes;

namespace Backup.Benchmarks.Chunking;

/// <summary>Bytes a second that one core cuts; an operation is 64 MiB of random bytes.</summary>
public class ChunkerBenchmark : IDisposable
{
    private readonly byte[] _data = new byte[64 << 20];
    private readonly Chunker _files = new(new byte[Chunker.KeySize], ChunkSizes.Files);
    private readonly Chunker _rows = new(new byte[Chunker.KeySize], ChunkSizes.Rows);

    [GlobalCleanup]
    public void Dispose()
    {
        _files.Dispose();
        _rows.Dispose();
        GC.SuppressFinalize(this);
    }

    [GlobalSetup]
    public void Fill() => new Random(1).NextBytes(_data);

    [Benchmark]
    public int Files() => Cut(_files);

    [Benchmark]
    public int Rows() => Cut(_rows);

    private int Cut(Chunker chunker)
    {
        var chunks = 0;
        for (var rest = _data.AsSpan(); rest.Length > 0; chunks++)
        {
            rest = rest[chunker.NextCut(rest)..];
        }

        return chunks;
    }
}
