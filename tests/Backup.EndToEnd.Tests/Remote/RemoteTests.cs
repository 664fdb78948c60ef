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

        // The rebuild has written an entry of its own; what was there before stands there again, but for keyrings that were replaced: those are
        // copied nowhere. That the current one is there shows the restore.
        var after = world.Places[wiped].Objects();
        Assert.All(before.Where(static found => !IsKeyring(found.Key)), found => Assert.Equal(found.Value, after[found.Key]));
        Assert.Contains(after.Keys, IsKeyring);
        world.SitesMustBeEqual(but: IsKeyring);
        world.World.MustRestore("latest", manifest, wiped);
        world.Machine.Run("verify").MustExit(0);
    }

    private static bool IsKeyring(string name) => name.StartsWith("keyring/", StringComparison.Ordinal);

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

        // Who answers faster is read from: where that was never the one that lies, nothing shows it.
        CliResult result;
        var round = 0;
        do
        {
            var target = Path.Combine(world.World.Folder, $"target-{++round}");
            result = world.Machine.Json("restore", "latest", "--target", target).MustExit(20, 21);
            Manifest.MustEqual(manifest, target + world.World.Data, "one site dead, one lying");
        }
        while (result.ExitCode == 20 && round < 10);

        result.MustExit(21).MustSay("b", "c");
        Assert.Contains(result.Lines, line => line.ToString().Contains("\"b\"", StringComparison.Ordinal) && line.ToString().Contains("packs/", StringComparison.Ordinal));
        services.StartAgain();
        world.Machine.Run("verify", "--heal").MustExit(0);
        world.SitesMustBeEqual();
    }
}
