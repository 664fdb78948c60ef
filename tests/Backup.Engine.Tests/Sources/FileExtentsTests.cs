using System.Text;
using Backup.Engine.Posix;
using Backup.Engine.Sources;

namespace Backup.Engine.Tests.Sources;

public sealed class FileExtentsTests
{
    [Fact]
    public void Find_MoreThanTheMost_TakesTheSmallestHolesAsData()
    {
        // Holes of 4 KiB, and in the middle one of 1 MiB.
        using var tree = new TreeFixture().Build("""
            fd = os.open("comb", os.O_WRONLY | os.O_CREAT)
            for i in range(100): os.pwrite(fd, b"x" * 4096, i * 8192 + (1 << 20 if i >= 50 else 0))
            os.fsync(fd)
            """);
        var file = FileSystemCalls.OpenAt(FileSystemCalls.CurrentDirectory, Encoding.UTF8.GetBytes(tree.Source + "/comb"), 0);
        FileSystemCalls.Status(file, out var status);
        var exact = FileExtents.Find(file, status)!;
        var coarse = FileExtents.Find(file, status.Size, 10)!;
        FileSystemCalls.Close(file);

        Assert.Equal(100, exact.Count);
        Assert.True(coarse.Count <= 10);
        Assert.True(coarse.Count >= 2);
        Assert.All(exact, one => Assert.Contains(
            coarse, whole => whole.Offset <= one.Offset && one.Offset + one.Length <= whole.Offset + whole.Length));
        Assert.DoesNotContain(coarse, static whole => whole.Offset < 50 * 8192 && whole.Offset + whole.Length > (1 << 20));
    }
}
