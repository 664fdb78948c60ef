using System.Text;
using Backup.Engine.Posix;

namespace Backup.Engine.Tests.Posix;

public sealed class MountTableTests
{
    private const string Lines = """
        21 1 254:0 / / rw,relatime - ext4 /dev/vda rw
        22 21 0:5 / /proc rw - proc proc rw
        30 21 254:0 /srv/backup/packs /mnt/a\040part rw - ext4 /dev/vda rw
        31 21 254:0 /srv/backup /mnt/whole rw - ext4 /dev/vda rw
        32 21 254:0 /srv/backup2 /mnt/other rw - ext4 /dev/vda rw
        33 21 8:1 /srv/backup /mnt/disk rw - ext4 /dev/sda1 rw
        34 33 8:1 / /srv/disk rw shared:7 - ext4 /dev/sda1 rw
        no line of this table

        """;

    [Theory]
    [InlineData("/srv/backup", 21, "/mnt/a part,/mnt/whole")]
    [InlineData("/srv/backup/packs/00", 21, "")]
    [InlineData("/srv/disk/srv", 34, "/mnt/disk")]
    [InlineData("/srv", 21, "/mnt/a part,/mnt/whole,/mnt/other")]
    [InlineData("/srv/backup", 99, "")]
    public void MountsInside_ADirectory_NamesTheMountsOfItsParts(string path, ulong mount, string expected)
    {
        var table = new MountTable(Encoding.UTF8.GetBytes(Lines));
        var found = string.Join(',', table.MountsInside(Encoding.UTF8.GetBytes(path), mount).Select(Encoding.UTF8.GetString));
        Assert.Equal(expected, found);
    }
}
