using Backup.Engine.Format;
using Backup.Engine.Indexing;
using Backup.Engine.Tests.Posix;

namespace Backup.Engine.Tests.Indexing;

public sealed class IndexWriterTests : IDisposable
{
    private readonly ScratchFolder _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Theory]
    [InlineData(1 << 19)]
    [InlineData(7)]
    public void Contains_AfterManyPacks_EveryBlobAndNoOther(int mostInMemory)
    {
        using var writer = new IndexWriter(_scratch.Path, mostInMemory);
        for (var i = 0; i < 100; i++)
        {
            writer.Add(Ids.IndexedPack(i, 4 * i, (4 * i) + 2));
        }

        for (var i = 0; i < 400; i++)
        {
            Assert.True(writer.Contains(Ids.Blob(i)));
        }

        Assert.False(writer.Contains(Ids.Blob(400)));
    }

    [Fact]
    public void TryCut_FullOrRest_GivesEveryPackOnceInOrderWithinTheLimit()
    {
        const int MostBytes = 2000;
        using var writer = new IndexWriter(_scratch.Path, mostBytes: MostBytes);
        var cut = new List<IndexRecord>();
        for (var i = 0; i < 50; i++)
        {
            writer.Add(Ids.IndexedPack(i, i, i + 100));
            while (writer.TryCut(rest: false, out var full))
            {
                cut.Add(full);
            }
        }

        Assert.InRange(cut.Count, 2, 50);
        while (writer.TryCut(rest: true, out var index))
        {
            cut.Add(index);
        }

        Assert.Equal(Enumerable.Range(0, 50).Select(Ids.Pack), cut.SelectMany(index => index.Packs).Select(pack => pack.Id));
        Assert.All(cut, index => Assert.InRange(index.Encode().Length, 1, MostBytes));
        Assert.False(writer.TryCut(rest: true, out _));
    }

    [Fact]
    public void TryCut_OnePackBeyondTheLimit_GivesItAlone()
    {
        using var writer = new IndexWriter(_scratch.Path, mostBytes: 100);
        writer.Add(Ids.IndexedPack(1, 1, 3, 5));
        writer.Add(Ids.IndexedPack(2, 7));

        Assert.True(writer.TryCut(rest: false, out var first));
        Assert.Equal([Ids.Pack(1)], first.Packs.Select(pack => pack.Id));
    }

    [Fact]
    public async Task Add_FromSeveralThreads_LosesNothing()
    {
        using var writer = new IndexWriter(_scratch.Path, mostInMemory: 100);

        await Task.WhenAll(Enumerable.Range(0, 4).Select(thread => Task.Run(
            () =>
            {
                for (var i = thread; i < 400; i += 4)
                {
                    writer.Add(Ids.IndexedPack(i, 2 * i));
                    Assert.True(writer.Contains(Ids.Blob(2 * i)));
                }
            },
            TestContext.Current.CancellationToken)));

        Assert.All(Enumerable.Range(0, 800), i => Assert.True(writer.Contains(Ids.Blob(i))));
        Assert.True(writer.TryCut(rest: true, out var index));
        Assert.Equal(400, index.Packs.Count);
    }

    [Fact]
    public void Spill_WhileTheRunWorks_LeavesNoNameInTheFolder()
    {
        using var writer = new IndexWriter(_scratch.Path, mostInMemory: 1);
        writer.Add(Ids.IndexedPack(1, 1));

        Assert.True(writer.Contains(Ids.Blob(1)));
        Assert.Empty(Directory.EnumerateFileSystemEntries(_scratch.Path));
    }
}
