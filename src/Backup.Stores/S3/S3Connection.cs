using Amazon.Runtime;
using Amazon.S3;
using Backup.Stores.Http;

namespace Backup.Stores.S3;

/// <summary>Makes clients that do one request at a call: retries, deadlines and pace are this program's own.</summary>
internal static class S3Connection
{
    public static AmazonS3Client Open(S3StoreOptions options, S3Credentials credentials, HttpClient http) => new(
        new BasicAWSCredentials(credentials.AccessKey, credentials.SecretKey),
        new AmazonS3Config
        {
            ServiceURL = options.Endpoint.AbsoluteUri,
            AuthenticationRegion = options.Region,
            ForcePathStyle = options.PathStyle,
            HttpClientFactory = new OneClient(http),
            MaxErrorRetry = 0,
            ThrottleRetries = false,
            Timeout = Timeout.InfiniteTimeSpan,

            // The checksum trailers that the SDK would send are unknown to Ceph, R2 and B2; Content-MD5 is understood by all.
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
            ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,

            // Nothing is taken from this machine's own settings of the SDK.
            DefaultConfigurationMode = Amazon.Runtime.DefaultConfigurationMode.Standard,
            IgnoreConfiguredEndpointUrls = true,
            DisableLogging = true,
        });

    public static HttpClient NewHttp(S3StoreOptions options) => TransferHandler.NewClient(options.Transfer);

    private sealed class OneClient(HttpClient http) : HttpClientFactory
    {
        public override HttpClient CreateHttpClient(IClientConfig clientConfig) => http;

        public override bool DisposeHttpClientsAfterUse(IClientConfig clientConfig) => false;

        public override bool UseSDKHttpClientCaching(IClientConfig clientConfig) => false;
    }
}
