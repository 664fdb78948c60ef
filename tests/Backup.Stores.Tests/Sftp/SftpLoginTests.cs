using System.Runtime.Versioning;
using Backup.Engine.Stores;
using Backup.Stores.Sftp;
using Backup.Stores.Tests.Local;
using Backup.Stores.Tests.Services;

namespace Backup.Stores.Tests.Sftp;

/// <summary>Who is talked to, and as whom: nothing is ever trusted that the file of known hosts does not have.</summary>
[SupportedOSPlatform("linux")]
public sealed class SftpLoginTests : IDisposable
{
    private readonly SftpPlace _place = new();
    private readonly ScratchFolder _scratch = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string[] Known => File.ReadAllLines(_place.Server.KnownHostsFile);

    private static string OtherKnown => File.ReadAllLines(TestServices.Shared.Sftp[1].KnownHostsFile)[0].Split(' ', 2)[1];

    private string Host => $"[{_place.Server.Host}]:{_place.Server.Port}";

    public void Dispose()
    {
        _place.Dispose();
        _scratch.Dispose();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task Connect_OneOfTheHostsKeysKnown_AsksForThatOne(int which)
    {
        var probe = await ProbeAsync(_place.Options with { KnownHosts = Hosts(Known[which]) });

        Assert.Equal((StorePresence.Missing, StoreFault.Missing), (probe.Presence, probe.Failure?.Fault));
    }

    [Fact]
    public async Task Connect_HashedNames_IsKnown()
    {
        var file = _scratch["known_hosts"];
        File.Copy(_place.Server.KnownHostsFile, file);
        Assert.True(Mounted.Run("ssh-keygen", "-q", "-H", "-f", file));
        Assert.All(File.ReadLines(file), line => Assert.StartsWith("|1|", line, StringComparison.Ordinal));

        Assert.Equal(StorePresence.Missing, (await ProbeAsync(_place.Options with { KnownHosts = KnownHosts.Read(file) })).Presence);
    }

    [Fact]
    public async Task Connect_UnknownHost_IsRefusedWithItsFingerprint()
    {
        var probe = await ProbeAsync(_place.Options with { KnownHosts = Hosts($"[127.0.0.1]:1 {OtherKnown}") });

        Assert.Equal((StorePresence.Unreachable, StoreFault.Denied), (probe.Presence, probe.Failure?.Fault));
        Assert.Matches(@"ssh-ed25519 SHA256:[A-Za-z0-9+/]{43}, and known_hosts has none for \[127\.0\.0\.1\]:\d+\..*ssh-keyscan", probe.Failure?.Message);
    }

    [Fact]
    public async Task Connect_ChangedHostKey_IsRefusedBeforeAnythingIsSent()
    {
        var store = new SftpStore(_place.Options with { KnownHosts = Hosts($"{Host} {OtherKnown}") });
        await using (store)
        {
            var refused = await Assert.ThrowsAsync<StoreException>(() => store.PutAsync("repository", new byte[1], Cancellation));

            Assert.Equal(StoreFault.Denied, refused.Fault);
            Assert.Contains("has another for", refused.Message, StringComparison.Ordinal);
            Assert.False(refused.Retryable);
        }
    }

    [Fact]
    public async Task Connect_RevokedHostKey_IsRefused()
    {
        var probe = await ProbeAsync(_place.Options with { KnownHosts = Hosts([.. Known, .. Known.Select(static line => "@revoked * " + line.Split(' ', 2)[1])]) });

        Assert.Contains("revoked", probe.Failure?.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Login_Password_Works()
    {
        await using var store = new SftpStore(_place.Options with { Credentials = SftpCredentials.ReadPassword(_place.Server.PasswordFile) });
        await store.CreateAsync(Cancellation);

        Assert.True(await store.PutAsync("repository", new byte[] { 1 }, Cancellation));
    }

    [Fact]
    public async Task Login_WrongPassword_IsDeniedAndNotRepeated()
    {
        File.WriteAllText(_scratch["password"], "wrong-secret-1234");
        File.SetUnixFileMode(_scratch["password"], UnixFileMode.UserRead);

        var probe = await ProbeAsync(_place.Options with { Credentials = SftpCredentials.ReadPassword(_scratch["password"]) });

        Assert.Equal((StorePresence.Unreachable, StoreFault.Denied), (probe.Presence, probe.Failure?.Fault));
        Assert.Contains("refuses the login of city with the password", probe.Failure?.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("wrong-secret", probe.Failure?.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Login_ForeignKey_IsDenied()
    {
        Assert.True(Mounted.Run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", _scratch["foreign"]));

        var probe = await ProbeAsync(_place.Options with { Credentials = SftpCredentials.ReadKey(_scratch["foreign"]) });

        Assert.Equal((StorePresence.Unreachable, StoreFault.Denied), (probe.Presence, probe.Failure?.Fault));
    }

    private static KnownHosts Hosts(params string[] lines) => KnownHosts.Parse("known_hosts", lines);

    private static async Task<StoreProbe> ProbeAsync(SftpStoreOptions options)
    {
        await using var store = new SftpStore(options);
        return await store.ProbeAsync(Cancellation);
    }
}
