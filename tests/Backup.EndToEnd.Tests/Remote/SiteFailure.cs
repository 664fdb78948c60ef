using Backup.EndToEnd.Tests.Harness;
using Backup.Stores.Tests.Services;

namespace Backup.EndToEnd.Tests.Remote;

/// <summary>The server of one city is killed or stands still when a fifth of the data has arrived, and comes back later.</summary>
internal static class SiteFailure
{
    private const int Megabytes = 60;

    /// <summary>Must cost that site only, with exit 20, and <c>sync</c> must make it whole.</summary>
    public static void MustCostThatSiteOnly(string failing, bool killed)
    {
        using var services = TestServices.StartOwn("s3", "azure", "sftp");
        using var world = new RemoteWorld(services, line: failing);
        SampleData.Write(world.World.Data);
        world.WriteRandom(Megabytes);
        var manifest = Manifest.Of(world.World.Data);
        var server = failing switch { "a" => services.S3.Process, "b" => services.Azure.Process, _ => services.Sftp[0].Process };
        world.Line.After(Direction.Up, Megabytes * 1_000_000L / 5, killed ? server.Kill : server.Stop);

        var summary = world.Machine.Json("backup").MustExit(20).Summary;

        Assert.False(summary.Site(failing).Text("state") == "complete", "It says that the site is complete.");
        Assert.NotEmpty(summary.Site(failing).Text("message"));
        Assert.All(world.Places.Keys.Where(id => id != failing), id => Assert.Equal("complete", summary.Site(id).Text("state")));
        (killed ? (Action)services.StartAgain : server.Continue)();
        Assert.True(world.Machine.Json("sync").MustExit(0).Summary.Site(failing).Flag("complete"));
        world.SitesMustBeEqual();
        world.World.MustRestore("latest", manifest, failing);
    }
}
