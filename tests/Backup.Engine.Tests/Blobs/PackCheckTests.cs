using Backup.Engine.Blobs;
using Backup.Engine.Format;
using Backup.Engine.Keys;
using Backup.Engine.Sealing;

namespace Backup.Engine.Tests.Blobs;

/// <summary>A pack that opens is not yet one that holds what it must.</summary>
public sealed class PackCheckTests : IDisposable
{
    private readonly Keyring _keyring = Keyring.Draw();
    private readonly Sealer _sealer;
    private readonly DomainRecord _domain;

    public PackCheckTests()
    {
        _sealer = new Sealer(_keyring.RepositoryId);
        _domain = _keyring.AddDomain(null, null, null, 0);
    }

    public void Dispose() => _keyring.Dispose();

    [Fact]
    public void Check_WholePack_Passes()
    {
        var (bytes, index) = Pack(wrongId: false);

        Check(bytes, index);
        Check(bytes, null);
    }

    [Fact]
    public void Check_BlobIdOfOtherBytes_IsDamage()
    {
        var (bytes, index) = Pack(wrongId: true);

        var damage = Assert.Throws<DamagedException>(() => Check(bytes, index));

        Assert.Contains("is not what its id says", damage.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Check_IndexNamesOtherBlobs_IsDamage()
    {
        var (bytes, index) = Pack(wrongId: false);
        var member = index.Members[0];

        Assert.Throws<DamagedException>(() => Check(bytes, index with { Members = [member with { Blobs = [.. member.Blobs.Reverse()] }] }));
        Assert.Throws<DamagedException>(() => Check(bytes, index with { Members = [member with { Blobs = [.. member.Blobs, default] }] }));
        Assert.Throws<DamagedException>(() => Check(bytes, index with { Members = [] }));
    }

    [Fact]
    public void Check_ByteFlipped_IsDamage()
    {
        var (bytes, index) = Pack(wrongId: false);
        foreach (var at in new[] { 0, MemberTable.FirstOffset, bytes.Length / 3, bytes.Length / 2, bytes.Length - 5, bytes.Length - 1 })
        {
            var changed = bytes.ToArray();
            changed[at] ^= 1;
            Assert.Throws<DamagedException>(() => Check(changed, index));
        }
    }

    [Fact]
    public void Check_ErasedDomain_IsLeftOut()
    {
        var (bytes, index) = Pack(wrongId: false);
        _keyring.Remove(new HashSet<DomainId> { _domain.Id });

        Assert.Throws<DamagedException>(() => Check(bytes, index));
        Check(bytes, index, erased: true);
    }

    private void Check(byte[] bytes, IndexedPack? index, bool erased = false)
    {
        using var check = new PackCheck(_sealer, _keyring, _ => erased);
        check.Check(bytes.ToArray(), index);
    }

    private (byte[] Bytes, IndexedPack Index) Pack(bool wrongId) => SamplePack.Make(_sealer, _keyring, _domain, wrongId);
}
