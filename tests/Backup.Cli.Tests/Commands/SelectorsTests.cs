using System.Text;
using Backup.Cli.Commands;
using CsCheck;

namespace Backup.Cli.Tests.Commands;

public sealed class SelectorsTests
{
    [Theory]
    [InlineData("latest", "latest", null)]
    [InlineData("latest~2", "latest~2", null)]
    [InlineData("mail@latest", "mail@latest", null)]
    [InlineData("mail@latest~10", "mail@latest~10", null)]
    [InlineData("3fa0", "3fa0", null)]
    [InlineData("3FA0", "3fa0", null)]
    [InlineData("3fa0:/etc/x", "3fa0", "/etc/x")]
    [InlineData("latest:/a:b/c:d", "latest", "/a:b/c:d")]
    [InlineData("mail@latest:/var//vmail/", "mail@latest", "/var/vmail")]
    [InlineData("latest:/", "latest", null)]
    [InlineData("latest:///", "latest", null)]
    [InlineData("latest:/x\udcff", "latest", "/x\udcff")]
    public void TryParse_AsTheContractNamesIt_IsUnderstood(string typed, string name, string? path)
    {
        Assert.True(Selectors.TryParse(typed, out var selector, out _));
        Assert.Equal(name, selector.Name);
        Assert.Equal(path is null ? null : Backup.Cli.Output.NameText.ToBytes(path), selector.Path);
    }

    [Theory]
    [InlineData("")]
    [InlineData("latst")]
    [InlineData("3fa")]
    [InlineData("3fag")]
    [InlineData("latest~")]
    [InlineData("latest~x")]
    [InlineData("latest~-1")]
    [InlineData("latest~99999999999")]
    [InlineData("@latest")]
    [InlineData("mail@3fa0")]
    [InlineData("latest:etc")]
    [InlineData("latest:")]
    [InlineData(":/etc")]
    [InlineData("00000000000000000000000000000000000000000000000000000000000000000")]
    public void TryParse_AnythingElse_SaysWhatIsWrong(string typed)
    {
        Assert.False(Selectors.TryParse(typed, out var selector, out var fault));
        Assert.Null(selector);
        Assert.Contains($"'{typed}'", fault, StringComparison.Ordinal);
    }

    [Fact]
    public void TryParse_AnyPath_EndsAtNoSlashAndDoublesNone() => Gen.OneOf(Gen.Const("/"), Gen.Const("a"), Gen.Const(":"), Gen.Const(".."), Gen.Const(" ")).Array[0, 12].Sample(parts =>
    {
        Assert.True(Selectors.TryParse("latest:/" + string.Concat(parts), out var selector, out _));
        if (selector.Path is { } path)
        {
            var text = Encoding.UTF8.GetString(path);
            Assert.StartsWith("/", text, StringComparison.Ordinal);
            Assert.False(text.EndsWith('/'));
            Assert.DoesNotContain("//", text, StringComparison.Ordinal);
        }
    });
}
