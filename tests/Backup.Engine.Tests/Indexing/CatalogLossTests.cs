using Backup.Engine.Format;
using Backup.Engine.Indexing;
using Backup.Engine.Tests.Posix;
using CsCheck;

namespace Backup.Engine.Tests.Indexing;

public sealed class CatalogLossTests : IDisposable
{
    private const int Packs = 30;

    private readonly ScratchFolder _scratch = new();

    private string File => _scratch["catalog.db"];

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void Open_SoundFile_LosesNothing()
    {
        Fill();

        using var catalog = Catalog.Open(File, Ids.Repository);

        Assert.Equal(0, catalog.Losses);
        Assert.Null(catalog.LastLoss);
        Assert.True(catalog.TryFind(Ids.Blob(3), out _));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(50)]
    [InlineData(4096)]
    public void Open_TextInsteadOfADatabase_StartsAnew(int length)
    {
        System.IO.File.WriteAllText(File, new string('x', length));
        AssertStartsAnew();
    }

    [Fact]
    public void Open_EmptyFile_IsANewCatalog()
    {
        System.IO.File.WriteAllBytes(File, []);

        using var catalog = Catalog.Open(File, Ids.Repository);

        Assert.Equal(0, catalog.Losses);
    }

    [Fact]
    public void Open_AnotherRepositorysCatalog_StartsAnew()
    {
        Fill();

        using var catalog = Catalog.Open(File, Ids.Hash("another repository", 0));

        Assert.Equal(1, catalog.Losses);
        Assert.Contains("another repository", catalog.LastLoss, StringComparison.Ordinal);
        Assert.False(catalog.TryFind(Ids.Blob(3), out _));
    }

    [Theory]
    [InlineData("CREATE TABLE other (a)")]
    [InlineData("PRAGMA user_version = 77")]
    public void Open_AnotherProgramsDatabase_StartsAnew(string sql)
    {
        using (var database = Database.Open(File))
        {
            database.Execute("CREATE TABLE mine (a); " + sql);
        }

        AssertStartsAnew();
    }

    [Fact]
    public void AnyCall_FileDamagedAnywhere_GoesOnWithoutAnException()
    {
        Fill();
        var sound = System.IO.File.ReadAllBytes(File);

        Gen.Select(Gen.Int[0, sound.Length - 1], Gen.Int[1, 64], Gen.Byte).Sample(
            (at, length, value) =>
            {
                var damaged = sound.ToArray();
                damaged.AsSpan(at, Math.Min(length, sound.Length - at)).Fill(value);
                using var scratch = new ScratchFolder();
                System.IO.File.WriteAllBytes(scratch["catalog.db"], damaged);
                AskEverything(scratch["catalog.db"]);
            },
            iter: 200);
    }

    [Fact]
    public void AnyCall_FileCutAnywhere_GoesOnWithoutAnException()
    {
        Fill();
        var sound = System.IO.File.ReadAllBytes(File);

        // Of the last page only the end is cut off otherwise, and that may be room that is not in use.
        Gen.Int[0, sound.Length - 4096].Sample(
            length =>
            {
                using var scratch = new ScratchFolder();
                System.IO.File.WriteAllBytes(scratch["catalog.db"], sound[..length]);
                Assert.True(
                    AskEverything(scratch["catalog.db"]) is 1 || length <= 1,
                    $"a catalog of {sound.Length} bytes cut at {length} passed for sound");
            },
            iter: 60);
    }

    [Fact]
    public void TryFind_FileDamagedWhileOpen_IsEmptyAndCanBeFilledAgain()
    {
        Fill();
        using var catalog = Catalog.Open(File, Ids.Repository);
        var bytes = System.IO.File.ReadAllBytes(File);
        bytes.AsSpan(4096).Fill(0xA5);
        System.IO.File.WriteAllBytes(File, bytes);

        Assert.False(catalog.TryFind(Ids.Blob(3), out _));
        Assert.Equal(1, catalog.Losses);
        Assert.False(catalog.HasIndex(Ids.Index(0)));

        Fill(catalog);
        Assert.True(catalog.TryFind(Ids.Blob(3), out _));
        Assert.Equal(1, catalog.Losses);
    }

    [Fact]
    public void Write_FolderIsGone_IsAnErrorWithARemedy()
    {
        var failure = Assert.Throws<BackupException>(() => Catalog.Open(_scratch["no/such/folder/catalog.db"], Ids.Repository));

        Assert.Contains("catalog.db", failure.Message, StringComparison.Ordinal);
        Assert.NotNull(failure.Remedy);
    }

    private static void Fill(Catalog catalog)
    {
        catalog.Apply(Ids.Inventory(0), Ids.Adds([.. Enumerable.Range(0, Packs)]));
        catalog.AddIndexes([.. Enumerable.Range(0, Packs).Select(
            i => (Ids.Index(i), new IndexRecord([Ids.IndexedPack(i, 10 * i, (10 * i) + 2, (10 * i) + 4)])))]);
        catalog.SetListing("unna", [Ids.Lacks(1)]);
    }

    /// <returns>How often the catalog had to start anew.</returns>
    private static int AskEverything(string path)
    {
        using var catalog = Catalog.Open(path, Ids.Repository);
        for (var i = 0; i < 10 * Packs; i++)
        {
            if (catalog.TryFind(Ids.Blob(i), out var place))
            {
                Assert.Equal(ObjectState.Live, place.State);
            }
        }

        _ = catalog.Locate([.. Enumerable.Range(0, 10 * Packs).Select(Ids.Blob)]);
        _ = catalog.MembersOf(Ids.Domain(1));
        _ = catalog.Objects(ObjectClass.Pack, ObjectState.Live).Count();
        _ = catalog.MissingIndexes();
        _ = catalog.Faults("unna");
        _ = catalog.Total(ObjectClass.Pack, ObjectState.Live);
        catalog.SetListing("falkenstein", [Ids.Lacks(2)]);
        catalog.AddIndex(Ids.Index(Packs), new IndexRecord([Ids.IndexedPack(Packs, 10 * Packs)]));
        Assert.InRange(catalog.Losses, 0, 1);
        return catalog.Losses;
    }

    private void Fill()
    {
        using var catalog = Catalog.Open(File, Ids.Repository);
        Fill(catalog);
    }

    private void AssertStartsAnew()
    {
        using (var catalog = Catalog.Open(File, Ids.Repository))
        {
            Assert.Equal(1, catalog.Losses);
            Assert.NotNull(catalog.LastLoss);
            Fill(catalog);
            Assert.True(catalog.TryFind(Ids.Blob(3), out _));
        }

        using var again = Catalog.Open(File, Ids.Repository);
        Assert.Equal(0, again.Losses);
        Assert.True(again.TryFind(Ids.Blob(3), out _));
    }
}
