using System.Runtime.Versioning;
using Backup.Engine.Stores;
using Backup.Stores.Local;

namespace Backup.Stores.Tests.Local;

[SupportedOSPlatform("linux")]
public sealed class LocalStoreTests : ObjectStoreContract
{
    private readonly ScratchFolder _scratch = new();
    private int _places;

    private string Root => _scratch["place-1"];

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _scratch.Dispose();
    }

    protected override async Task<IObjectStore> OpenEmptyAsync()
    {
        var store = new LocalStore(_scratch[$"place-{++_places}"]);
        await store.CreateAsync(Cancellation);
        return store;
    }

    protected override Task<IObjectStore> OpenAgainAsync() => Task.FromResult<IObjectStore>(new LocalStore(Root));

    protected override Task<IObjectStore> OpenMissingAsync() => Task.FromResult<IObjectStore>(new LocalStore(_scratch["missing/place"]));

    [Fact]
    public async Task Create_PlaceThatExists_IsLeftAsItIs()
    {
        await Store.PutAsync("repository", Bytes(10), Cancellation);

        await Store.CreateAsync(Cancellation);

        Assert.Equal(StorePresence.Repository, await PresenceAsync(Store));
    }

    [Fact]
    public async Task Put_Object_IsReadableByTheOwnerOnly()
    {
        await Store.PutAsync("packs/00/a", Bytes(10), Cancellation);

        Assert.Equal((UnixFileMode)0b110_000_000, File.GetUnixFileMode(Path.Join(Root, "packs/00/a")));
        Assert.Equal((UnixFileMode)0b111_000_000, File.GetUnixFileMode(Path.Join(Root, "packs/00")));
        Assert.Equal((UnixFileMode)0b111_000_000, File.GetUnixFileMode(Root));
    }

    [Fact]
    public async Task List_LeftoversAndForeignThings_AreNoObjects()
    {
        await Store.PutAsync("packs/00/a", Bytes(10), Cancellation);
        Directory.CreateDirectory(Path.Join(Root, "tmp"));
        File.WriteAllText(Path.Join(Root, "tmp", "0123"), "half");
        File.WriteAllText(Path.Join(Root, "packs", ".DS_Store"), "");
        File.WriteAllText(Path.Join(Root, "packs", "00", "A.pack"), "");
        File.CreateSymbolicLink(Path.Join(Root, "packs", "00", "b"), "a");
        Directory.CreateDirectory(Path.Join(Root, "lost+found"));
        File.WriteAllText(Path.Join(Root, "lost+found", "1234"), "");

        AssertNames(["packs/00/a"], await NamesAsync());
        AssertNames(["packs/00/a"], await NamesAsync("packs/"));
    }

    [Fact]
    public async Task Sweep_Leftovers_RemovesTheOldOnes()
    {
        Directory.CreateDirectory(Path.Join(Root, "tmp"));
        File.WriteAllText(Path.Join(Root, "tmp", "old"), "half");
        File.WriteAllText(Path.Join(Root, "tmp", "new"), "half");
        File.SetLastWriteTimeUtc(Path.Join(Root, "tmp", "old"), TimeProvider.System.GetUtcNow().UtcDateTime.AddDays(-2));

        await Store.SweepAsync(TimeSpan.FromDays(1), Cancellation);

        AssertNames(["new"], Directory.EnumerateFiles(Path.Join(Root, "tmp")).Select(file => Path.GetFileName(file)));
    }

    [Theory]
    [InlineData("photo.jpg", StorePresence.Foreign)]
    [InlineData("www/index.html", StorePresence.Foreign)]
    [InlineData("index/a", StorePresence.Unfinished)]
    [InlineData("epochs/1-ab/s", StorePresence.Unfinished)]
    [InlineData("tmp/1234", StorePresence.Empty)]
    [InlineData("lost+found/1234", StorePresence.Empty)]
    public async Task Probe_WhatLiesThere_IsToldApart(string file, StorePresence expected)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.Join(Root, file))!);
        File.WriteAllText(Path.Join(Root, file), "x");

        Assert.Equal(expected, await PresenceAsync(Store));
    }

    [Fact]
    public async Task Probe_FileInPlaceOfTheFolder_IsMissing()
    {
        File.WriteAllText(_scratch["file"], "");
        await using var store = new LocalStore(_scratch["file"]);

        Assert.Equal(StorePresence.Missing, await PresenceAsync(store));
    }

    [Fact]
    public async Task Get_CutOff_IsDamaged()
    {
        await Store.PutAsync("packs/00/a", Bytes(1_000), Cancellation);
        using (var file = new FileStream(Path.Join(Root, "packs/00/a"), FileMode.Open))
        {
            file.SetLength(999);
        }

        Assert.Equal(StoreFault.Damaged, await FaultOfAsync(() => Store.GetRangeAsync("packs/00/a", 500, new byte[500], Cancellation)));
        Assert.Equal(999, (await Store.StatAsync("packs/00/a", Cancellation))?.Length);
    }

    [Fact]
    public async Task Get_WhatIsNoFile_IsDamagedAtOnce()
    {
        Directory.CreateDirectory(Path.Join(Root, "index", "folder"));
        Assert.True(Mounted.Run("mkfifo", Path.Join(Root, "index", "fifo")));
        File.CreateSymbolicLink(Path.Join(Root, "index", "link"), "/etc/hostname");

        foreach (var name in (string[])["index/folder", "index/fifo", "index/link"])
        {
            Assert.Equal(StoreFault.Damaged, await FaultOfAsync(() => Store.GetAsync(name, 100, Cancellation)));
            Assert.Equal(StoreFault.Damaged, await FaultOfAsync(() => Store.GetRangeAsync(name, 0, new byte[1], Cancellation)));
        }
    }

    [Fact]
    public async Task Put_RootRemovedInTheMiddle_IsMissingAndStaysSo()
    {
        await Store.PutAsync("packs/00/a", Bytes(10), Cancellation);
        Directory.Delete(Root, recursive: true);

        Assert.Equal(StoreFault.Missing, await FaultOfAsync(() => Store.PutAsync("packs/00/b", Bytes(10), Cancellation)));
        Assert.Equal(StorePresence.Missing, await PresenceAsync(Store));

        Assert.False(Directory.Exists(Root));
    }

    /// <summary>The folder a disk was mounted on is there and empty when the disk is not: nothing may be put into it.</summary>
    [Fact]
    public async Task Put_DiskUnmountedInTheMiddle_LeavesTheMountPointEmpty()
    {
        var place = _scratch["mounted"];
        var mounted = Mounted.TryTmpFs(place, "size=4m");
        await using var store = new LocalStore(place);
        await store.CreateAsync(Cancellation);
        await store.PutAsync("packs/00/a", Bytes(10), Cancellation);
        if (mounted is null)
        {
            // Without the right to mount: the same from the path's point of view.
            Directory.Move(place, _scratch["elsewhere"]);
            Directory.CreateDirectory(place);
        }

        mounted?.Dispose();

        Assert.Equal(StoreFault.Missing, await FaultOfAsync(() => store.PutAsync("packs/00/b", Bytes(10), Cancellation)));
        Assert.Equal(StoreFault.Missing, await FaultOfAsync(() => store.GetAsync("packs/00/a", 10, Cancellation)));
        Assert.Equal(StoreFault.Missing, await FaultOfAsync(async () => await store.ListAsync("", Cancellation).ToListAsync(Cancellation)));
        Assert.Empty(Directory.EnumerateFileSystemEntries(place));
    }

    [Fact]
    public async Task Put_ReadOnlyPlace_IsReadOnlyAndStillReads()
    {
        var place = _scratch["read-only"];
        using var mounted = Mounted.TryTmpFs(place, "size=4m");
        await using var store = new LocalStore(place);
        await store.CreateAsync(Cancellation);
        await store.PutAsync("packs/00/a", Bytes(10), Cancellation);
        if (mounted is null)
        {
            // Who may not mount is not root either, and is stopped by permissions.
            Assert.True(Mounted.Run("chmod", "-R", "u-w", place));
        }

        mounted?.RemountReadOnly();
        try
        {
            Assert.Equal(StoreFault.ReadOnly, await FaultOfAsync(() => store.PutAsync("packs/00/b", Bytes(10), Cancellation)));
            Assert.Equal(StoreFault.ReadOnly, await FaultOfAsync(() => store.DeleteAsync("packs/00/a", Cancellation)));
            Assert.Equal(Bytes(10), await store.GetAsync("packs/00/a", 10, Cancellation));
        }
        finally
        {
            Mounted.Run("chmod", "-R", "u+rwX", place);
        }
    }
}
