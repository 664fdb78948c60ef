using System.Text;
using Backup.EndToEnd.Tests.Harness;
using Backup.Stores.Tests.Services;

namespace Backup.EndToEnd.Tests.Remote;

/// <summary>What is refused, with a text that says why, and without a secret in it.</summary>
public sealed class RefusalTests
{
    [Fact]
    public void HostKey_AnotherOne_IsRefusedAndTold()
    {
        using var world = new RemoteWorld(TestServices.Shared);
        var (right, other) = (TestServices.Shared.Sftp[0], TestServices.Shared.Sftp[1]);
        var known = Path.Combine(world.World.Folder, "known_hosts");
        File.WriteAllText(known, File.ReadAllText(other.KnownHostsFile).Replace($":{other.Port} ", $":{right.Port} ", StringComparison.Ordinal)
            .Replace($"]:{other.Port}", $"]:{right.Port}", StringComparison.Ordinal));
        world.World.Remote["c"] = world.World.Remote["c"].Replace(right.KnownHostsFile, known, StringComparison.Ordinal);
        world.World.WritePolicy();
        SampleData.Write(world.World.Data);

        world.Machine.Run("backup").MustExit(20).MustSay("host key");
        world.Machine.Run("status").MustExit(20).MustSay("host key");
    }

    [Theory]
    [InlineData("a")]
    [InlineData("b")]
    public void Credentials_ReadableByOthers_AreRefused(string site)
    {
        using var world = new RemoteWorld(TestServices.Shared);
        var file = world.World.Remote[site].Split("credentials_file: ")[1];
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead);

        world.Machine.Run("backup").MustExit(2).MustSay(file, "chmod 600");
    }

    [Fact]
    public void Credentials_Wrong_CostTheSiteAndAreTold()
    {
        using var world = new RemoteWorld(TestServices.Shared);
        var file = world.World.Remote["a"].Split("credentials_file: ")[1];
        World.WriteSecret(file, """{"access_key": "somebody", "secret_key": "sesame-open-yourself"}""");
        SampleData.Write(world.World.Data);

        var result = world.Machine.Run("backup").MustExit(20).MustSay("credentials");

        Assert.DoesNotContain("sesame", result.Everything, StringComparison.Ordinal);
    }

    [Fact]
    public void Bucket_OfAnotherRepository_IsRefused()
    {
        using var world = new RemoteWorld(TestServices.Shared);
        using var other = World.Blank();
        foreach (var (id, text) in world.World.Remote)
        {
            other.Remote[id] = text;
        }

        other.WritePolicy();

        other.Machine.Run("init", "--recovery-out", other.RecoveryKey).MustExit(1).MustSay("holds a repository already");
        Assert.False(File.Exists(other.RecoveryKey));
        using var local = World.Initialized();
        local.Remote["a"] = world.World.Remote["a"];
        local.WritePolicy();
        local.Machine.Run("backup").MustExit(20).MustSay("another repository");
    }

    [Fact]
    public async Task Certificate_Expired_IsRefusedAndTold()
    {
        var server = TestServices.Shared.S3;
        await using var good = TlsFront.Start(server.Endpoint);
        await using var expired = TlsFront.StartExpired(server.Endpoint);
        using var world = new RemoteWorld(TestServices.Shared);
        SampleData.Write(world.World.Data);
        var plain = world.World.Remote["a"];

        Through(good).Run("backup").MustExit(0);
        Through(expired).Run("backup").MustExit(20).MustSay("certificate");

        Machine Through(TlsFront front)
        {
            var authority = Path.Combine(world.World.Folder, "authority.pem");
            File.WriteAllText(authority, front.AuthorityPem);
            world.World.Remote["a"] = plain.Replace(server.Endpoint.AbsoluteUri.TrimEnd('/'), front.Address.AbsoluteUri.TrimEnd('/'), StringComparison.Ordinal);
            world.World.WritePolicy();
            return world.Machine.With("SSL_CERT_FILE", authority);
        }
    }

    [Theory]
    [InlineData("http://192.0.2.1:9000", "plain http")]
    [InlineData("https://169.254.169.254", "link-local")]
    public void Endpoint_InTheOpenOrLinkLocal_IsRefused(string endpoint, string reason)
    {
        using var world = World.Blank();
        World.WriteSecret(Path.Combine(world.Folder, "s3.json"), """{"access_key": "a", "secret_key": "b"}""");
        world.Remote["a"] = $"kind: s3, endpoint: \"{endpoint}\", bucket: backup, credentials_file: {world.Folder}/s3.json";
        world.WritePolicy();

        world.Machine.Run("init", "--recovery-out", world.RecoveryKey).MustExit(2).MustSay(reason);
    }

    /// <summary>A bucket that keeps everything cannot destroy a key. With a place of their own for the keys it serves.</summary>
    [Fact]
    public void Bucket_ThatLocksEverything_IsRefusedUnlessKeysLieElsewhere()
    {
        using var world = World.Blank();
        using var locked = new S3Place(TestServices.Shared.S3, world.Folder, locksAll: true);
        using var plain = new S3Place(TestServices.Shared.S3, world.Folder);
        world.Remote["a"] = locked.PolicyText;
        world.WritePolicy();
        SampleData.Write(world.Data);
        world.Machine.Run("policy", "validate", "--connect").MustExit(2).MustSay("locks every object", "secrets:");
        world.Machine.Run("init", "--recovery-out", world.RecoveryKey).MustExit(2).MustSay("locks every object", "secrets:");
        Assert.Empty(locked.Objects());
        Assert.False(File.Exists(world.RecoveryKey));

        world.Remote["a"] = $"{locked.PolicyText}, secrets: {plain.Bucket}";
        world.WritePolicy();
        world.Machine.Run("policy", "validate", "--connect").MustExit(0);
        world.Machine.Run("init", "--recovery-out", world.RecoveryKey).MustExit(0);
        var manifest = world.Backup();

        Assert.All(plain.Objects().Keys, static name => Assert.True(IsErasable(name), name));
        Assert.NotEmpty(plain.Objects());
        Assert.DoesNotContain(locked.Objects().Keys, IsErasable);
        world.MustRestore("latest", manifest, "a");
    }

    private static bool IsErasable(string name) => name.Split('/')[0] is "slots" or "epochs" or "keyring";

    /// <summary>Every command that there is for sites, with all of them well and with each in trouble.</summary>
    [Fact]
    public void Secrets_InWhateverIsSaidOrKept_AreNotThere()
    {
        using var services = TestServices.StartOwn("s3", "azure", "sftp");
        using var world = new RemoteWorld(services);
        SampleData.Write(world.World.Data);
        var said = new StringBuilder();
        foreach (var trouble in new[] { () => { }, services.S3.Process.Kill, services.Azure.Process.Kill, services.Sftp[0].Process.Kill })
        {
            trouble();
            foreach (var command in new[] { "policy show", "policy validate --connect", "-v backup", "--json status", "-v status", "site list", "--json verify", "sync", "snapshots" })
            {
                said.Append(world.Machine.Run(command.Split(' ')).Everything);
            }
        }

        var kept = Shell.Run("sh", "-c", $"find '{world.Machine.State}' -type f -print0 | xargs -0 cat | strings -n 8");
        string[] secrets = [services.S3.Owner.SecretKey, services.Azure.Key, File.ReadAllLines(services.Sftp[0].KeyFile)[1], "correct horse battery staple"];
        Assert.All(secrets, secret => Assert.DoesNotContain(secret, said.ToString(), StringComparison.Ordinal));
        Assert.All(secrets, secret => Assert.DoesNotContain(secret, kept, StringComparison.Ordinal));
    }
}
