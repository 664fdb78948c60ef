using System.Buffers;
using Backup.Engine.Format;
using Backup.Engine.Packing;
using Backup.Engine.Sealing;
using BenchmarkDotNet.Attributes;

namespace Backup.Benchmarks.Packing;

/// <summary>What one core packs: an operation compresses, seals, reads back and packs 16 segments of 1 MiB.</summary>
public class PackBuilderBenchmark : IDisposable
{
    private const int Segments = 16;

    private readonly byte[][] _plain = [.. Enumerable.Range(0, Segments).Select(SampleSegments.Draw)];
    private readonly DomainRecord[] _domains = [.. Enumerable.Range(0, Segments).Select(number => SampleSegments.Domain(number, $"customer:{number}"))];
    private readonly PackBuffers _buffers = new(2);
    private readonly PackBuilder _builder;

    public PackBuilderBenchmark() => _builder = new PackBuilder(new Sealer(SampleSegments.Repository), SampleSegments.Domain().DataKey, _buffers);

    [GlobalCleanup]
    public void Dispose()
    {
        _builder.Dispose();
        _buffers.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>One member.</summary>
    [Benchmark(Baseline = true)]
    public int OneDomain() => Pack(static _ => 0);

    /// <summary>A person's member for each segment.</summary>
    [Benchmark]
    public int DomainForEachSegment() => Pack(static number => number);

    private int Pack(Func<int, int> domainOf)
    {
        for (var number = 0; number < Segments; number++)
        {
            var buffer = ArrayPool<byte>.Shared.Rent(SampleSegments.Length);
            _plain[number].CopyTo(buffer, 0);
            var blob = new BlobEntry(BlobKind.Content, default, SampleSegments.Length);
            var job = new SegmentJob(_domains[domainOf(number)], MemberContent.Files, buffer, SampleSegments.Length, [blob]);
            _builder.Append(job, CancellationToken.None);
            job.Release();
        }

        using var pack = _builder.Finish()!;
        return pack.Bytes.Length;
    }
}
