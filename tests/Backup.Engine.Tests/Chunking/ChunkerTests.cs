using Backup.Engine.Chunking;
using CsCheck;

namespace Backup.Engine.Tests.Chunking;

public sealed class ChunkerTests
{
    /// <summary>Small, so that a few kilobytes make many chunks.</summary>
    internal static readonly ChunkSizes Small = new(64, 256, 1024);

    private static readonly Gen<byte[]> Key = Gen.Byte.Array[Chunker.KeySize];

    /// <summary>Random bytes, or few different ones, which make long and forced chunks.</summary>
    private static readonly Gen<byte[]> Data = Gen.OneOf(Gen.Byte.Array[0, 20_000], Gen.Byte[0, 1].Array[0, 20_000]);

    internal static List<int> Cut(Chunker chunker, ReadOnlySpan<byte> data)
    {
        var lengths = new List<int>();
        while (data.Length > 0)
        {
            lengths.Add(chunker.NextCut(data));
            data = data[lengths[^1]..];
        }

        return lengths;
    }

    [Fact]
    public void NextCut_AnyData_ChunksAddUpAndKeepTheBounds() => Gen.Select(Key, Data).Sample((key, data) =>
    {
        using var chunker = new Chunker(key, Small);

        var lengths = Cut(chunker, data);

        Assert.Equal(data.Length, lengths.Sum());
        Assert.All(lengths.SkipLast(1), length => Assert.InRange(length, Small.Minimum + 1, Small.Maximum));
        Assert.All(lengths.TakeLast(1), length => Assert.InRange(length, 1, Small.Maximum));
    });

    [Fact]
    public void NextCut_AnyData_CutsWhereThePlainLoopCuts() => Gen.Select(Key, Data).Sample((key, data) =>
    {
        using var chunker = new Chunker(key, Small);

        Assert.Equal(PlainCut(Gear(key), data), chunker.NextCut(data));
    });

    [Fact]
    public void NextCut_WindowOfTheMaximum_CutsAsWithAllThatFollows() => Gen.Select(Key, Data).Sample((key, data) =>
    {
        using var chunker = new Chunker(key, Small);

        Assert.Equal(chunker.NextCut(data), chunker.NextCut(data.AsSpan(0, Math.Min(data.Length, Small.Maximum))));
    });

    [Fact]
    public void NextCut_AfterAnInsertion_KeepsTheChunksBeforeAndFindsThoseBehindAgain() =>
        Gen.Select(Key, Gen.Byte.Array[60_000], Gen.Int[0, 60_000], Gen.Byte.Array[1, 300]).Sample((key, data, position, inserted) =>
        {
            using var chunker = new Chunker(key, Small);
            byte[] changed = [.. data[..position], .. inserted, .. data[position..]];

            var before = Ends(Cut(chunker, data));
            var after = Ends(Cut(chunker, changed));

            Assert.Equal(before.Where(end => end <= position), after.Where(end => end <= position));
            var behind = before.Where(end => end > position + (100 * Small.Average)).Select(end => end + inserted.Length);
            Assert.Equal(behind, after.Where(end => end > position + inserted.Length + (100 * Small.Average)));
        }, iter: 50);

    [Fact]
    public void NextCut_TwoKeys_CutElsewhere() => Gen.Select(Key, Key, Gen.Byte.Array[30_000]).Sample((one, other, data) =>
    {
        using var first = new Chunker(one, Small);
        using var second = new Chunker(other, Small);

        var shared = Ends(Cut(first, data)).SkipLast(1).Intersect(Ends(Cut(second, data)).SkipLast(1)).Count();

        Assert.True(shared < 20, $"{shared} cuts in the same place");
    }, iter: 50);

    [Fact]
    public void NextCut_RandomData_AveragesNearTheAverage() => Gen.Select(Key, Gen.Byte.Array[300_000]).Sample((key, data) =>
    {
        using var chunker = new Chunker(key, Small);

        Assert.InRange(data.Length / Cut(chunker, data).Count, 230, 350);
    }, iter: 20);

    [Theory]
    [InlineData(64, 256, 256)]
    [InlineData(256, 256, 1024)]
    [InlineData(64, 250, 1024)]
    [InlineData(-1, 256, 1024)]
    [InlineData(0, 8, 16)]
    public void Chunker_SizesThatMakeNoSense_AreRefused(int minimum, int average, int maximum) =>
        Assert.Throws<ArgumentException>(() => new Chunker(new byte[Chunker.KeySize], new ChunkSizes(minimum, average, maximum)));

    [Fact]
    public void Chunker_KeyOfAnotherLength_IsRefused() => Assert.ThrowsAny<ArgumentException>(() => new Chunker(new byte[31], Small));

    [Fact]
    public void NextCut_AfterDispose_Throws()
    {
        var chunker = new Chunker(new byte[Chunker.KeySize], Small);
        chunker.Dispose();

        Assert.Throws<ObjectDisposedException>(() => chunker.NextCut(new byte[1_000]));
    }

    [Fact]
    public void Sizes_OfFilesAndRows_AreThoseOfTheDesign()
    {
        Assert.Equal(new ChunkSizes(262_144, 1_048_576, 4_194_304), ChunkSizes.Files);
        Assert.Equal(new ChunkSizes(16_384, 65_536, 262_144), ChunkSizes.Rows);
    }

    private static List<int> Ends(List<int> lengths)
    {
        var end = 0;
        return [.. lengths.Select(length => end += length)];
    }

    private static ulong[] Gear(byte[] key) => ChunkerVectorTests.Gear(key);

    /// <summary>The words of the format document, one byte at a time.</summary>
    internal static int PlainCut(ulong[] gear, byte[] data)
    {
        var hash = 0UL;
        for (var i = Small.Minimum; i < Math.Min(data.Length, Small.Maximum); i++)
        {
            hash = (hash << 1) + gear[data[i]];
            var bits = i < Small.Average ? 8 + 2 : 8 - 2;
            if (hash >> (64 - bits) == 0)
            {
                return i + 1;
            }
        }

        return Math.Min(data.Length, Small.Maximum);
    }
}
