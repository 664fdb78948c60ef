using Backup.Engine.Tests.Sources;

namespace Backup.Engine.Tests.Runs;

/// <summary>A small source that makes every kind of object: pages, lists of blobs, small files in one segment, a file of several segments, links and times.</summary>
internal static class SampleTree
{
    /// <summary>Fills the source of a repository.</summary>
    public static void Fill(TestRepository repository)
    {
        for (var i = 0; i < 40; i++)
        {
            repository.WriteSource($"texts/{i:D2}/text.txt", string.Concat(Enumerable.Repeat($"line of text {i}\n", 10 * (i + 1))));
        }

        repository.WriteSource("large/random", Noise(9 << 20, 1));
        repository.WriteSource("large/other", Noise(3 << 20, 2));
        repository.WriteSource("empty", []);
        File.CreateSymbolicLink(Path.Join(repository.SourcePath, "link"), "texts/00/text.txt");
        File.SetLastWriteTimeUtc(Path.Join(repository.SourcePath, "large/random"), new DateTime(1969, 7, 20, 20, 17, 40, 123, DateTimeKind.Utc));
        TreeFixture.Run("chmod", ["4400", Path.Join(repository.SourcePath, "texts/01/text.txt")]);
    }

    /// <summary>A repository at three sites with one snapshot of the tree.</summary>
    public static async Task<TestRepository> MakeAsync()
    {
        var repository = new TestRepository();
        try
        {
            Fill(repository);
            await repository.InitAsync();
            await repository.BackupAsync();
            return repository;
        }
        catch
        {
            repository.Dispose();
            throw;
        }
    }

    /// <summary>Bytes that no compressor shrinks, the same every time.</summary>
    private static byte[] Noise(int length, int seed)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}
