using Backup.Stores.Sftp;

namespace Backup.Stores.Tests.Sftp;

public sealed class KnownHostsTests
{
    // Made with ssh-keygen; the hashed names with ssh-keygen -H.
    private const string One = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGq9P2ndRQK826fPoe4rg6eOjWwzENieCnqBeBlZaUou";
    private const string Two = "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBEF69GhVVHgUAVjd9FQPFoD4pf/IB7yLSP9HKxakAnThJxy81OPF8IquY4Ys114gGpxpLwbpn5ItbyLVAAPNZ5Y=";
    private const string HashedName = "|1|LAiXtvs4JWUgI2/KqfSTfzpj6yE=|hGn4ESHhwaLiwzNOJEkXSkXRqd0=";
    private const string HashedNameWithPort = "|1|bfFB6C8bm987XRrE6R3PbOuXpzQ=|zyFd0TframOFxJ15WxTws1JWWl8=";

    [Theory]
    [InlineData($"nas.example {One}", "nas.example", 22, nameof(HostKeyStanding.Known))]
    [InlineData($"NAS.example {One}", "nas.EXAMPLE", 22, nameof(HostKeyStanding.Known))]
    [InlineData($"nas.example {One} a comment", "nas.example", 22, nameof(HostKeyStanding.Known))]
    [InlineData($"nas.example {One}", "nas.example", 2222, nameof(HostKeyStanding.Unknown))]
    [InlineData($"[nas.example]:2222 {One}", "nas.example", 2222, nameof(HostKeyStanding.Known))]
    [InlineData($"[nas.example]:2222 {One}", "nas.example", 22, nameof(HostKeyStanding.Unknown))]
    [InlineData($"nas.example {Two}", "nas.example", 22, nameof(HostKeyStanding.Changed))]
    [InlineData($"a.example,nas.example,192.0.2.1 {One}", "192.0.2.1", 22, nameof(HostKeyStanding.Known))]
    [InlineData($"*.example {One}", "nas.example", 22, nameof(HostKeyStanding.Known))]
    [InlineData($"*.example {One}", "example", 22, nameof(HostKeyStanding.Unknown))]
    [InlineData($"na?.exa*le {One}", "nas.example", 22, nameof(HostKeyStanding.Known))]
    [InlineData($"*.example,!nas.example {One}", "nas.example", 22, nameof(HostKeyStanding.Unknown))]
    [InlineData($"!nas.example,*.example {One}", "other.example", 22, nameof(HostKeyStanding.Known))]
    [InlineData($"!nas.example {One}", "other.example", 22, nameof(HostKeyStanding.Unknown))]
    [InlineData($"{HashedName} {One}", "nas.example", 22, nameof(HostKeyStanding.Known))]
    [InlineData($"{HashedName} {One}", "nas.example", 2222, nameof(HostKeyStanding.Unknown))]
    [InlineData($"{HashedNameWithPort} {One}", "nas.example", 2222, nameof(HostKeyStanding.Known))]
    [InlineData($"@revoked nas.example {One}", "nas.example", 22, nameof(HostKeyStanding.Revoked))]
    [InlineData($"@revoked nas.example {Two}", "nas.example", 22, nameof(HostKeyStanding.Unknown))]
    [InlineData($"@cert-authority nas.example {One}", "nas.example", 22, nameof(HostKeyStanding.Unknown))]
    [InlineData($"# nas.example {One}", "nas.example", 22, nameof(HostKeyStanding.Unknown))]
    [InlineData($"  nas.example\t{One}", "nas.example", 22, nameof(HostKeyStanding.Known))]
    [InlineData("nas.example ssh-ed25519", "nas.example", 22, nameof(HostKeyStanding.Unknown))]
    [InlineData("nas.example ssh-ed25519 %%%%", "nas.example", 22, nameof(HostKeyStanding.Unknown))]
    [InlineData("nas.example", "nas.example", 22, nameof(HostKeyStanding.Unknown))]
    [InlineData("|1|a| ssh-ed25519 AAAA", "nas.example", 22, nameof(HostKeyStanding.Unknown))]
    [InlineData("", "nas.example", 22, nameof(HostKeyStanding.Unknown))]
    public void Judge_Line_MeansWhatOpenSshMeans(string line, string host, int port, string expected) =>
        Assert.Equal(expected, Hosts(line).Judge(host, port, KeyOf(One)).ToString());

    [Fact]
    public void Judge_SeveralKeysOfAHost_AnyOfThemIsKnown()
    {
        var hosts = Hosts($"nas.example {One}", $"nas.example {Two}");

        Assert.Equal(HostKeyStanding.Known, hosts.Judge("nas.example", 22, KeyOf(One)));
        Assert.Equal(HostKeyStanding.Known, hosts.Judge("nas.example", 22, KeyOf(Two)));
        Assert.Equal(["ssh-ed25519", "ecdsa-sha2-nistp256"], hosts.KindsOf("nas.example", 22));
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 0)]
    public void Judge_RevokedAndKnown_IsRevokedInAnyOrder(int first, int second)
    {
        string[] lines = [$"nas.example {One}", $"@revoked * {One}"];

        Assert.Equal(HostKeyStanding.Revoked, Hosts(lines[first], lines[second]).Judge("nas.example", 22, KeyOf(One)));
    }

    [Fact]
    public void Read_NoFile_IsAUsageFaultThatNamesIt()
    {
        var fault = Assert.Throws<Engine.BackupException>(static () => KnownHosts.Read("/no/such/known_hosts"));

        Assert.Equal(Engine.FailureKind.Usage, fault.Kind);
        Assert.Contains("/no/such/known_hosts", fault.Message, StringComparison.Ordinal);
    }

    private static KnownHosts Hosts(params string[] lines) => KnownHosts.Parse("known_hosts", lines);

    private static byte[] KeyOf(string line) => Convert.FromBase64String(line.Split(' ')[1]);
}
