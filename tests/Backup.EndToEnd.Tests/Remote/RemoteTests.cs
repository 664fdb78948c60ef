using Backup.EndToEnd.Tests.Harness;
using Backup.Stores.Tests.Services;

namespace Backup.EndToEnd.Tests.Remote;

/// <summary>Three cities on the stores that people rent, on real servers.</summary>
public sealed class RemoteTests
{
    [Fact]
    public void Backup_S3AzureSftp_EachCityAloneGivesEverythingBack()
    {
        using var world = new RemoteWorld(TestServices.Shared);
        SampleData.Write(world.World.Data);
        world.WriteRandom(40);

        var manifest = world.World.Backup();

        world.SitesMustBeEqual();
        world.World.MustRestore("latest", manifest, "a", "b", "c");
        world.Machine.Run("verify", "--read-data", "all").MustExit(0);
        world.Machine.Run("status").MustExit(0);
        SampleData.Change(world.World.Data);
        var second = world.World.Backup();
        world.SitesMustBeEqual();
        world.World.MustRestore("latest", second, "b");
    }

    [Theory]
    [InlineData("a")]
    [InlineData("b")]
    [InlineData("c")]
    public void Site_Wiped_RebuildBringsItBackByteForByte(string wiped)
    {
        using var world = new RemoteWorld(TestServices.Shared);
        SampleData.Write(world.World.Data);
        world.WriteRandom(20);
        var manifest = world.World.Backup();
        var before = world.Places[wiped].Objects();
        world.Places[wiped].Wipe();
        world.Machine.Run("status").MustExit(20).MustSay("lost", "--rebuild");
        world.Machine.Run("sync").MustExit(20);
        Assert.Empty(world.Places[wiped].Objects());

        world.Machine.Run("sync", "--to", wiped, "--rebuild").MustExit(0);

        // The rebuild has written an entry of its own; what was there before stands there again.
        var after = world.Places[wiped].Objects();
        Assert.All(before, found => Assert.Equal(found.Value, after[found.Key]));
        world.SitesMustBeEqual();
        world.World.MustRestore("latest", manifest, wiped);
        world.Machine.Run("verify").MustExit(0);
    }

    [Fact]
    public void Restore_OneDeadOneLying_IsExactAndReportsBoth()
    {
        using var services = TestServices.StartOwn("s3", "azure", "sftp");
        using var world = new RemoteWorld(services);
        SampleData.Write(world.World.Data);
        world.WriteRandom(40);
        var manifest = world.World.Backup();
        foreach (var (name, content) in world.Places["b"].Objects().Where(static found => found.Key.StartsWith("packs/", StringComparison.Ordinal)))
        {
            content[content.Length / 2] ^= 1;
            world.Places["b"].Replace(name, content);
        }

        services.Sftp[0].Process.Kill();
        var target = Path.Combine(world.World.Folder, "target");
        var result = world.Machine.Json("restore", "latest", "--target", target).MustExit(21);

        Manifest.MustEqual(manifest, target + world.World.Data, "one site dead, one lying");
        result.MustSay("b", "c");
        Assert.Contains(result.Lines, line => line.ToString().Contains("\"b\"", StringComparison.Ordinal) && line.ToString().Contains("packs/", StringComparison.Ordinal));
        services.StartAgain();
        world.Machine.Run("verify", "--heal").MustExit(0);
        world.SitesMustBeEqual();
    }

    /// <summary>
    /// The server of one city is killed or stands still when a fifth of the data has arrived. Azurite is not killed: it loses what it had acknowledged,
    /// which no service may.
    /// </summary>
    [Theory]
    [InlineData("a", true)]
    [InlineData("c", true)]
    [InlineData("a", false)]
    [InlineData("b", false)]
    [InlineData("c", false)]
    public void Site_FailsInTheMiddle_CostsThatSiteOnly(string failing, bool killed)
    {
        using var services = TestServices.StartOwn("s3", "azure", "sftp");
        using var world = new RemoteWorld(services);
        SampleData.Write(world.World.Data);
        const int Megabytes = 200;
        world.WriteRandom(Megabytes);
        var manifest = Manifest.Of(world.World.Data);
        var server = failing switch { "a" => services.S3.Process, "b" => services.Azure.Process, _ => services.Sftp[0].Process };
        using var running = world.Machine.Start([], "--json", "backup");
        Assert.True(SpinWait.SpinUntil(() => running.HasExited || world.Places[failing].Bytes() > Megabytes * 200_000L, TimeSpan.FromMinutes(2)));
        if (killed)
        {
            server.Kill();
        }
        else
        {
            server.Stop();
        }

        var summary = running.Finish().MustExit(20).Summary;

        Assert.False(summary.Site(failing).Text("state") == "complete", "It says that the site is complete.");
        Assert.NotEmpty(summary.Site(failing).Text("message"));
        Assert.All(world.Places.Keys.Where(id => id != failing), id => Assert.Equal("complete", summary.Site(id).Text("state")));
        if (killed)
        {
            services.StartAgain();
        }
        else
        {
            server.Continue();
        }

        Assert.True(world.Machine.Json("sync").MustExit(0).Summary.Site(failing).Flag("complete"));
        world.SitesMustBeEqual();
        world.World.MustRestore("latest", manifest, failing);
    }
}
