using System.Text;
using Backup.Cli.Output;

namespace Backup.Cli.Tests;

public sealed class ArgumentsTests
{
    [Fact]
    public void Exact_BytesThatAreNoUtf8_ComeBack()
    {
        byte[] commandLine = [.. "dotnet\0x.dll\0restore\0latest:/b"u8, 0xff, .. "d\0ü\0"u8];
        var exact = Arguments.Exact(["restore", "latest:/b\ufffdd", "ü"], commandLine);
        Assert.Equal(["restore", "latest:/b\udcffd", "ü"], exact);
        Assert.Equal([.. "latest:/b"u8, 0xff, (byte)'d'], NameText.ToBytes(exact[1]));
    }

    [Fact]
    public void Exact_EmptyArguments_Stay() =>
        Assert.Equal(["", "a", ""], Arguments.Exact(["", "a", ""], Encoding.ASCII.GetBytes("backupctl\0\0a\0\0")));

    [Fact]
    public void Exact_NothingLost_IsLeftAlone()
    {
        string[] args = ["ls", "latest"];
        Assert.Same(args, Arguments.Exact(args));
    }
}
