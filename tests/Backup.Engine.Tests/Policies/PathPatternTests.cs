using System.Text;
using System.Text.RegularExpressions;
using Backup.Engine.Policies;
using CsCheck;

namespace Backup.Engine.Tests.Policies;

public sealed class PathPatternTests
{
    private static readonly string[] Texts = ["a", "b", "ab", "*", "a*", "*a", "*a*b", "{x}", "{x}a", "a{x}", "{x}a{y}", "a{x}b*", "*b{x}a", "{x}ab{y}b"];

    [Fact]
    public void Matches_AnyName_AgreesWithARegularExpression() =>
        Gen.Select(Gen.Int[0, Texts.Length - 1], Gen.String[Gen.Char['a', 'c'], 1, 7]).Sample(
            (text, name) =>
            {
                var component = PatternComponent.Parse(Texts[text], out _)!;
                var captures = new Range[component.Placeholders.Count];
                var expected = Regex.Match(name, ToRegex(Texts[text]), RegexOptions.None, TimeSpan.FromSeconds(5));
                var matches = component.Matches(Encoding.UTF8.GetBytes(name), captures);
                return matches == expected.Success && (!matches || captures.Select(range => name[range]).SequenceEqual(component.Placeholders.Select(each => expected.Groups[each].Value), StringComparer.Ordinal));
            },
            iter: 20_000);

    [Fact]
    public void Intersect_TwoComponents_IsTrueIfSomeShortNameMatchesBoth()
    {
        foreach (var a in Texts)
        {
            foreach (var b in Texts)
            {
                var (first, second) = (PatternComponent.Parse(a, out _)!, PatternComponent.Parse(b, out _)!);
                var both = ShortNames().Any(name => Matches(first, name) && Matches(second, name));
                Assert.True(PatternComparison.Intersect([first], [second]) == both, $"{a} and {b}");
            }
        }
    }

    [Fact]
    public void Covers_TwoComponents_IsTrueIfNoShortNameMatchesOnlyTheNarrowOne()
    {
        var missed = new List<string>();
        foreach (var wide in Texts)
        {
            foreach (var narrow in Texts)
            {
                var (first, second) = (PatternComponent.Parse(wide, out _)!, PatternComponent.Parse(narrow, out _)!);
                var outside = ShortNames().FirstOrDefault(name => Matches(second, name) && !Matches(first, name));
                var covers = PatternComparison.Covers([first], [second]);
                Assert.True(!covers || outside is null, $"{wide} over {narrow}: {outside}");
                if (!covers && outside is null)
                {
                    missed.Add($"{wide} over {narrow}");
                }
            }
        }

        Assert.Equal(["{x}a over *b{x}a"], missed);
    }

    [Theory]
    [InlineData("/a/{x}", "/a/b", true, true)]
    [InlineData("/a/{x}", "/a", true, false)]
    [InlineData("/a", "/a/{x}", true, true)]
    [InlineData("/a/**/c", "/a/b", true, false)]
    [InlineData("/a/**/c", "/a/b/c", true, true)]
    [InlineData("/a/**/c", "/a/**/b/c", true, true)]
    [InlineData("/a/**/b/c", "/a/**/c", true, false)]
    [InlineData("/a/*/c", "/a/b/d", false, false)]
    [InlineData("/**/x", "/a/b", true, false)]
    public void Region_TwoPaths_MeetAndCoverAsTheirTreesDo(string a, string b, bool meet, bool covers)
    {
        var (first, second) = (Region(a), Region(b));
        Assert.Equal(meet, PatternComparison.Intersect(first, second));
        Assert.Equal(meet, PatternComparison.Intersect(second, first));
        Assert.Equal(covers, PatternComparison.Covers(first, second));
    }

    private static PatternComponent[] Region(string text) => PathPattern.Region(PathPattern.Parse(text, out _)!.Components);

    private static bool Matches(PatternComponent component, string name) => component.Matches(Encoding.UTF8.GetBytes(name), new Range[component.Placeholders.Count]);

    /// <summary>All names of 1 to 7 letters from a, b and c: more than any two of the patterns can tell apart.</summary>
    private static IEnumerable<string> ShortNames()
    {
        IEnumerable<string> names = [""];
        for (var length = 1; length <= 7; length++)
        {
            names = [.. names.SelectMany(name => new[] { name + "a", name + "b", name + "c" })];
            foreach (var name in names)
            {
                yield return name;
            }
        }
    }

    private static string ToRegex(string text) =>
        "^" + text.Replace("{", "(?<", StringComparison.Ordinal).Replace("}", ">.+?)", StringComparison.Ordinal).Replace("*", ".*?", StringComparison.Ordinal) + "$";
}
