using System.Security.Cryptography;
using Backup.Stores.Tests.Services;
using DotNet.Testcontainers.Builders;
using DotNet.Testcontainers.Containers;

namespace Backup.Stores.Tests.Containers;

/// <summary>MinIO in a container: a second make of S3, where a Docker engine answers. Gone after the test.</summary>
internal sealed class MinioServer : IAsyncDisposable
{
    private const string Image = "minio/minio:RELEASE.2025-09-07T16-13-09Z"; // as in docker-compose.test.yml
    private const int Port = 9000;

    private readonly IContainer _container;

    private MinioServer(IContainer container, S3User owner)
    {
        _container = container;
        Owner = owner;
    }

    public S3User Owner { get; }

    public Uri Endpoint => new($"http://{_container.Hostname}:{_container.GetMappedPublicPort(Port)}");

    /// <summary>Skips the test, with the reason, where no Docker engine answers.</summary>
    public static async Task<MinioServer> StartOrSkipAsync(CancellationToken cancellation)
    {
        var owner = new S3User("owner", Convert.ToHexString(RandomNumberGenerator.GetBytes(20)));
        IContainer container;
        try
        {
            container = new ContainerBuilder(Image)
                .WithEnvironment("MINIO_ROOT_USER", owner.AccessKey)
                .WithEnvironment("MINIO_ROOT_PASSWORD", owner.SecretKey)
                .WithCommand("server", "/data")
                .WithPortBinding(Port, assignRandomHostPort: true)
                .WithWaitStrategy(Wait.ForUnixContainer().UntilHttpRequestIsSucceeded(
                    request => request.ForPort(Port).ForPath("/minio/health/ready")))
                .Build();
        }
        catch (DockerUnavailableException)
        {
            Assert.Skip("No Docker engine answers here.");
            throw;
        }

        var server = new MinioServer(container, owner);
        try
        {
            await container.StartAsync(cancellation);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    public ValueTask DisposeAsync() => _container.DisposeAsync();
}
