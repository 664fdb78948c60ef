using System.Runtime.Versioning;
using Backup.Engine.Stores;
using Backup.Stores.Http;
using Backup.Stores.Sftp;
using Backup.Stores.Tests.Local;
using Backup.Stores.Tests.Services;

namespace Backup.Stores.Tests.Sftp;

/// <summary>The contract against a real OpenSSH server, and what is particular to this kind of store.</summary>
[SupportedOSPlatform("linux")]
public sealed class SftpStoreTests : RemoteStoreContract
{
    private readonly List<SftpPlace> _places = [];

    private SftpPlace Place => _places[0];

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _places.ForEach(static place => place.Dispose());
    }

    protected override async Task<IObjectStore> OpenEmptyAsync()
    {
        _places.Add(new SftpPlace());
        var store = _places[^1].Open();
        await store.CreateAsync(Cancellation);
        return store;
    }

    protected override Task<IObjectStore> OpenAgainAsync() => Task.FromResult<IObjectStore>(Place.Open());

    protected override Task<IObjectStore> OpenMissingAsync() =>
        Task.FromResult<IObjectStore>(new SftpStore(Place.Options with { Path = "missing/place" }));

    protected override FaultProxy StartLine() => FaultProxy.Start(Place.Server.Host, Place.Server.Port);

    protected override IObjectStore OpenThrough(FaultProxy line) => new SftpStore(Place.Through(line));

    [Fact]
    public async Task Create_MissingParents_AreMadeBelowTheLoginFolderOnly()
    {
        var options = Place.Options;
        await using var below = new SftpStore(options with { Path = $"{options.Path}/deep/er" });
        await using var absolute = new SftpStore(Place.Options with { Path = $"{Place.Folder}/absolute" });
        await using var elsewhere = new SftpStore(Place.Options with { Path = "/tmp/no-such-folder/place" });

        await below.CreateAsync(Cancellation);
        await below.CreateAsync(Cancellation);
        await absolute.CreateAsync(Cancellation);

        Assert.True(Directory.Exists(Path.Join(Place.Folder, "deep/er")));
        Assert.True(Directory.Exists(Path.Join(Place.Folder, "absolute")));
        Assert.Equal(StoreFault.Missing, await FaultOfAsync(() => elsewhere.CreateAsync(Cancellation)));
    }

    [Fact]
    public async Task Put_Object_IsReadableByTheUserOnly()
    {
        await Store.PutAsync("packs/00/a", Bytes(10), Cancellation);
        await Store.PutAsync("packs/00/b", Bytes(10), Cancellation);

        Assert.Equal((UnixFileMode)0b110_000_000, File.GetUnixFileMode(Path.Join(Place.Folder, "packs/00/a")));
        Assert.Equal((UnixFileMode)0b110_000_000, File.GetUnixFileMode(Path.Join(Place.Folder, "packs/00/b")));
        Assert.Equal((UnixFileMode)0b111_000_000, File.GetUnixFileMode(Path.Join(Place.Folder, "packs/00")));
        Assert.Equal((UnixFileMode)0b111_000_000, File.GetUnixFileMode(Place.Folder));
        Assert.Empty(Directory.EnumerateFiles(Path.Join(Place.Folder, "tmp")));
    }

    [Fact]
    public async Task Put_Large_IsWhole()
    {
        var content = Bytes(40 << 20);

        Assert.True(await Store.PutAsync("packs/00/large", content, Cancellation));

        Assert.Equal(content, File.ReadAllBytes(Path.Join(Place.Folder, "packs/00/large")));
        Assert.Equal(content, await Store.GetAsync("packs/00/large", content.Length, Cancellation));
    }

    [Fact]
    public async Task Put_LongestName_IsStoredAndListed()
    {
        var name = $"packs/{new string('a', 255)}/{new string('b', ObjectName.MaximumLength - 262)}";

        Assert.True(await Store.PutAsync(name, Bytes(10), Cancellation));

        AssertNames([name], await NamesAsync());
        Assert.Equal(Bytes(10), await Store.GetAsync(name, 10, Cancellation));
    }

    /// <summary>Rounds of sixteen, from two logins of eight connections each.</summary>
    [Fact]
    public async Task Put_SixteenAtOnceManyTimes_AlwaysOneWins()
    {
        var many = new TransferOptions { Connections = 8 };
        await using var one = new SftpStore(Place.Options with { Transfer = many });
        await using var other = new SftpStore(Place.Options with { Transfer = many });
        SftpStore[] stores = [one, other];
        for (var round = 0; round < 30; round++)
        {
            var name = $"ledger/{round}";
            var puts = Enumerable.Range(0, 16).Select(async i => await stores[i % 2].PutAsync(name, Bytes(1_000 + i, i), Cancellation) ? i : -1);

            var winner = Assert.Single(await Task.WhenAll(puts), i => i >= 0);

            Assert.Equal(Bytes(1_000 + winner, winner), await Store.GetAsync(name, 2_000, Cancellation));
        }

        Assert.Empty(Directory.EnumerateFiles(Path.Join(Place.Folder, "tmp")));
    }

    [Fact]
    public async Task Put_FolderRemovedByAnother_IsMadeAgain()
    {
        await Store.PutAsync("packs/00/a", Bytes(10), Cancellation);
        await using var again = await OpenAgainAsync();
        await again.DeleteAsync("packs/00/a", Cancellation);
        Assert.False(Directory.Exists(Path.Join(Place.Folder, "packs/00")));

        Assert.True(await Store.PutAsync("packs/00/b", Bytes(10), Cancellation));

        AssertNames(["packs/00/b"], await NamesAsync());
    }

    /// <summary>The folder that a disk was mounted on is there and empty when the disk is not: nothing may be put into it.</summary>
    [Fact]
    public async Task Put_PlaceEmptiedInTheMiddle_IsMissingAndStaysEmpty()
    {
        await Store.PutAsync("packs/00/a", Bytes(10), Cancellation);
        Directory.Move(Place.Folder, Place.Folder + "-away");
        Directory.CreateDirectory(Place.Folder);
        try
        {
            Assert.Equal(StoreFault.Missing, await FaultOfAsync(() => Store.PutAsync("packs/00/b", Bytes(10), Cancellation)));
            Assert.Empty(Directory.EnumerateFileSystemEntries(Place.Folder));
        }
        finally
        {
            Directory.Delete(Place.Folder + "-away", recursive: true);
        }
    }

    [Fact]
    public async Task List_LeftoversAndForeignThings_AreNoObjects()
    {
        await Store.PutAsync("packs/00/a", Bytes(10), Cancellation);
        File.WriteAllText(Path.Join(Place.Folder, "tmp", "0123"), "half");
        File.WriteAllText(Path.Join(Place.Folder, "packs", ".DS_Store"), "");
        File.WriteAllText(Path.Join(Place.Folder, "packs", "00", "A.pack"), "");
        File.CreateSymbolicLink(Path.Join(Place.Folder, "packs", "00", "b"), "a");

        AssertNames(["packs/00/a"], await NamesAsync());
        AssertNames(["packs/00/a"], await NamesAsync("packs/"));
    }

    [Fact]
    public async Task Get_Folder_IsDamaged()
    {
        await Store.PutAsync("index/folder/a", Bytes(10), Cancellation);

        Assert.Equal(StoreFault.Damaged, await FaultOfAsync(() => Store.GetAsync("index/folder", 100, Cancellation)));
        Assert.Null(await Store.StatAsync("index/folder", Cancellation));
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
        Directory.CreateDirectory(Path.GetDirectoryName(Path.Join(Place.Folder, file))!);
        File.WriteAllText(Path.Join(Place.Folder, file), "x");

        Assert.Equal(expected, await PresenceAsync(Store));
    }

    [Fact]
    public async Task Sweep_Leftovers_RemovesTheOldOnes()
    {
        await Store.PutAsync("index/a", Bytes(1), Cancellation);
        var temporary = Path.Join(Place.Folder, "tmp");
        File.WriteAllText(Path.Join(temporary, "old"), "half");
        File.WriteAllText(Path.Join(temporary, "new"), "half");
        File.SetLastWriteTimeUtc(Path.Join(temporary, "old"), TimeProvider.System.GetUtcNow().UtcDateTime.AddDays(-2));

        await Store.SweepAsync(TimeSpan.FromDays(1), Cancellation);

        AssertNames(["new"], Directory.EnumerateFiles(temporary).Select(file => Path.GetFileName(file)));
    }

    [Fact]
    public async Task Examine_OpenSsh_IsExclusiveAtomicAndNotKnownToBeDurable()
    {
        var found = await Store.ExamineAsync(Cancellation);

        Assert.Equal(
            (Capability.Yes, Capability.Yes, Capability.No, Capability.Yes, Capability.No),
            (found.ExclusivePut, found.AtomicPut, found.DurablePut, found.FinalDelete, found.Versioning));
        Assert.True(found.ClockAhead!.Value.Duration() < TimeSpan.FromMinutes(1));
        AssertNames(["tmp"], Directory.EnumerateFileSystemEntries(Place.Folder).Select(entry => Path.GetFileName(entry)));
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Join(Place.Folder, "tmp")));
    }

    [Fact]
    public async Task Examine_VisibleSnapshots_AreVersions()
    {
        Directory.CreateDirectory(Path.Join(Place.Folder, ".zfs/snapshot"));

        Assert.Equal(Capability.Yes, (await Store.ExamineAsync(Cancellation)).Versioning);
        Assert.Equal(StorePresence.Empty, await PresenceAsync(Store));
    }

    [Fact]
    public async Task Put_NoSpace_IsFullAndLeavesNothing()
    {
        using var disk = Mounted.TryTmpFs(Path.Join(Place.Folder, "small"), "size=1m,mode=0777");
        Assert.SkipWhen(disk is null, "mounting a small disk needs root");
        await using var store = new SftpStore(Place.Options with { Path = $"{Place.Options.Path}/small" });
        await store.PutAsync("packs/00/before", new byte[300_000], Cancellation);

        Assert.Equal(StoreFault.Full, await FaultOfAsync(() => store.PutAsync("packs/00/large", Bytes(3 << 20), Cancellation)));

        AssertNames(["packs/00/before"], (await store.ListAsync("", Cancellation).ToListAsync(Cancellation)).Select(found => found.Name));
        Assert.Empty(Directory.EnumerateFiles(Path.Join(disk.Path, "tmp")));
        Assert.True(await store.PutAsync("packs/00/after", new byte[300_000], Cancellation));
    }

    [Fact]
    public async Task Put_ReadOnlyDisk_IsReadOnlyAndStillReads()
    {
        using var disk = Mounted.TryTmpFs(Path.Join(Place.Folder, "fixed"), "size=4m,mode=0777");
        Assert.SkipWhen(disk is null, "mounting a disk needs root");
        await using var store = new SftpStore(Place.Options with { Path = $"{Place.Options.Path}/fixed" });
        await store.PutAsync("packs/00/a", Bytes(10), Cancellation);
        disk.RemountReadOnly();

        Assert.Equal(StoreFault.ReadOnly, await FaultOfAsync(() => store.PutAsync("packs/00/b", Bytes(10), Cancellation)));
        Assert.Equal(StoreFault.ReadOnly, await FaultOfAsync(() => store.DeleteAsync("packs/00/a", Cancellation)));
        Assert.Equal(Bytes(10), await store.GetAsync("packs/00/a", 10, Cancellation));
    }

    [Fact]
    public async Task Put_WithoutRights_IsReadOnlyAndReadingDenied()
    {
        await Store.PutAsync("packs/00/a", Bytes(10), Cancellation);
        File.SetUnixFileMode(Path.Join(Place.Folder, "packs/00"), UnixFileMode.UserRead | UnixFileMode.UserExecute);

        Assert.Equal(StoreFault.ReadOnly, await FaultOfAsync(() => Store.PutAsync("packs/00/b", Bytes(10), Cancellation)));
        File.SetUnixFileMode(Path.Join(Place.Folder, "packs/00/a"), UnixFileMode.None);
        Assert.Equal(StoreFault.Denied, await FaultOfAsync(() => Store.GetAsync("packs/00/a", 10, Cancellation)));
        Assert.Empty(Directory.EnumerateFiles(Path.Join(Place.Folder, "tmp")));
    }
}
