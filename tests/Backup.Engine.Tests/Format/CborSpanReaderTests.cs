using Backup.Engine.Format;

namespace Backup.Engine.Tests.Format;

public sealed class CborSpanReaderTests
{
    [Fact]
    public void SkipUnknown_Ignorable_IsPassedOver()
    {
        // {0: [], 64: {0: [1, -1, "a", h'61', null, true, false]}}
        var footer = MemberFooter.Decode(Convert.FromHexString("A200801840A100870120616141" + "61F6F5F4"));
        Assert.Empty(footer.Segments);
    }

    [Fact]
    public void SkipUnknown_Critical_IsUnsupported()
    {
        var refusal = Assert.Throws<UnsupportedFormatException>(static () => MemberFooter.Decode(Convert.FromHexString("A20080183F00")));
        Assert.Equal(FailureKind.Failed, refusal.Kind);
        Assert.NotNull(refusal.Remedy);
    }

    [Theory]
    [InlineData("A0", "a key is missing")]
    [InlineData("A200800080", "a key repeats")]
    [InlineData("A2184000" + "0080", "keys do not ascend")]
    [InlineData("BF0080FF", "a map of indefinite length")]
    [InlineData("A1009FFF", "an array of indefinite length")]
    [InlineData("B8010080", "a length that is not the shortest")]
    [InlineData("A1180080", "a key that is not the shortest")]
    [InlineData("A1009B7FFFFFFFFFFFFFFF", "an array longer than the text")]
    [InlineData("BBFFFFFFFFFFFFFFFF", "a map longer than the text")]
    [InlineData("A1000000", "a wrong type")]
    [InlineData("A1208000", "a negative key")]
    [InlineData("A1006161", "a text where an array must be")]
    [InlineData("C1A10080", "a tag")]
    [InlineData("A200801840F90000", "a float")]
    [InlineData("A200801840F7", "undefined")]
    [InlineData("A20080184062C080", "a text in overlong UTF-8")]
    [InlineData("A20080184063EDA080", "a text with a surrogate")]
    [InlineData("A200801840A1616100", "a map with a text as key")]
    [InlineData("A200801840A201000000", "an inner map whose keys do not ascend")]
    public void Decode_ForbiddenForm_IsDamaged(string text, string what)
    {
        var refusal = Record.Exception(() => MemberFooter.Decode(Convert.FromHexString(text)));
        Assert.True(refusal is DamagedException, what);
        Assert.Equal(FailureKind.Damage, ((DamagedException)refusal).Kind);
    }

    [Fact]
    public void SkipUnknown_NestedWithoutEnd_IsDamaged() =>
        Assert.Throws<DamagedException>(
            static () => MemberFooter.Decode([0xA2, 0x00, 0x80, 0x18, 0x40, .. Enumerable.Repeat((byte)0x81, 100_000)]));

    [Theory]
    [InlineData("00", 0)]
    [InlineData("20", -1)]
    [InlineData("3B7FFFFFFFFFFFFFFF", long.MinValue)]
    [InlineData("1B7FFFFFFFFFFFFFFF", long.MaxValue)]
    public void Signed_AtItsBounds_IsRead(string text, long expected) =>
        Assert.Equal(expected, new CborSpanReader(Convert.FromHexString(text), "a number").Signed());

    [Theory]
    [InlineData("3B8000000000000000")]
    [InlineData("1B8000000000000000")]
    public void Signed_BeyondItsBounds_IsDamaged(string text) =>
        Assert.Throws<DamagedException>(() => new CborSpanReader(Convert.FromHexString(text), "a number").Signed());
}
