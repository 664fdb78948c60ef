using System.Text;
using Backup.Engine.Ledger;
using Backup.Engine.Tests.Posix;
using Hash = Backup.Engine.Format.Hash;

namespace Backup.Engine.Tests.Ledger;

public sealed class TreeCacheTests : IDisposable
{
    private readonly ScratchFolder _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void Put_BeyondTheBound_TheOldestGo()
    {
        var cache = new TreeCache(_scratch.Path, mostBytes: 1000);
        for (var i = 0; i < 30; i++)
        {
            cache.Put([Member(i)]);
            File.SetLastWriteTimeUtc(_scratch[$"{Member(i).Member}"], DateTime.UnixEpoch.AddDays(i));
        }

        Assert.All(Enumerable.Range(0, 20), i => Assert.Null(cache.Read(Member(i).Member)));
        Assert.All(Enumerable.Range(22, 8), i => Assert.NotNull(cache.Read(Member(i).Member)));
        Assert.InRange(_scratch.Files().Sum(file => new FileInfo(_scratch[file]).Length), 800, 1000);
    }

    [Fact]
    public void Put_FolderFullFromAnEarlierRun_KeepsToTheBound()
    {
        new TreeCache(_scratch.Path).Put([.. Enumerable.Range(0, 30).Select(Member)]);

        new TreeCache(_scratch.Path, mostBytes: 1000).Put([Member(31)]);

        Assert.InRange(_scratch.Files().Length, 8, 10);
    }

    [Fact]
    public void Put_LongerThanTheBound_IsLeftOut()
    {
        var cache = new TreeCache(_scratch.Path, mostBytes: 99);

        cache.Put([Member(1)]);

        Assert.Null(cache.Read(Member(1).Member));
    }

    [Fact]
    public void Read_Damaged_IsNullAndTheFileIsGone()
    {
        var cache = new TreeCache(_scratch.Path);
        cache.Put([Member(1), Member(2)]);
        File.WriteAllText(_scratch[$"{Member(1).Member}"], "damaged");

        Assert.Null(cache.Read(Member(1).Member));
        Assert.Equal([$"{Member(2).Member}"], _scratch.Files());
        Assert.Equal(Member(2).Content.ToArray(), cache.Read(Member(2).Member));
    }

    [Fact]
    public void Delete_Member_IsGone()
    {
        var cache = new TreeCache(_scratch.Path);
        cache.Put([Member(1)]);

        cache.Delete(Member(1).Member);
        cache.Delete(Member(1).Member);

        Assert.Empty(_scratch.Files());
    }

    private static (Hash Member, ReadOnlyMemory<byte> Content) Member(int i)
    {
        var content = Encoding.ASCII.GetBytes(new string((char)('0' + i), 100));
        return (Hash.Of(content), content);
    }
}
