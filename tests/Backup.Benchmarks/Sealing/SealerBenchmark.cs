using Backup.Engine.Format;
using Backup.Engine.Sealing;
using BenchmarkDotNet.Attributes;

namespace Backup.Benchmarks.Sealing;

/// <summary>What a segment of 1 MiB costs on one core on its way into a member and back: compressed and encrypted, decrypted and decompressed.</summary>
public class SealerBenchmark : IDisposable
{
    private readonly DomainRecord _domain = SampleSegments.Domain();
    private readonly byte[] _plain = SampleSegments.Draw(0);
    private readonly byte[] _stored = new byte[SampleSegments.Length];
    private readonly byte[] _frame = new byte[SampleSegments.Length + MemberSealer.FrameOverhead];
    private readonly byte[] _header = new byte[MemberSealer.HeaderSize];
    private readonly byte[] _opened = new byte[SampleSegments.Length];
    private readonly SegmentCodec _codec = new();
    private CompressionMethod _method;
    private int _length;

    [GlobalSetup]
    public void Prepare()
    {
        (_method, _length) = Compress();
        Seal();
    }

    [GlobalCleanup]
    public void Dispose()
    {
        _codec.Dispose();
        GC.SuppressFinalize(this);
    }

    [Benchmark]
    public (CompressionMethod Method, int Length) Compress() => _codec.Compress(_plain, _stored);

    /// <summary>With a member of its own, as in a person's domain of one small file.</summary>
    [Benchmark]
    public int Seal()
    {
        using var sealer = new MemberSealer(SampleSegments.Repository, _domain, _header);
        return sealer.SealSegment(_stored.AsSpan(0, _length), _frame);
    }

    [Benchmark]
    public void Open()
    {
        using var opener = new MemberOpener(SampleSegments.Repository, _domain, _header);
        opener.OpenSegment(0, MemberSealer.HeaderSize, _frame.AsSpan(0, _length + MemberSealer.FrameOverhead), _opened.AsSpan(0, _length));
    }

    [Benchmark]
    public void Decompress() => _codec.Decompress(_method, _stored.AsSpan(0, _length), _opened);
}
