using Backup.Engine.Format;
using CsCheck;

namespace Backup.Engine.Tests.Format;

public sealed class PadmeTests
{
    [Fact]
    public void Length_AnyLength_IsAtMostTwelvePercentLonger() => Gen.Long[0, 1L << 40].Sample(static length =>
        Padme.Length(length) >= length && Padme.Length(length) - length <= 0.12 * length);

    [Fact]
    public void Length_OfAPaddedLength_StaysAsItIs() =>
        Gen.Long[0, 1L << 40].Sample(static length => Padme.Length(Padme.Length(length)) == Padme.Length(length));

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    [InlineData(9, 10)]
    [InlineData(1025, 1088)]
    [InlineData(16_777_217, 17_301_504)]
    public void Length_KnownAnswer_Is(long length, long padded) => Assert.Equal(padded, Padme.Length(length));
}
