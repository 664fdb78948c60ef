using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Backup.Stores.Tests.Services;

/// <summary>
/// A server seen by https, with a certificate that an authority of its own has signed: so a test can show that a good one is accepted, and
/// that the same one out of date is refused for its date and nothing else.
/// </summary>
public sealed class TlsFront : IAsyncDisposable
{
    private static readonly TimeSpan Year = TimeSpan.FromDays(365);

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly X509Certificate2 _certificate;
    private readonly IPEndPoint _server;
    private readonly Task _accepting;

    private TlsFront(Uri server, DateTimeOffset validUntil)
    {
        _server = new IPEndPoint(IPAddress.Loopback, server.Port);
        (_certificate, AuthorityPem) = Sign(validUntil);
        _listener.Start();
        Address = new UriBuilder(server) { Scheme = "https", Host = "localhost", Port = ((IPEndPoint)_listener.LocalEndpoint).Port }.Uri;
        _accepting = AcceptAsync();
    }

    /// <summary>The server's address by way of this front.</summary>
    public Uri Address { get; }

    /// <summary>The authority as PEM: who trusts it (a file that SSL_CERT_FILE names) accepts the certificate while it is valid.</summary>
    public string AuthorityPem { get; }

    public static TlsFront Start(Uri server) => new(server, TimeProvider.System.GetUtcNow() + Year);

    /// <summary>The certificate ran out yesterday; its authority did not.</summary>
    public static TlsFront StartExpired(Uri server) => new(server, TimeProvider.System.GetUtcNow() - TimeSpan.FromDays(1));

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Dispose();
        await _accepting;
        _certificate.Dispose();
        _end.Dispose();
    }

    private static (X509Certificate2 Certificate, string AuthorityPem) Sign(DateTimeOffset validUntil)
    {
        var from = validUntil - (2 * Year);
        using var authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var authorityRequest = new CertificateRequest("CN=Authority of the tests", authorityKey, HashAlgorithmName.SHA256);
        authorityRequest.CertificateExtensions.Add(X509BasicConstraintsExtension.CreateForCertificateAuthority());
        using var authority = authorityRequest.CreateSelfSigned(from, validUntil + (2 * Year));

        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.Create(authority, from, validUntil, RandomNumberGenerator.GetBytes(16));
        return (certificate.CopyWithPrivateKey(key), authority.ExportCertificatePem());
    }

    private async Task AcceptAsync()
    {
        var open = new List<Task>();
        try
        {
            while (true)
            {
                open.Add(CarryAsync(await _listener.AcceptTcpClientAsync(_end.Token)));
            }
        }
        catch (Exception closed) when (closed is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            await Task.WhenAll(open);
        }
    }

    private async Task CarryAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                await using var outside = new SslStream(client.GetStream());
                var options = new SslServerAuthenticationOptions { ServerCertificate = _certificate };
                await outside.AuthenticateAsServerAsync(options, _end.Token);
                using var server = new TcpClient();
                await server.ConnectAsync(_server, _end.Token);
                var inside = server.GetStream();
                await Task.WhenAny(outside.CopyToAsync(inside, _end.Token), inside.CopyToAsync(outside, _end.Token));
            }
            catch (Exception broken) when (
                broken is IOException or SocketException or AuthenticationException or OperationCanceledException)
            {
                // A client that does not trust it ends like this.
            }
        }
    }
}
