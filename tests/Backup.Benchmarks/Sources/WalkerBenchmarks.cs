using System.Text;
using Backup.Engine.Format;
using Backup.Engine.Sources;
using BenchmarkDotNet.Attributes;

namespace Backup.Benchmarks.Sources;

/// <summary>Walking a tree that is in the system's cache: <c>BENCH_TREE</c>, else /usr.</summary>
[MemoryDiagnoser]
public class WalkerBenchmarks
{
    private readonly byte[] _buffer = new byte[1 << 20];
    private FileSource _source = null!;

    [GlobalSetup]
    public void Setup()
    {
        var tree = Environment.GetEnvironmentVariable("BENCH_TREE") ?? "/usr";
        _source = new FileSource(new FileSourceOptions { Roots = [Encoding.UTF8.GetBytes(tree)] });
    }

    /// <summary>What an unchanged tree costs.</summary>
    [Benchmark(Baseline = true)]
    public int List()
    {
        var entries = 0;
        foreach (var directory in _source.Walk(new NoReport(), CancellationToken.None))
        {
            using (directory) entries += directory.Entries.Count;
        }

        return entries;
    }

    /// <summary>What the first backup of a tree costs before anything is done with it.</summary>
    [Benchmark]
    public long ListAndRead()
    {
        long bytes = 0;
        foreach (var directory in _source.Walk(new NoReport(), CancellationToken.None))
        {
            using (directory)
            {
                foreach (var entry in directory.Entries.Where(static entry => entry.Kind is EntryKind.File)) bytes += Read(directory, entry);
            }
        }

        return bytes;
    }

    private long Read(SourceDirectory directory, Entry entry)
    {
        using var file = directory.OpenFile(entry);
        long bytes = 0;
        int count;
        while ((count = file.Read(_buffer)) > 0)
        {
            bytes += count;
        }

        return bytes;
    }

    private sealed class NoReport : IWalkReport
    {
        public void Failed(byte[] path, string reason)
        {
        }

        public void Excluded(byte[] path, string reason)
        {
        }
    }
}
