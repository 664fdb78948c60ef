using System.Runtime.Versioning;
using Backup.Engine;
using Backup.Stores.Sftp;
using Backup.Stores.Tests.Local;

namespace Backup.Stores.Tests.Sftp;

[SupportedOSPlatform("linux")]
public sealed class SftpCredentialsTests : IDisposable
{
    private readonly ScratchFolder _scratch = new();

    private string KeyFile => _scratch["key"];

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void ReadKey_Ed25519_IsTaken()
    {
        MakeKey("ed25519", "");

        using var credentials = SftpCredentials.ReadKey(KeyFile);

        Assert.Equal("publickey", credentials.MethodFor("city").Name);
        Assert.Equal("SftpCredentials", credentials.ToString());
    }

    [Theory]
    [InlineData("ed25519", "secret phrase", "locked with a passphrase")]
    [InlineData("ecdsa", "", "of another kind")]
    [InlineData("rsa", "", "of another kind")]
    public void ReadKey_OtherKey_IsRefusedWithTheRemedy(string kind, string passphrase, string expected)
    {
        MakeKey(kind, passphrase);

        AssertRefused(expected);
    }

    [Theory]
    [InlineData("garbage", "no private key of OpenSSH's form")]
    [InlineData("ssh-ed25519 AAAA comment", "no private key of OpenSSH's form")]
    [InlineData("-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n", "no private key of OpenSSH's form")]
    [InlineData("-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmU\n-----END OPENSSH PRIVATE KEY-----\n", "damaged")]
    [InlineData("-----BEGIN OPENSSH PRIVATE KEY-----\n????\n-----END OPENSSH PRIVATE KEY-----\n", "damaged")]
    [InlineData("-----END OPENSSH PRIVATE KEY-----\n-----BEGIN OPENSSH PRIVATE KEY-----\n", "no private key")]
    public void ReadKey_NoKey_IsRefused(string text, string expected)
    {
        Write(text);

        AssertRefused(expected);
    }

    /// <summary>Cut off anywhere it is damaged, and never an exception of another kind.</summary>
    [Fact]
    public void ReadKey_CutOff_IsDamaged()
    {
        MakeKey("ed25519", "");
        var lines = File.ReadAllLines(KeyFile);
        var body = Convert.FromBase64String(string.Concat(lines[1..^1]));
        for (var length = 0; length < body.Length - 16; length += 7)
        {
            Write($"{lines[0]}\n{Convert.ToBase64String(body.AsSpan(0, length))}\n{lines[^1]}\n");

            AssertRefused("damaged");
        }
    }

    private void AssertRefused(string expected)
    {
        var content = File.ReadAllLines(KeyFile);
        var fault = Assert.Throws<BackupException>(() => SftpCredentials.ReadKey(KeyFile));

        Assert.Equal(FailureKind.Usage, fault.Kind);
        Assert.Contains(expected, fault.Message, StringComparison.Ordinal);
        Assert.NotNull(fault.Remedy);
        Assert.All(content.Where(static line => line.Length > 8 && line[0] != '-'), line => Assert.DoesNotContain(line, fault.ToString(), StringComparison.Ordinal));
    }

    private void MakeKey(string kind, string passphrase) =>
        Assert.True(Mounted.Run("ssh-keygen", "-q", "-t", kind, "-N", passphrase, "-f", KeyFile));

    private void Write(string text)
    {
        File.WriteAllText(KeyFile, text);
        File.SetUnixFileMode(KeyFile, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }
}
