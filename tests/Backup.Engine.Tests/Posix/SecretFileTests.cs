using System.Diagnostics;
using System.IO.Pipes;
using System.Runtime.Versioning;
using System.Text;
using Backup.Engine.Posix;

namespace Backup.Engine.Tests.Posix;

[SupportedOSPlatform("linux")]
public sealed class SecretFileTests : IDisposable
{
    private readonly ScratchFolder _scratch = new();

    private string SecretPath => _scratch["secret"];

    public void Dispose() => _scratch.Dispose();

    [Theory]
    [InlineData("word", "word")]
    [InlineData("word\n", "word")]
    [InlineData("word\r\n", "word")]
    [InlineData("word\n\n", "word\n")]
    [InlineData("word\r", "word\r")]
    [InlineData(" word ", " word ")]
    [InlineData("a\r\n\r\n", "a\r\n")]
    public void Read_Newlines_StripsExactlyOne(string content, string expected)
    {
        Write(content, 0x180);

        using var secret = SecretFile.Read(SecretPath);

        Assert.Equal(expected, Encoding.UTF8.GetString(secret.Span));
    }

    [Theory]
    [InlineData(0b100_000_000, true)]
    [InlineData(0b110_000_000, true)]
    [InlineData(0b111_001_001, true)]
    [InlineData(0b110_100_000, false)]
    [InlineData(0b110_000_100, false)]
    [InlineData(0b110_010_000, false)]
    [InlineData(0b110_000_010, false)]
    [InlineData(0b110_100_100, false)]
    public void Read_Modes_RefusesWhatOthersMayReadOrWrite(int mode, bool accepted)
    {
        Write("word", mode);

        if (accepted)
        {
            SecretFile.Read(SecretPath).Dispose();
            return;
        }

        var e = Assert.Throws<BackupException>(() => SecretFile.Read(SecretPath));
        Assert.Equal(FailureKind.Usage, e.Kind);
        Assert.Equal($"chmod 600 {SecretPath}", e.Remedy);
        Assert.DoesNotContain("word", e.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n")]
    public void Read_Empty_IsRefused(string content)
    {
        Write(content, 0x180);

        Assert.Equal(FailureKind.WrongKey, Assert.Throws<BackupException>(() => SecretFile.Read(SecretPath)).Kind);
    }

    [Fact]
    public void Read_MissingFolderOrTooLong_IsRefused()
    {
        Assert.Equal(FailureKind.Usage, Assert.Throws<BackupException>(() => SecretFile.Read(_scratch["absent"])).Kind);
        Assert.Equal(FailureKind.Usage, Assert.Throws<BackupException>(() => SecretFile.Read(_scratch.Path)).Kind);
        Write(new string('x', SecretFile.Limit + 1), 0x180);
        Assert.Equal(FailureKind.Usage, Assert.Throws<BackupException>(() => SecretFile.Read(SecretPath)).Kind);
    }

    [Theory]
    [InlineData("fifo", "a FIFO")]
    [InlineData("/dev/full", "a device")]
    [InlineData("", "a folder")]
    public void Read_NoRegularFile_SaysWhatItIs(string name, string what)
    {
        Process.Start("mkfifo", ["-m", "600", _scratch["fifo"]]).WaitForExit();

        var e = Assert.Throws<BackupException>(() => SecretFile.Read(Path.Combine(_scratch.Path, name)));

        Assert.Equal(FailureKind.Usage, e.Kind);
        Assert.Contains($"is not a regular file but {what}.", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Read_Pipe_WaitsForItsEnd()
    {
        using var pipe = new AnonymousPipeServerStream(PipeDirection.Out);
        var path = $"/proc/self/fd/{pipe.ClientSafePipeHandle.DangerousGetHandle()}";
        var read = Task.Run(() => SecretFile.Read(path), TestContext.Current.CancellationToken);

        await pipe.WriteAsync("pass"u8.ToArray(), TestContext.Current.CancellationToken);
        await Task.Yield();
        await pipe.WriteAsync("word\n"u8.ToArray(), TestContext.Current.CancellationToken);
        pipe.SafePipeHandle.Dispose();

        using var secret = await read;
        Assert.Equal("password", Encoding.UTF8.GetString(secret.Span));
    }

    private void Write(string content, int mode)
    {
        File.WriteAllText(SecretPath, content);
        File.SetUnixFileMode(SecretPath, (UnixFileMode)mode);
    }
}
