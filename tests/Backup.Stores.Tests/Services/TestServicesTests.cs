using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using System.Text;

namespace Backup.Stores.Tests.Services;

/// <summary>The servers answer, are what they are said to be, and can be killed and stopped.</summary>
[SupportedOSPlatform("linux")]
public sealed class TestServicesTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Shared_S3AndAzure_RefuseAStranger()
    {
        using var client = new HttpClient();

        using var s3 = await client.GetAsync(new Uri(TestServices.Shared.S3.Endpoint, "/no-such-bucket"), Cancellation);
        using var azure = await client.GetAsync(new Uri(TestServices.Shared.Azure.Endpoint + "?comp=list"), Cancellation);

        Assert.Equal(HttpStatusCode.NotFound, s3.StatusCode);
        Assert.Contains(azure.StatusCode, new[] { HttpStatusCode.Unauthorized, HttpStatusCode.Forbidden });
        Assert.StartsWith("Azurite", azure.Headers.Server.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Shared_Sftp_IsThreeServersWithTwoHostKeysEach()
    {
        var servers = TestServices.Shared.Sftp;

        Assert.Equal("unna nuernberg falkenstein", string.Join(' ', servers.Select(server => server.City)));
        Assert.Equal(6, servers.SelectMany(server => File.ReadLines(server.KnownHostsFile)).Distinct(StringComparer.Ordinal).Count());
        Assert.All(servers, server => Assert.True(Directory.Exists(server.Folder)));
        Assert.All([.. servers.Select(server => server.KeyFile), .. servers.Select(server => server.PasswordFile)], OnlyItsOwnerReads);
        Assert.All(servers, server => Assert.True(server.Process.Id > 1));
    }

    [Fact]
    public async Task StartOwn_KilledAndStartedAgain_Answers()
    {
        string folder;
        using (var own = TestServices.StartOwn("sftp"))
        {
            folder = own.Folder;
            var unna = own.Sftp[0];
            Assert.StartsWith("SSH-2.0-OpenSSH", await GreetingAsync(unna), StringComparison.Ordinal);

            unna.Process.Kill();
            await Assert.ThrowsAsync<SocketException>(() => GreetingAsync(unna));
            Assert.NotEmpty(await GreetingAsync(own.Sftp[1]));

            own.StartAgain();
            Assert.NotEmpty(await GreetingAsync(unna));
            Assert.Throws<InvalidOperationException>(() => own.S3);
            Assert.False(Directory.Exists(Path.Join(own.Folder, "s3")));
        }

        Assert.False(Directory.Exists(folder));
    }

    [Fact]
    public async Task Stop_Server_AnswersOnlyAfterContinue()
    {
        using var own = TestServices.StartOwn("sftp");
        var unna = own.Sftp[0];

        unna.Process.Stop();
        var greeting = GreetingAsync(unna);
        Assert.Equal('T', StateOf(unna.Process.Id));
        Assert.False(greeting.IsCompleted);

        unna.Process.Continue();
        Assert.NotEmpty(await greeting);
    }

    private static void OnlyItsOwnerReads(string file) =>
        Assert.Equal(UnixFileMode.None, File.GetUnixFileMode(file) & ~(UnixFileMode.UserRead | UnixFileMode.UserWrite));

    private static char StateOf(int process) => File.ReadAllText($"/proc/{process}/stat").Split(") ")[1][0];

    private static async Task<string> GreetingAsync(SftpServer server)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(server.Host, server.Port, Cancellation);
        using var reader = new StreamReader(client.GetStream(), Encoding.ASCII);
        return await reader.ReadLineAsync(Cancellation) ?? "";
    }
}
