using Backup.Engine.Blobs;
using Backup.Engine.Format;
using Backup.Engine.Indexing;
using Backup.Engine.Keys;
using Backup.Engine.Sealing;

namespace Backup.Engine.Tests.Blobs;

/// <summary>What the index says is believed only as far as the packs bear it out.</summary>
public sealed class BlobReaderTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("backup-blobs-");
    private readonly Keyring _keyring = Keyring.Draw();
    private readonly DomainRecord _domain;
    private readonly Catalog _catalog;
    private readonly byte[] _bytes;
    private readonly IndexedPack _index;

    public BlobReaderTests()
    {
        _domain = _keyring.AddDomain(null, null, null, 0);
        (_bytes, _index) = SamplePack.Make(new Sealer(_keyring.RepositoryId), _keyring, _domain);
        _catalog = Catalog.Open(Path.Combine(_folder.FullName, "catalog.db"), _keyring.RepositoryId);
    }

    public void Dispose()
    {
        _catalog.Dispose();
        _keyring.Dispose();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public void Read_BlobsOfTheIndex_GivesTheirBytes()
    {
        Add(_index);
        using var reader = Reader();

        Assert.Equal(Enumerable.Repeat((byte)7, 150), reader.Read(_domain, _index.Members[0].Blobs[0]).ToArray());
        Assert.Equal(Enumerable.Repeat((byte)7, 50), reader.Read(_domain, _index.Members[0].Blobs[1]).ToArray());
    }

    [Fact]
    public void Read_BlobThatTheIndexNamesInTheWrongMember_IsDamageEachTime()
    {
        var member = _index.Members[0];
        var (first, second) = (Blob(1), Blob(2));
        Add(_index with { Members = [member with { Blobs = [.. member.Blobs, first, second] }] });
        using var reader = Reader();

        // The second finds the member open already.
        Assert.Throws<DamagedException>(() => reader.Read(_domain, first));
        Assert.Throws<DamagedException>(() => reader.Read(_domain, second));
        Assert.Equal(50, reader.Read(_domain, member.Blobs[1]).Length);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Read_BlobOfTwoPacks_ComesFromTheOneThatIsWhole(int lost)
    {
        (byte[] Bytes, IndexedPack Index)[] packs = [(_bytes, _index), SamplePack.Make(new Sealer(_keyring.RepositoryId), _keyring, _domain)];
        Array.ForEach(packs, pack => Add(pack.Index));
        packs[lost].Bytes.AsSpan().Clear();
        var failures = new HashSet<Hash>();
        using var reader = new BlobReader(
            _keyring.RepositoryId, _catalog, static _ => null, id => [new Memory(packs.Single(pack => pack.Index.Id == id).Bytes)], (_, pack, _) => failures.Add(pack));

        Assert.Equal(Enumerable.Repeat((byte)7, 150), reader.Read(_domain, _index.Members[0].Blobs[0]).ToArray());
        Assert.Equal(Enumerable.Repeat((byte)7, 50), reader.Read(_domain, _index.Members[0].Blobs[1]).ToArray());
        Assert.DoesNotContain(packs[1 - lost].Index.Id, failures);
    }

    [Fact]
    public void Read_BlobOfNoPack_IsDamage()
    {
        Add(_index);
        using var reader = Reader();

        Assert.Throws<DamagedException>(() => reader.Read(_domain, Blob(1)));
    }

    private void Add(IndexedPack pack) => _catalog.AddIndex(pack.Id, new IndexRecord([pack]));

    private BlobReader Reader() => new(_keyring.RepositoryId, _catalog, static _ => null, _ => [new Memory(_bytes)], static (_, _, failure) => throw failure);

    private static BlobId Blob(byte value) => BlobId.Read([.. Enumerable.Repeat(value, BlobId.Size)]);

    private sealed class Memory(byte[] pack) : IPackPlace
    {
        public string? Site => "a";

        public void Read(long offset, Memory<byte> destination) => pack.AsMemory((int)offset, destination.Length).CopyTo(destination);
    }
}
