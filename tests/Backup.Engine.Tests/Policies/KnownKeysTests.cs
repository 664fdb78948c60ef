using Backup.Engine.Policies;
using CsCheck;

namespace Backup.Engine.Tests.Policies;

public sealed class KnownKeysTests
{
    private static readonly string[] Keys = ["exclude", "exclude_caches", "one_file_system", "roots", "subjects", "class"];

    [Theory]
    [InlineData("exlude", "exclude")]
    [InlineData("exculde", "exclude")]
    [InlineData("excludes", "exclude")]
    [InlineData("Exclude", "exclude")]
    [InlineData("exclude-caches", "exclude_caches")]
    [InlineData("root", "roots")]
    [InlineData("subject", "subjects")]
    [InlineData("klass", "class")]
    public void Nearest_Typo_IsTheWordThatWasMeant(string typo, string expected) => Assert.Equal(expected, KnownKeys.Nearest(typo, Keys));

    [Theory]
    [InlineData("", "", 0)]
    [InlineData("", "abc", 3)]
    [InlineData("kitten", "sitting", 3)]
    [InlineData("ab", "ba", 1)]
    [InlineData("a_b", "A-B", 0)]
    public void Distance_Pair_IsTheNumberOfSlips(string a, string b, int expected)
    {
        Assert.Equal(expected, KnownKeys.Distance(a, b));
        Assert.Equal(expected, KnownKeys.Distance(b, a));
    }

    [Fact]
    public void Distance_AnyTwo_IsZeroOnlyForEqualAndAtMostTheLonger() =>
        Gen.Select(Gen.String[Gen.Char['a', 'd'], 0, 8], Gen.String[Gen.Char['a', 'd'], 0, 8])
            .Sample((a, b) => KnownKeys.Distance(a, b) is var distance && (distance == 0) == (a == b) && distance <= Math.Max(a.Length, b.Length) && distance >= Math.Abs(a.Length - b.Length));
}
