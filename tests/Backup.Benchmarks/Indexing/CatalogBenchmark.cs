using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Backup.Engine.Format;
using Backup.Engine.Indexing;
using BenchmarkDotNet.Attributes;

namespace Backup.Benchmarks.Indexing;

/// <summary>A catalog of so many blobs: how many it finds and takes up, and how long it takes to open.</summary>
public class CatalogBenchmark : IDisposable
{
    private const int Lookups = 100_000;
    private const int BlobsPerPack = 1_000;

    private static readonly Hash Repository = Hash.Of("repository"u8);

    private readonly string _folder = Directory.CreateTempSubdirectory("backup-benchmark-").FullName;
    private readonly BlobId[] _unknown = Draw(Lookups);
    private readonly List<BlobId> _known = [];
    private Catalog? _catalog;

    [Params(100_000, 10_000_000)]
    public int Blobs { get; set; }

    private string File => Path.Join(_folder, "catalog.db");

    [GlobalSetup]
    public void Fill()
    {
        _catalog = Catalog.Open(File, Repository);
        var start = TimeProvider.System.GetTimestamp();
        for (var i = 0; i < Blobs; i += 500_000)
        {
            Add(Math.Min(500_000, Blobs - i));
        }

        var rate = Blobs / TimeProvider.System.GetElapsedTime(start).TotalSeconds;
        Console.WriteLine($"// {Blobs} blobs: {new FileInfo(File).Length / (double)Blobs:F1} bytes each, {rate:F0} a second taken up");
    }

    [GlobalCleanup]
    public void Dispose()
    {
        _catalog?.Dispose();
        Directory.Delete(_folder, recursive: true);
        GC.SuppressFinalize(this);
    }

    [Benchmark(OperationsPerInvoke = Lookups)]
    public int StandsUnknown() => _unknown.Count(blob => _catalog!.Stands(blob));

    [Benchmark(OperationsPerInvoke = Lookups)]
    public int StandsKnown()
    {
        var found = 0;
        for (var i = 0; i < Lookups; i++)
        {
            found += _catalog!.Stands(_known[i % _known.Count]) ? 1 : 0;
        }

        return found;
    }

    [Benchmark(OperationsPerInvoke = Lookups)]
    public int Locate() => _catalog!.Locate(_unknown).Count;

    [Benchmark]
    public void Open() => Catalog.Open(File, Repository).Dispose();

    private static BlobId[] Draw(int count)
    {
        var blobs = new BlobId[count];
        RandomNumberGenerator.Fill(MemoryMarshal.AsBytes(blobs.AsSpan()));
        return blobs;
    }

    private static Hash DrawHash() => Hash.Read(RandomNumberGenerator.GetBytes(Hash.Size));

    private void Add(int blobs)
    {
        var packs = Enumerable.Range(0, blobs / BlobsPerPack).Select(_ =>
        {
            var ids = Draw(BlobsPerPack);
            _known.AddRange(ids.Take(10));
            var member = new MemberEntry(DrawHash(), default, 8, 1 << 20, MemberContent.Files);
            return new IndexedPack(DrawHash(), 16 << 20, [new IndexedMember(member, ids)]);
        }).ToList();
        var added = packs.ConvertAll(pack => new InventoryObject(ObjectClass.Pack, pack.Id, pack.Length));
        _catalog!.Apply(DrawHash(), new InventoryRecord(Repository, added, []));
        _catalog.AddIndex(DrawHash(), new IndexRecord(packs));
    }
}
