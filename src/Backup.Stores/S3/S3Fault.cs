using System.Globalization;
using System.Net;
using Amazon.Runtime;
using Amazon.Runtime.Internal;
using Amazon.S3;
using Backup.Engine.Stores;
using Backup.Stores.Http;

namespace Backup.Stores.S3;

/// <summary>What an answer of an S3 service means. Texts name codes and this program's own words only: a service may repeat what it was sent.</summary>
internal static class S3Fault
{
    /// <summary>The fault as the contract of the store has it.</summary>
    /// <param name="failure">What the SDK threw.</param>
    /// <param name="what">What was to be done, as in "read packs/3f/3f0a".</param>
    /// <param name="place">Bucket and host.</param>
    /// <param name="writes">Whether it was a write: then a missing right is a matter of writing only.</param>
    public static StoreException Of(Exception failure, string what, string place, bool writes) => failure switch
    {
        StoreException classified => classified,
        AmazonS3Exception answer => Of(answer, what, place, writes),
        _ when CertificateFault.Of(failure) is { } certificate => new StoreException(
            StoreFault.Denied, $"The server of {place} shows a certificate that {certificate}.", failure),
        _ => new StoreException(StoreFault.Unreachable, $"{place} gave no usable answer to: {what} ({Reason(failure)}).", failure),
    };

    /// <summary>Whether the name is taken.</summary>
    public static bool IsTaken(AmazonS3Exception answer) => answer.StatusCode == HttpStatusCode.PreconditionFailed;

    /// <summary>Whether the service does not know the condition that was sent with it.</summary>
    public static bool IsConditionUnknown(AmazonS3Exception answer) => answer.StatusCode == HttpStatusCode.NotImplemented;

    private static StoreException Of(AmazonS3Exception answer, string what, string place, bool writes)
    {
        var code = $"{(int)answer.StatusCode} {answer.ErrorCode}".TrimEnd();
        var (fault, text) = answer.ErrorCode switch
        {
            "NoSuchBucket" => (StoreFault.Missing, "there is no such bucket; make it, the program never does"),
            "NoSuchKey" or "NoSuchVersion" => (StoreFault.NotFound, "it is not there"),
            "InvalidRange" => (StoreFault.Damaged, "it is shorter than it must be"),
            "BadDigest" or "XAmzContentSHA256Mismatch" or "IncompleteBody" => (StoreFault.Unreachable, "what arrived was not what was sent"),
            "QuotaExceeded" or "XMinioStorageFull" or "InsufficientStorage" or "StorageFull" => (StoreFault.Full, "it is full, or a quota is used up"),
            "RequestTimeTooSkewed" => (StoreFault.Denied, "this machine's clock and the store's differ by too much; correct the clock"),
            "SignatureDoesNotMatch" or "InvalidAccessKeyId" or "InvalidToken" or "ExpiredToken" =>
                (StoreFault.Denied, "the credentials are refused; correct the credentials file"),
            "AuthorizationHeaderMalformed" or "PermanentRedirect" or "TemporaryRedirect" =>
                (StoreFault.Denied, "the bucket lies elsewhere; correct `endpoint` and `region`"),
            "RequestTimeout" => (StoreFault.Unreachable, "what was sent did not arrive in time"),
            _ when answer.StatusCode == HttpStatusCode.BadRequest && string.IsNullOrEmpty(answer.RequestId) =>
                (StoreFault.Unreachable, "what arrived was no request"),
            _ => Of(answer.StatusCode, writes),
        };
        return new StoreException(fault, $"{place} did not {what}: {text} ({code}).", answer) { RetryAfter = RetryAfter(answer) };
    }

    private static (StoreFault Fault, string Text) Of(HttpStatusCode status, bool writes) => status switch
    {
        HttpStatusCode.NotFound => (StoreFault.NotFound, "it is not there"),
        HttpStatusCode.RequestedRangeNotSatisfiable => (StoreFault.Damaged, "it is shorter than it must be"),
        HttpStatusCode.InsufficientStorage => (StoreFault.Full, "it is full"),
        HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden when writes => (StoreFault.ReadOnly, "the credentials do not allow it"),
        HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => (StoreFault.Denied, "the credentials do not allow it"),
        HttpStatusCode.Conflict => (StoreFault.Unreachable, "another request was in the way"),
        HttpStatusCode.BadRequest or HttpStatusCode.MethodNotAllowed or HttpStatusCode.NotImplemented =>
            (writes ? StoreFault.ReadOnly : StoreFault.Denied, "the service does not take such a request"),
        HttpStatusCode.MovedPermanently or HttpStatusCode.Redirect or HttpStatusCode.RedirectKeepVerb =>
            (StoreFault.Denied, "it sends the request to another host, which is not followed; correct `endpoint`"),
        _ => (StoreFault.Unreachable, "it could not now"),
    };

    private static TimeSpan? RetryAfter(AmazonServiceException answer) =>
        answer.InnerException is HttpErrorResponseException { Response: { } response } && response.IsHeaderPresent("Retry-After") &&
        int.TryParse(response.GetHeaderValue("Retry-After"), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            ? TimeSpan.FromSeconds(seconds)
            : null;

    private static string Reason(Exception failure)
    {
        var cause = failure;
        while (cause is AmazonClientException or HttpRequestException && cause.InnerException is { } inner)
        {
            cause = inner;
        }

        return cause is OperationCanceledException or AmazonClientException ? cause.GetType().Name : cause.Message.TrimEnd('.');
    }
}
