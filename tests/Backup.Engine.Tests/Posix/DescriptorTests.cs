using System.IO.Pipes;
using Backup.Engine.Posix;

namespace Backup.Engine.Tests.Posix;

public sealed class DescriptorTests
{
    [Fact]
    public void Sync_WhatCannotBeSynced_Throws()
    {
        using var pipe = new AnonymousPipeServerStream(PipeDirection.Out);
        using var descriptor = Descriptor.Open($"/proc/self/fd/{pipe.SafePipeHandle.DangerousGetHandle()}", Native.WriteOnly);

        Assert.Equal(Errno.EINVAL, Assert.Throws<PosixException>(descriptor.Sync).Errno);
    }

    [Fact]
    public void Write_FullDevice_ThrowsWithErrnoAndRemedy()
    {
        using var descriptor = Descriptor.Open("/dev/full", Native.WriteOnly);

        var e = Assert.Throws<PosixException>(() => descriptor.Write("x"u8));

        Assert.Equal(Errno.ENOSPC, e.Errno);
        Assert.Contains("/dev/full", e.Message, StringComparison.Ordinal);
        Assert.NotNull(e.Remedy);
    }

    [Fact]
    public void Open_Missing_ThrowsWithThePath()
    {
        var e = Assert.Throws<PosixException>(() => Descriptor.Open("/nonexistent/file", Native.ReadOnly));

        Assert.Equal("Cannot open /nonexistent/file: No such file or directory (ENOENT).", e.Message);
    }

    [Fact]
    public void CanSyncAsWhole_ProcFileSystem_IsFalse()
    {
        using var proc = Descriptor.Open("/proc", Native.DirectoryOnly);

        Assert.False(proc.CanSyncAsWhole());
    }

    [Fact]
    public void Status_FileMadeAgainUnderItsName_HasAnotherIdentity()
    {
        using var scratch = new ScratchFolder();
        using var folder = Descriptor.Open(scratch.Path, Native.DirectoryOnly);
        File.WriteAllText(scratch["file"], "x");
        var first = folder.StatusOf("file")!.Value;
        File.Delete(scratch["file"]);
        File.WriteAllText(scratch["file"], "x");

        Assert.Equal(1, first.Size);
        Assert.True(first.IsFile);
        Assert.NotEqual(first.Birth, folder.StatusOf("file")!.Value.Birth);
        Assert.Null(folder.StatusOf("absent"));
    }
}
