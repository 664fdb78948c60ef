using Azure.Storage.Blobs;
using Backup.EndToEnd.Tests.Harness;
using Backup.Stores.Tests.Services;

namespace Backup.EndToEnd.Tests.Remote;

/// <summary>A container of its own.</summary>
internal sealed class AzurePlace : IRemotePlace
{
    private readonly BlobContainerClient _client;

    public AzurePlace(AzureServer server, string folder)
    {
        var container = "backup-" + Path.GetRandomFileName().Replace(".", "", StringComparison.Ordinal);
        _client = new BlobContainerClient(server.ConnectionString, container);
        _client.Create();
        var credentials = Path.Combine(folder, container + ".json");
        World.WriteSecret(credentials, $$"""{"account_key": "{{server.Key}}"}""");
        PolicyText = $"kind: azure, account_url: \"{server.Endpoint.AbsoluteUri.TrimEnd('/')}\", container: {container}, credentials_file: {credentials}";
    }

    /// <inheritdoc/>
    public string PolicyText { get; }

    /// <inheritdoc/>
    public long Bytes() => _client.GetBlobs().Sum(static blob => blob.Properties.ContentLength ?? 0);

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, byte[]> Objects() => _client.GetBlobs().ToDictionary(
        static blob => blob.Name, blob => _client.GetBlobClient(blob.Name).DownloadContent().Value.Content.ToArray(), StringComparer.Ordinal);

    /// <inheritdoc/>
    public void Replace(string name, byte[] content) => _client.GetBlobClient(name).Upload(new BinaryData(content), overwrite: true);

    /// <inheritdoc/>
    public void Dispose()
    {
        // Nothing is held; the server goes with the test run.
    }

    /// <inheritdoc/>
    public void Wipe()
    {
        foreach (var blob in _client.GetBlobs().ToList())
        {
            _client.DeleteBlob(blob.Name);
        }
    }
}
