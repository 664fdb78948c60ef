using Backup.Cli.Commands;

namespace Backup.Cli.Tests.Commands;

public sealed class NearestTests
{
    private static readonly string[] Known = ["backup", "restore", "snapshots", "ls", "-n", "--dry-run", "--target"];

    [Theory]
    [InlineData("bakup", "backup")]
    [InlineData("restroe", "restore")]
    [InlineData("SNAPSHOTS", "snapshots")]
    [InlineData("snap", "snapshots")]
    [InlineData("--taget", "--target")]
    [InlineData("lss", "ls")]
    public void Of_Slip_IsFound(string typed, string expected) => Assert.Equal(expected, Nearest.Of(typed, Known));

    [Theory]
    [InlineData("-x")]
    [InlineData("frobnicate")]
    public void Of_NothingLikeIt_IsNull(string typed) => Assert.Null(Nearest.Of(typed, Known));

    [Theory]
    [InlineData("", "abc", 3)]
    [InlineData("abc", "abc", 0)]
    [InlineData("ab", "ba", 1)]
    [InlineData("kitten", "sitting", 3)]
    public void Distance_Words_CountsSlips(string left, string right, int expected) => Assert.Equal(expected, Nearest.Distance(left, right));
}
