using System.Text;
using Backup.Engine.Posix;
using CsCheck;

namespace Backup.Engine.Tests.Posix;

public sealed class PathTextTests
{
    [Theory]
    [InlineData("/plain/Grüße/日本", "/plain/Grüße/日本")]
    [InlineData("line\nbreak", @"line\x0abreak")]
    [InlineData("\u001b[31m", @"\x1b[31m")]
    [InlineData(@"back\slash", @"back\\slash")]
    [InlineData("\u202Egnp.exe", @"\xe2\x80\xaegnp.exe")]
    [InlineData("\u0085", @"\xc2\x85")]
    public void Show_WhatATerminalWouldActOn_IsWrittenOut(string path, string expected) =>
        Assert.Equal(expected, PathText.Show(Encoding.UTF8.GetBytes(path)));

    [Fact]
    public void Show_NoUtf8_IsWrittenOut() => Assert.Equal(@"a\xff\xed\xa0\x80", PathText.Show([(byte)'a', 0xFF, 0xED, 0xA0, 0x80]));

    [Fact]
    public void Show_TwoPaths_NeverLookTheSame() =>
        Gen.Select(Gen.Byte.Array[0, 6], Gen.Byte.Array[0, 6]).Sample((a, b) =>
            Assert.Equal(a.AsSpan().SequenceEqual(b), PathText.Show(a) == PathText.Show(b)));
}
