using Cli = System.Diagnostics.Process;

namespace Backup.Stores.Tests.Services;

/// <summary>A key pair of the S3 server.</summary>
public sealed record S3User(string AccessKey, string SecretKey);

/// <summary>Ceph's RADOS Gateway, path-style, SigV4. A test makes a bucket of its own, whose name has 3 characters at least.</summary>
/// <param name="Endpoint">Plain http.</param>
/// <param name="TlsEndpoint">The same server by https, with the certificate that nobody else has signed.</param>
/// <param name="CertificateFile">That certificate as PEM: who trusts it (SSL_CERT_FILE) accepts <paramref name="TlsEndpoint"/>.</param>
/// <param name="Region">What a signature is made for.</param>
/// <param name="Owner">May do all with her buckets.</param>
/// <param name="Keeper">May do what a bucket's policy gives her, and nothing with buckets that have none.</param>
public sealed record S3Server(Uri Endpoint, Uri TlsEndpoint, string CertificateFile, string Region, S3User Owner, S3User Keeper)
{
    /// <summary>The keeper as a bucket's policy names her.</summary>
    public required string KeeperName { get; init; }

    /// <summary>The gateway. Killed and started again it has lost nothing.</summary>
    public required ServerProcess Process { get; init; }

    /// <summary>What the gateway stores to; stopped, the gateway accepts and hangs. Killed, all buckets are gone.</summary>
    public required ServerProcess DiskProcess { get; init; }

    /// <summary>The same server at the other end of a line.</summary>
    public S3Server Through(FaultProxy line) => this with { Endpoint = line.Through(Endpoint) };

    /// <summary>The gateway's own configuration, for its administration tool.</summary>
    public required string ConfigurationFile { get; init; }

    /// <summary>From now on a bucket takes so many objects and no more.</summary>
    public async Task SetQuotaAsync(string bucket, int objects)
    {
        foreach (var arguments in new string[][] { ["set", "--max-objects", $"{objects}"], ["enable"] })
        {
            using var tool = Cli.Start("radosgw-admin", ["-c", ConfigurationFile, "-n", "client.rgw.a", "quota", .. arguments, "--quota-scope", "bucket", "--bucket", bucket]);
            await tool.WaitForExitAsync();
            if (tool.ExitCode != 0)
            {
                throw new InvalidOperationException($"radosgw-admin quota {arguments[0]} ended with {tool.ExitCode}.");
            }
        }
    }

    /// <summary>A policy for a bucket: the keeper may put, get and list there, and not delete.</summary>
    public string PolicyWithoutDelete(string bucket) => $$"""
        {
          "Version": "2012-10-17",
          "Statement": [{
            "Effect": "Allow",
            "Principal": { "AWS": ["{{KeeperName}}"] },
            "Action": [
              "s3:PutObject", "s3:GetObject", "s3:GetObjectVersion", "s3:ListBucket", "s3:ListBucketVersions", "s3:GetBucketLocation",
              "s3:GetBucketVersioning", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts", "s3:ListBucketMultipartUploads"
            ],
            "Resource": ["arn:aws:s3:::{{bucket}}", "arn:aws:s3:::{{bucket}}/*"]
          }]
        }
        """;
}

/// <summary>Azurite, plain http. It has no versions, no soft delete and no immutability, and a kill loses what it acknowledged.</summary>
public sealed record AzureServer(Uri Endpoint, string Account, string Key, string ConnectionString)
{
    public required ServerProcess Process { get; init; }

    /// <summary>The same server at the other end of a line.</summary>
    public AzureServer Through(FaultProxy line) => this with
    {
        Endpoint = line.Through(Endpoint),
        ConnectionString = ConnectionString.Replace($":{Endpoint.Port}/", $":{line.Port}/", StringComparison.Ordinal),
    };
}

/// <summary>An OpenSSH server that does SFTP only, with host keys and a folder of its own. Key and password are the same at all.</summary>
/// <param name="City"><c>unna</c>, <c>nuernberg</c> or <c>falkenstein</c>.</param>
/// <param name="Host">An address of loopback.</param>
/// <param name="Port">Its port.</param>
/// <param name="User">Who logs in. When the tests run as root she is another, and permissions bind her.</param>
public sealed record SftpServer(string City, string Host, int Port, string User)
{
    /// <summary>An ed25519 key without passphrase, in OpenSSH's format.</summary>
    public required string KeyFile { get; init; }

    public required string PasswordFile { get; init; }

    /// <summary>OpenSSH's format, one line for each of the server's two host keys (ecdsa, ed25519).</summary>
    public required string KnownHostsFile { get; init; }

    /// <summary>A folder that <see cref="User"/> may write: the same path for a client and on this machine.</summary>
    public required string Folder { get; init; }

    public required ServerProcess Process { get; init; }

    /// <summary>The same server at the other end of a line.</summary>
    /// <param name="line">The line.</param>
    /// <param name="folder">Where its known hosts are written to.</param>
    public SftpServer Through(FaultProxy line, string folder)
    {
        var known = Path.Join(folder, $"known_hosts-{line.Port}");
        File.WriteAllText(known, File.ReadAllText(KnownHostsFile).Replace($":{Port} ", $":{line.Port} ", StringComparison.Ordinal));
        return this with { Port = line.Port, KnownHostsFile = known };
    }
}
