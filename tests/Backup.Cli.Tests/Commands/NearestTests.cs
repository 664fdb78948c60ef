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
    [InlineData("--dry_run", "--dry-run")]
    [InlineData("lss", "ls")]
    public void Of_Slip_IsFound(string typed, string expected) => Assert.Equal(expected, Nearest.Of(typed, Known));

    [Theory]
    [InlineData("-x")]
    [InlineData("frobnicate")]
    public void Of_NothingLikeIt_IsNull(string typed) => Assert.Null(Nearest.Of(typed, Known));
}
