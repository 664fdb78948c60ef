using System.IO.Pipes;
using Backup.Cli.Output;

namespace Backup.Cli.Tests.Output;

public sealed class StandardStreamTests
{
    [Fact]
    public async Task Write_LargerThanThePipe_ArrivesWhole()
    {
        using var pipe = new AnonymousPipeServerStream(PipeDirection.In);
        var sent = new byte[1 << 20];
        Random.Shared.NextBytes(sent);
        var writing = Task.Run(
            () =>
            {
                new StandardStream((int)pipe.ClientSafePipeHandle.DangerousGetHandle()).Write(sent);
                pipe.DisposeLocalCopyOfClientHandle();
            },
            TestContext.Current.CancellationToken);
        using var received = new MemoryStream();
        await pipe.CopyToAsync(received, TestContext.Current.CancellationToken);
        await writing;
        Assert.Equal(sent, received.ToArray());
    }

    [Fact]
    public void Write_ReaderGone_IsToldNotSwallowed()
    {
        using var pipe = new AnonymousPipeServerStream(PipeDirection.Out);
        using (pipe.ClientSafePipeHandle)
        {
        }

        Assert.Throws<OutputClosedException>(() => new StandardStream((int)pipe.SafePipeHandle.DangerousGetHandle()).Write("x"u8));
    }

    [Fact]
    public void Write_DiskFull_IsTold()
    {
        using var full = File.OpenHandle("/dev/full", FileMode.Open, FileAccess.Write);
        var failure = Assert.Throws<IOException>(() => new StandardStream((int)full.DangerousGetHandle()).Write("x"u8));
        Assert.Contains("No space left", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void IsTerminal_File_IsNone()
    {
        using var file = File.OpenHandle("/dev/null", FileMode.Open, FileAccess.Write);
        var stream = new StandardStream((int)file.DangerousGetHandle());
        Assert.False(stream.IsTerminal);
        Assert.Null(stream.Width);
    }
}
