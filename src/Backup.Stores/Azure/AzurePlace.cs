using System.Security.Cryptography;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Specialized;
using Backup.Engine;
using Backup.Engine.Stores;
using Backup.Stores.Http;

namespace Backup.Stores.Azure;

/// <summary>A container and the part of it that is ours: who talks to it, how names are written there, and what goes wrong on the way.</summary>
internal sealed class AzurePlace : IDisposable
{
    /// <summary>Blob names have at most 1,024 characters.</summary>
    private const int LongestPrefix = 1024 - 1 - ObjectName.MaximumLength;

    private readonly HttpClient _http;
    private readonly TimeProvider _time;
    private readonly string _name;

    /// <exception cref="BackupException"><see cref="FailureKind.Usage"/>: URL, container and credentials do not belong together.</exception>
    public AzurePlace(AzureStoreOptions options)
    {
        var container = new UriBuilder(options.Endpoint) { Query = "", Fragment = "", UserName = "", Password = "" };
        container.Path = $"{container.Path.TrimEnd('/')}/{options.Container}";
        var parts = new BlobUriBuilder(container.Uri);
        if (parts.AccountName.Length == 0 || parts.BlobContainerName != options.Container || parts.BlobName.Length > 0)
        {
            throw new BackupException(
                FailureKind.Usage, $"{options.Endpoint.Host} with the container {options.Container} is no address of Azure Blob Storage.",
                "Write account_url as https://ACCOUNT.blob.core.windows.net.");
        }

        Prefix = options.Prefix.Length == 0 ? "" : options.Prefix.Trim('/') + "/";
        if (Prefix.Length > LongestPrefix)
        {
            throw new BackupException(
                FailureKind.Usage, $"The prefix of the container {options.Container} is longer than {LongestPrefix} characters.", "Shorten it.");
        }

        _time = options.Transfer.Time;
        _name = $"container {options.Container} at {options.Endpoint.Authority}";
        _http = TransferHandler.NewClient(options.Transfer);
        Container = Open(container.Uri, parts.AccountName, options.Credentials, options.Endpoint);
        Removing = options.DeleteCredentials is { } other ? Open(container.Uri, parts.AccountName, other, options.Endpoint) : Container;
    }

    /// <summary>With the credentials of every day.</summary>
    public BlobContainerClient Container { get; }

    /// <summary>With those that remove objects.</summary>
    public BlobContainerClient Removing { get; }

    public bool HasOwnRemover => Removing != Container;

    /// <summary>Before every name of ours; empty, or ends in a slash.</summary>
    public string Prefix { get; }

    public DateTimeOffset Now => _time.GetUtcNow();

    public BlockBlobClient Blob(string name) => Container.GetBlockBlobClient(Prefix + name);

    /// <summary>A name as the store says it; null if the blob is none of ours.</summary>
    public string? NameOf(string blob) =>
        blob.StartsWith(Prefix, StringComparison.Ordinal) && ObjectName.IsValid(blob.AsSpan(Prefix.Length)) ? blob[Prefix.Length..] : null;

    /// <summary>A name under <c>tmp/</c> that nobody else has.</summary>
    public static string NewTemporary() => $"{Temporary}examine-{RandomNumberGenerator.GetHexString(16, lowercase: true)}";

    public static string Temporary => ObjectName.Temporary + "/";

    public StoreException Fault(StoreFault fault, string thing, string what) => new(fault, $"{thing} in the {_name} {what}");

    public StoreException Fault(StoreFault fault, string what) => new(fault, $"The {_name} {what}");

    /// <summary>Lets the library do something, and says in the store's words what went wrong.</summary>
    /// <param name="access">What it does.</param>
    /// <param name="thing">To which object, or to all.</param>
    /// <param name="call">The work.</param>
    /// <param name="cancellation">The caller's, which the work heeds.</param>
    public async Task<T> CallAsync<T>(AzureAccess access, string thing, Func<Task<T>> call, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        try
        {
            return await call();
        }
        catch (Exception failure) when (failure is not StoreException)
        {
            // A request that is cancelled ends in different ways.
            cancellation.ThrowIfCancellationRequested();
            throw AzureFault.Of(failure, access, thing, _name, Now);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private BlobContainerClient Open(Uri container, string account, AzureCredentials credentials, Uri endpoint)
    {
        if (credentials.Endpoint is { } named && !AreSame(named, endpoint))
        {
            throw new BackupException(
                FailureKind.Usage, $"The connection string for the {_name} is that of another account.", "Use the account's own, or correct account_url.");
        }

        var (key, sas) = credentials.For(account);
        return key is not null ? new BlobContainerClient(container, key, Options()) : new BlobContainerClient(container, sas, Options());
    }

    private static bool AreSame(Uri one, Uri other) =>
        Uri.Compare(one, other, UriComponents.SchemeAndServer, UriFormat.Unescaped, StringComparison.OrdinalIgnoreCase) == 0 &&
        one.AbsolutePath.TrimEnd('/') == other.AbsolutePath.TrimEnd('/');

    /// <summary>
    /// The store above this one tries again, the handler below it watches for stalls: the library does neither, and tells nobody anything.
    /// </summary>
    private BlobClientOptions Options()
    {
        // Old enough for every service and emulator, new enough for all that is used here.
        var options = new BlobClientOptions(BlobClientOptions.ServiceVersion.V2021_12_02) { Transport = new HttpClientTransport(_http) };
        options.Retry.MaxRetries = 0;
        options.Retry.NetworkTimeout = Timeout.InfiniteTimeSpan;
        options.Diagnostics.IsLoggingEnabled = false;
        options.Diagnostics.IsLoggingContentEnabled = false;
        options.Diagnostics.IsDistributedTracingEnabled = false;
        options.Diagnostics.IsTelemetryEnabled = false;
        options.AddPolicy(new AzureAnswers(), HttpPipelinePosition.PerCall);
        return options;
    }
}
