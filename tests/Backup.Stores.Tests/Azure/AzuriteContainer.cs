using System.Runtime.Versioning;
using System.Security.Cryptography;
using Azure.Storage;
using Azure.Storage.Blobs;
using Azure.Storage.Sas;
using Backup.Stores.Azure;
using Backup.Stores.Http;
using Backup.Stores.Tests.Services;

namespace Backup.Stores.Tests.Azure;

/// <summary>A container of a test's own at the real server, and credentials for it; gone after the test.</summary>
[SupportedOSPlatform("linux")]
public sealed class AzuriteContainer : IAsyncDisposable
{
    private AzuriteContainer(AzureServer server)
    {
        Server = server;
        Client = new BlobContainerClient(new Uri($"{server.Endpoint}/{Name}"), new StorageSharedKeyCredential(server.Account, server.Key), Version());
    }

    public AzureServer Server { get; }

    public string Name { get; } = "test-" + RandomNumberGenerator.GetHexString(16, lowercase: true);

    /// <summary>With all rights, past the store.</summary>
    public BlobContainerClient Client { get; }

    public static async Task<AzuriteContainer> CreateAsync()
    {
        var container = new AzuriteContainer(TestServices.Shared.Azure);
        await container.Client.CreateAsync(cancellationToken: TestContext.Current.CancellationToken);
        return container;
    }

    public static AzureCredentials Credentials(string member, string value) => StandInStore.Credentials($$"""{"{{member}}": "{{value}}"}""");

    public AzureCredentials Key() => Credentials("account_key", Server.Key);

    /// <summary>The query of a shared access signature for this container.</summary>
    public string Sas(BlobContainerSasPermissions rights, TimeSpan? from = null, TimeSpan? until = null)
    {
        var now = TimeProvider.System.GetUtcNow();
        var sas = new BlobSasBuilder(rights, now + (until ?? TimeSpan.FromHours(1)))
        {
            BlobContainerName = Name,
            Resource = "c",
            StartsOn = now + (from ?? TimeSpan.FromMinutes(-5)),
        };
        return sas.ToSasQueryParameters(new StorageSharedKeyCredential(Server.Account, Server.Key)).ToString();
    }

    public AzureStoreOptions Options(AzureCredentials? credentials = null) => new()
    {
        Endpoint = Server.Endpoint,
        Container = Name,
        Prefix = "backup/main",
        Credentials = credentials ?? Key(),
        Transfer = new TransferOptions { Connections = 16 },
    };

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await Client.DeleteIfExistsAsync(cancellationToken: CancellationToken.None);

    private static BlobClientOptions Version() => new(BlobClientOptions.ServiceVersion.V2021_12_02);
}
