using Backup.Engine.Policies;

namespace Backup.Engine.Tests.Policies;

public sealed class SubjectIdentifierTests
{
    [Theory]
    [InlineData("email:Max@Example.DE", "email:max@example.de")]
    [InlineData("email: max@example.de ", "email:max@example.de")]
    [InlineData("email:max@example.de.", "email:max@example.de")]
    [InlineData("email:MAX+tag@example.de", "email:max+tag@example.de")]
    [InlineData("email:Müller@Müller.de", "email:müller@xn--mller-kva.de")]
    [InlineData("email:müller@MU\u0308LLER.de", "email:müller@xn--mller-kva.de")]
    [InlineData("email:a@XN--mller-KVA.de", "email:a@xn--mller-kva.de")]
    [InlineData("email:a@straße.de", "email:a@xn--strae-oqa.de")]
    [InlineData("email:a@例え。テスト", "email:a@xn--r8jz45g.xn--zckzah")]
    [InlineData("email:\"a@b\"@c.de", "email:\"a@b\"@c.de")]
    [InlineData("email:a@localhost", "email:a@localhost")]
    [InlineData("customer: K-7 ", "customer:K-7")]
    [InlineData("customer:e\u0301", "customer:\u00e9")]
    [InlineData("customer:a:b", "customer:a:b")]
    [InlineData("raw:00FF", "raw:00ff")]
    [InlineData("mixed:/var/log/mail.log*", "mixed:/var/log/mail.log*")]
    public void TryNormalize_Identifier_HasOneForm(string typed, string expected)
    {
        Assert.True(SubjectIdentifier.TryNormalize(typed, out var normalized, out var reason));
        Assert.Equal((expected, null), (normalized, reason));
        Assert.True(SubjectIdentifier.TryNormalize(normalized, out var again, out _));
        Assert.Equal(normalized, again);
    }

    [Theory]
    [InlineData("max@example.de", "it has no type")]
    [InlineData(":max", "it has no type")]
    [InlineData("", "it has no type")]
    [InlineData("mail:max@example.de", "no type of identifier")]
    [InlineData("Email:max@example.de", "no type of identifier")]
    [InlineData("email:", "it is empty")]
    [InlineData("email:max", "no mail address")]
    [InlineData("email:@example.de", "no mail address")]
    [InlineData("email:max@", "no mail address")]
    [InlineData("email:max@a..de", "no mail address")]
    [InlineData("email:max@a b.de", "no mail address")]
    [InlineData("customer:   ", "it is empty")]
    [InlineData("customer:a\nb", "control character")]
    [InlineData("customer:a\ud800b", "not valid text")]
    [InlineData("raw:xyz", "not hexadecimal")]
    [InlineData("raw:abc", "not hexadecimal")]
    public void TryNormalize_AnythingElse_SaysWhyWithoutTheName(string typed, string expected)
    {
        Assert.False(SubjectIdentifier.TryNormalize(typed, out var normalized, out var reason));
        Assert.Equal("", normalized);
        Assert.Contains(expected, reason, StringComparison.Ordinal);
        Assert.DoesNotContain("max@", reason, StringComparison.Ordinal);
    }

    [Fact]
    public void TryNormalize_LongText_IsRefused() => Assert.False(SubjectIdentifier.TryNormalize("customer:" + new string('a', 2000), out _, out _));

    /// <summary>RFC 3492, section 7.1, samples B, C, I, L and S; and two that everybody knows.</summary>
    [Theory]
    [InlineData("他们为什么不说中文", "ihqwcrb4cv8a8dqg056pqjye")]
    [InlineData("他們爲什麽不說中文", "ihqwctvzc91f659drss3x8bo0yb")]
    [InlineData("почемужеонинеговорятпорусски", "b1abfaaepdrnnbgefbadotcwatmq2g4l")]
    [InlineData("3年b組金八先生", "3b-ww4c5e180e575a65lsy2b")]
    [InlineData("-> $1.00 <-", "-> $1.00 <--")]
    [InlineData("bücher", "bcher-kva")]
    [InlineData("mañana", "maana-pta")]
    public void Encode_Label_IsThatOfTheStandard(string label, string expected) => Assert.Equal(expected, Punycode.Encode(label));
}
