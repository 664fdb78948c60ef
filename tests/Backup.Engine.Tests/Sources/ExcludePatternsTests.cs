using System.Text;
using Backup.Engine.Sources;
using CsCheck;

namespace Backup.Engine.Tests.Sources;

public sealed class ExcludePatternsTests
{
    [Theory]
    [InlineData("name", "/name", true)]
    [InlineData("name", "/a/b/name", true)]
    [InlineData("name", "/name/inside", true)]
    [InlineData("name", "/names", false)]
    [InlineData("name", "/a/nam", false)]
    [InlineData("*.tmp", "/a/x.tmp", true)]
    [InlineData("*.tmp", "/a/.tmp", true)]
    [InlineData("*.tmp", "/a/x.tmp.gz", false)]
    [InlineData("/name", "/name", true)]
    [InlineData("/name", "/a/name", false)]
    [InlineData("/a/*/c", "/a/b/c", true)]
    [InlineData("/a/*/c", "/a/c", false)]
    [InlineData("/a/*/c", "/a/b/b/c", false)]
    [InlineData("a/b", "/a/b", true)]
    [InlineData("a/b", "/x/a/b", false)]
    [InlineData("a/b", "/root/a/b", true)]
    [InlineData("a/b", "/root/x/a/b", false)]
    [InlineData("dir/", "/x/dir/", true)]
    [InlineData("dir/", "/x/dir", false)]
    [InlineData("dir/", "/x/dir/inside", true)]
    [InlineData("/x/dir/", "/x/dir", false)]
    [InlineData("**/cache/**", "/cache/", false)]
    [InlineData("**/cache/**", "/cache/x", true)]
    [InlineData("**/cache/**", "/a/b/cache/x/y", true)]
    [InlineData("**/cache/**", "/a/b/caches/x", false)]
    [InlineData("**/cache", "/cache", true)]
    [InlineData("**/a/b", "/x/y/a/b", true)]
    [InlineData("**/a/b", "/a/x/b", false)]
    [InlineData("/a/**/b", "/a/b", true)]
    [InlineData("/a/**/b", "/a/x/y/b", true)]
    [InlineData("/a/**/b", "/x/a/b", false)]
    [InlineData("/a/**", "/a/", false)]
    [InlineData("/a/**", "/a/b/c", true)]
    [InlineData("**", "/anything", true)]
    [InlineData("a**b", "/axxb", true)]
    [InlineData("?", "/ä", true)]
    [InlineData("??", "/ä", false)]
    [InlineData("[a-c]x", "/bx", true)]
    [InlineData("[a-c]x", "/dx", false)]
    [InlineData("[!a-c]x", "/dx", true)]
    [InlineData("[^a-c]x", "/ax", false)]
    [InlineData("[]-]", "/]", true)]
    [InlineData("[a-]", "/-", true)]
    [InlineData("[äö]", "/ö", true)]
    [InlineData(@"\*", "/*", true)]
    [InlineData(@"\*", "/x", false)]
    [InlineData(@"\!x", "/!x", true)]
    [InlineData(@"[\]]", "/]", true)]
    [InlineData("a*b*c", "/abcbc", true)]
    [InlineData("a*b*c", "/abcb", false)]
    public void Excludes_OnePattern_MatchesAsGitDoes(string pattern, string path, bool excluded) =>
        Assert.Equal(excluded, IsExcluded(path, pattern));

    [Fact]
    public void Excludes_SeveralPatterns_TheLastThatMatchesDecides()
    {
        Assert.False(IsExcluded("/a/keep.tmp", "*.tmp", "!keep.tmp"));
        Assert.True(IsExcluded("/a/keep.tmp", "!keep.tmp", "*.tmp"));
        Assert.True(IsExcluded("/a/keep.tmp", "*.tmp", "!keep.tmp", "/a/*.tmp"));
        Assert.False(IsExcluded("/etc/x", "/*", "!/etc/"));
        Assert.True(IsExcluded("/a/b", "a/", "!b"));
    }

    [Fact]
    public void Excludes_NamesThatAreNoUtf8_CountByteByByte()
    {
        var patterns = ExcludePatterns.Parse(["?\\x", "a*z", "[!b]"]);
        Assert.True(patterns.Excludes(patterns.Top(), [0xFF, (byte)'x'], false));
        Assert.True(patterns.Excludes(patterns.Top(), [(byte)'a', 0xFE, 0xFF, (byte)'z'], false));
        Assert.True(patterns.Excludes(patterns.Top(), [0xFF], false));
        Assert.False(patterns.Excludes(patterns.Top(), [0xFF, 0xFF], false));
    }

    [Theory]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("!")]
    [InlineData("a/../b")]
    [InlineData("./a")]
    [InlineData("[a")]
    [InlineData("[[:alpha:]]")]
    [InlineData("a\\")]
    [InlineData("a\0b")]
    public void Parse_NoPattern_IsRefusedAndNamed(string pattern)
    {
        var fault = Assert.Throws<BackupException>(() => ExcludePatterns.Parse(["fine", pattern]));
        Assert.Equal(FailureKind.Usage, fault.Kind);
        Assert.Contains($"\"{pattern}\"", fault.Message);
    }

    [Fact]
    public void Parse_TooManyComponents_IsRefused() =>
        Assert.Throws<BackupException>(() => ExcludePatterns.Parse([string.Concat(Enumerable.Repeat("/a", 63))]));

    [Fact]
    public void Excludes_StarsAndLetters_AgreesWithARegularExpression() =>
        Gen.Select(Gen.String[Gen.Char["ab*?"], 1, 8], Gen.String[Gen.Char["ab"], 1, 10]).Sample((pattern, name) =>
        {
            // "**" alone is a pattern of another kind with the same effect on a single name.
            var expression = $"^{pattern.Replace("*", ".*", StringComparison.Ordinal).Replace("?", ".", StringComparison.Ordinal)}$";
            var expected = System.Text.RegularExpressions.Regex.IsMatch(name, expression, default, TimeSpan.FromSeconds(1));
            Assert.Equal(expected, IsExcluded("/" + name, pattern));
        });

    private static bool IsExcluded(string path, params string[] patterns)
    {
        var parsed = ExcludePatterns.Parse(patterns);
        var state = parsed.Top();
        var parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        for (var i = 0; i < parts.Length; i++)
        {
            var name = Encoding.UTF8.GetBytes(parts[i]);
            if (parsed.Excludes(state, name, i < parts.Length - 1 || path.EndsWith('/'))) return true;
            state = parsed.Enter(state, name);
            if (i == 0 && parts[i] == "root") state = parsed.AtRoot(state);
        }

        return false;
    }
}
