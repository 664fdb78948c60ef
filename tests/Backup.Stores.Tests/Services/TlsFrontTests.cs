using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Backup.Stores.Tests.Services;

public sealed class TlsFrontTests
{
    private static readonly Uri Azure = TestServices.Shared.Azure.Endpoint;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Start_TrustedAuthority_ReachesTheServer()
    {
        await using var front = TlsFront.Start(Azure);
        using var client = Trusting(front);

        using var answer = await client.GetAsync(new Uri(front.Address + "?comp=list"), Cancellation);

        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
    }

    [Fact]
    public async Task Start_UnknownAuthority_IsRefused()
    {
        await using var front = TlsFront.Start(Azure);
        using var client = new HttpClient();

        await Assert.ThrowsAsync<HttpRequestException>(() => client.GetAsync(front.Address, Cancellation));
    }

    [Fact]
    public async Task StartExpired_TrustedAuthority_IsRefusedForItsDateOnly()
    {
        await using var front = TlsFront.StartExpired(Azure);
        var faults = X509ChainStatusFlags.NoError;
        using var client = Trusting(front, chain => faults = chain.ChainStatus.Aggregate(faults, (all, status) => all | status.Status));

        await Assert.ThrowsAsync<HttpRequestException>(() => client.GetAsync(front.Address, Cancellation));

        Assert.Equal(X509ChainStatusFlags.NotTimeValid, faults);
    }

    private static HttpClient Trusting(TlsFront front, Action<X509Chain>? look = null)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.Add(X509Certificate2.CreateFromPem(front.AuthorityPem));
        return new HttpClient(new SocketsHttpHandler
        {
            SslOptions = new SslClientAuthenticationOptions
            {
                CertificateChainPolicy = policy,
                RemoteCertificateValidationCallback = (_, _, chain, errors) =>
                {
                    look?.Invoke(chain!);
                    return errors == SslPolicyErrors.None;
                },
            },
        });
    }
}
