using System.Diagnostics;
using System.Runtime.Versioning;
using System.Text;
using Backup.Engine.Posix;

namespace Backup.Engine.Tests.Posix;

[SupportedOSPlatform("linux")]
public sealed class DurableFolderTests : IDisposable
{
    private readonly ScratchFolder _scratch = new();
    private readonly DurableFolder _folder;

    public DurableFolderTests()
    {
        Directory.CreateDirectory(_scratch["root"]);
        _folder = new DurableFolder(_scratch["root"]);
    }

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void Put_NewName_StoresTheBytesForTheOwnerOnly()
    {
        var content = Enumerable.Range(0, 3_000_000).Select(i => (byte)(i * 7)).ToArray();

        Assert.True(_folder.Put("a/b/object", content));

        Assert.Equal(content, File.ReadAllBytes(_scratch["root/a/b/object"]));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_scratch["root/a/b/object"]));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(_scratch["root/a/b"]));
        Assert.Equal(["root/a/b/object"], _scratch.Files());
    }

    [Fact]
    public void Put_TakenName_LeavesWhatIsThere()
    {
        _folder.Put("object", "first"u8);

        Assert.False(_folder.Put("object", "second"u8));

        Assert.Equal("first", File.ReadAllText(_scratch["root/object"]));
        Assert.Equal(["root/object"], _scratch.Files());
    }

    [Fact]
    public async Task Put_ManyAtOnceUnderOneName_OneWins()
    {
        using var start = new Barrier(8);
        var puts = Enumerable.Range(0, 8).Select(i => Task.Factory.StartNew(
            () =>
            {
                start.SignalAndWait();
                return _folder.Put("a/object", Encoding.ASCII.GetBytes($"{i}")) ? i : -1;
            },
            TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default));

        var winner = Assert.Single(await Task.WhenAll(puts), i => i >= 0);

        Assert.Equal($"{winner}", File.ReadAllText(_scratch["root/a/object"]));
        Assert.Equal(["root/a/object"], _scratch.Files());
    }

    [Fact]
    public void Put_RootMissing_CreatesNothing()
    {
        Directory.Delete(_scratch["root"]);

        Assert.Throws<FolderMissingException>(() => _folder.Put("object", "x"u8));

        Assert.False(Directory.Exists(_scratch["root"]));
    }

    [Fact]
    public void Put_AnotherFolderInPlaceOfTheRoot_LeavesItAlone()
    {
        _folder.Put("a/object", "x"u8);
        Directory.Move(_scratch["root"], _scratch["moved"]);
        Directory.CreateDirectory(_scratch["root"]);

        Assert.Throws<FolderMissingException>(() => _folder.Put("a/other", "x"u8));
        Assert.Throws<FolderMissingException>(() => _folder.List(""));

        Assert.Empty(Directory.EnumerateFileSystemEntries(_scratch["root"]));
    }

    [Fact]
    public void Put_RootRemovedAndMadeAgain_LeavesItAlone()
    {
        _folder.Put("object", "x"u8);
        Directory.Delete(_scratch["root"], recursive: true);
        Directory.CreateDirectory(_scratch["root"]);

        Assert.Throws<FolderMissingException>(() => _folder.Put("other", "x"u8));
    }

    [Fact]
    public void Put_FolderRemovedMeanwhile_MakesItAgain()
    {
        _folder.Put("a/b/first", "x"u8);
        Directory.Delete(_scratch["root/a"], recursive: true);

        Assert.True(_folder.Put("a/b/second", "y"u8));

        Assert.Equal(["root/a/b/second"], _scratch.Files());
    }

    [Fact]
    public void Put_FileWhereAFolderMustBe_FailsAndLeavesNothing()
    {
        _folder.Put("a", "x"u8);

        var e = Assert.Throws<PosixException>(() => _folder.Put("a/object", "y"u8));

        Assert.Equal(Errno.ENOTDIR, e.Errno);
        Assert.Equal(["root/a"], _scratch.Files());
    }

    [Fact]
    public void LinkExclusively_TakenName_LeavesWhatIsThere()
    {
        File.WriteAllText(_scratch["root/temporary"], "new");
        using var root = Descriptor.Open(_scratch["root"], Native.DirectoryOnly);

        Assert.Equal(0, DurableFolder.LinkExclusively(root.Number, "temporary", "object"));
        File.WriteAllText(_scratch["root/temporary"], "newer");
        Assert.Equal(-1, DurableFolder.LinkExclusively(root.Number, "temporary", "object"));

        Assert.Equal(Errno.EEXIST, Native.LastError);
        Assert.Equal("new", File.ReadAllText(_scratch["root/object"]));
    }

    [Fact]
    public async Task Replace_WhileItIsRead_ShowsOneVersionWhole()
    {
        var versions = new[] { new byte[100_000], Enumerable.Repeat((byte)1, 50_000).ToArray() };
        _folder.Replace("state", versions[0]);
        var writer = Task.Run(() =>
        {
            for (var i = 0; i < 50; i++)
            {
                _folder.Replace("state", versions[i % 2]);
            }
        }, TestContext.Current.CancellationToken);

        do
        {
            var read = _folder.Read("state", 1 << 20)!;
            Assert.Equal(versions[read[0]], read);
        }
        while (!writer.IsCompleted);

        await writer;
        Assert.Equal(["root/state"], _scratch.Files());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(300)]
    public void PutMany_SomeTaken_StoresTheRest(int count)
    {
        _folder.Put("f/0", "taken"u8);
        var files = Enumerable.Range(0, count).Select(i => ($"f/{i}", (ReadOnlyMemory<byte>)Encoding.ASCII.GetBytes($"content {i}"))).ToList();

        _folder.PutMany(files);

        Assert.Equal("taken", File.ReadAllText(_scratch["root/f/0"]));
        Assert.All(files.Skip(1), file => Assert.Equal(file.Item2.ToArray(), File.ReadAllBytes(_scratch[$"root/{file.Item1}"])));
        Assert.Equal(count, _scratch.Files().Length);
    }

    [Fact]
    public void PutMany_OneName_TwiceInTheBatch_StoresTheFileOnce()
    {
        _folder.PutMany([("a", "same"u8.ToArray()), ("b", "other"u8.ToArray()), ("a", "same"u8.ToArray())]);

        Assert.Equal("same", File.ReadAllText(_scratch["root/a"]));
        Assert.Equal(["root/a", "root/b"], _scratch.Files());
    }

    [Fact]
    public void PutMany_OneFails_LeavesNoTemporaryFile()
    {
        var tooLong = new string('x', 256);

        var e = Assert.Throws<PosixException>(() => _folder.PutMany([("a", new byte[9]), ($"{tooLong}/b", new byte[9]), ("c", new byte[9])]));

        Assert.Equal(Errno.ENAMETOOLONG, e.Errno);
        Assert.DoesNotContain(_scratch.Files(), file => file.StartsWith("root/tmp", StringComparison.Ordinal));
    }

    [Fact]
    public void Delete_PresentThenAbsent_SaysWhich()
    {
        _folder.Put("a/object", "x"u8);

        Assert.True(_folder.Delete("a/object"));
        Assert.False(_folder.Delete("a/object"));
        Assert.False(_folder.Delete("never/was"));

        Assert.Empty(_scratch.Files());
    }

    [Fact]
    public void Sweep_OldAndNewLeftovers_RemovesTheOld()
    {
        _folder.Put("object", "x"u8);
        File.WriteAllText(_scratch["root/tmp/old"], "");
        File.WriteAllText(_scratch["root/tmp/new"], "");
        File.SetLastWriteTimeUtc(_scratch["root/tmp/old"], TimeProvider.System.GetUtcNow().UtcDateTime.AddHours(-2));
        File.SetLastWriteTimeUtc(_scratch["root/object"], TimeProvider.System.GetUtcNow().UtcDateTime.AddHours(-2));

        Assert.Equal(1, _folder.Sweep(TimeSpan.FromHours(1)));

        Assert.Equal(["root/object", "root/tmp/new"], _scratch.Files());
    }

    [Fact]
    public void List_FilesFoldersAndOthers_ReturnsFilesAndFolders()
    {
        _folder.Put("a/one", "1"u8);
        _folder.Put("two", "22"u8);
        File.CreateSymbolicLink(_scratch["root/link"], _scratch["root/two"]);

        var (files, folders) = _folder.List("");

        Assert.Equal([("two", 2L)], files.Select(file => (file.Name, file.Length)));
        Assert.Equal(["a"], folders);
        Assert.Equal("a/one", Assert.Single(_folder.List("a").Files).Name);
        Assert.Empty(_folder.List("absent").Files);
    }

    [Fact]
    public void Read_AbsentTooLongAndShort_AreToldApart()
    {
        _folder.Put("object", "12345"u8);

        Assert.Null(_folder.Read("absent", 10));
        Assert.Null(_folder.Read("object/below", 10));
        Assert.Equal("12345"u8.ToArray(), _folder.Read("object", 5));
        Assert.Equal(Errno.EFBIG, Assert.Throws<PosixException>(() => _folder.Read("object", 4)).Errno);
        Assert.Equal(Errno.ENODATA, Assert.Throws<PosixException>(() => _folder.ReadRange("object", 1, new byte[5])).Errno);
        var range = new byte[3];
        Assert.True(_folder.ReadRange("object", 2, range));
        Assert.Equal("345"u8.ToArray(), range);
        Assert.False(_folder.ReadRange("absent", 0, range));
    }

    [Fact]
    public void Read_WhatIsNoFile_IsRefusedAtOnce()
    {
        Process.Start("mkfifo", _scratch["root/fifo"]).WaitForExit();
        Directory.CreateDirectory(_scratch["root/folder"]);
        File.WriteAllText(_scratch["outside"], "x");
        File.CreateSymbolicLink(_scratch["root/link"], _scratch["outside"]);

        Assert.Equal(Errno.EINVAL, Assert.Throws<PosixException>(() => _folder.Read("fifo", 10)).Errno);
        Assert.Equal(Errno.EISDIR, Assert.Throws<PosixException>(() => _folder.Read("folder", 10)).Errno);
        Assert.Equal(Errno.ELOOP, Assert.Throws<PosixException>(() => _folder.Read("link", 10)).Errno);
    }

    [Fact]
    public void Create_MissingLevels_MakesThemForTheOwnerOnly()
    {
        DurableFolder.Create(_scratch["x/y/z/"]);
        DurableFolder.Create(_scratch["x/y/z"]);

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(_scratch["x/y"]));
        Assert.True(new DurableFolder(_scratch["x/y/z"]).Exists());
        Assert.False(new DurableFolder(_scratch["x/y/w"]).Exists());
    }

    [Fact]
    public void Create_FileInTheWay_Fails()
    {
        File.WriteAllText(_scratch["file"], "");

        Assert.Equal(Errno.ENOTDIR, Assert.Throws<PosixException>(() => DurableFolder.Create(_scratch["file/x"])).Errno);
    }
}
