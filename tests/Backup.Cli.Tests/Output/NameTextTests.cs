using Backup.Cli.Output;
using CsCheck;

namespace Backup.Cli.Tests.Output;

public sealed class NameTextTests
{
    [Fact]
    public void ToBytes_FromBytes_GivesTheBytesBack() => Gen.Byte.Array[0, 40].Sample(bytes => Assert.Equal(bytes, NameText.ToBytes(NameText.FromBytes(bytes))));

    [Fact]
    public void FromBytes_Utf8_IsThatText() => Assert.Equal("Nürnberg 😀", NameText.FromBytes("Nürnberg 😀"u8));

    [Theory]
    [InlineData(new byte[] { 0x61, 0xc3, 0xbc }, true)]
    [InlineData(new byte[] { 0xc3 }, false)]
    [InlineData(new byte[] { 0xed, 0xa0, 0x80 }, false)]
    public void IsText_Bytes_OnlyWholeUtf8(byte[] bytes, bool expected) => Assert.Equal(expected, NameText.IsText(bytes));
}
