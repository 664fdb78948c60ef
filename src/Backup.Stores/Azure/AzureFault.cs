using System.Globalization;
using Azure;
using Backup.Engine.Stores;
using Backup.Stores.Http;

namespace Backup.Stores.Azure;

/// <summary>What a request does to the store: a refusal means different things.</summary>
internal enum AzureAccess
{
    Read,
    Write,
}

/// <summary>
/// What an answer of the service, or none, means for a store. The codes are those of "Common REST API error codes" and "Blob service error
/// codes". Nothing of an answer but its status, code and number is repeated: its text may hold what the request was signed with.
/// </summary>
internal static class AzureFault
{
    /// <summary>The service refuses what was signed more than 15 minutes from its own time.</summary>
    private static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(15);

    /// <param name="failure">What the library threw.</param>
    /// <param name="access">What was asked for.</param>
    /// <param name="thing">The object, or the place itself.</param>
    /// <param name="place">The container and where it lies, without any query.</param>
    /// <param name="now">This machine's time.</param>
    public static StoreException Of(Exception failure, AzureAccess access, string thing, string place, DateTimeOffset now) => failure switch
    {
        RequestFailedException { Status: > 0 } answer => OfAnswer(answer, access, thing, place, now),
        RequestFailedException or AggregateException when failure.InnerException is { } cause => Of(cause, access, thing, place, now),
        _ => OfConnection(failure, place),
    };

    /// <summary>Whether a put was refused because there is an object of that name.</summary>
    public static bool SaysTaken(RequestFailedException answer) => (answer.Status, answer.ErrorCode) is
        (409, "BlobAlreadyExists") or (412, _) or
        (409, "BlobImmutableDueToPolicy" or "BlobImmutableDueToLegalHold") or // it is there, and locked
        (403, "UnauthorizedBlobOverwrite"); // it is there, and these credentials may only make new ones

    /// <summary>Whether a version may not be removed yet.</summary>
    public static bool SaysLocked(RequestFailedException answer) => answer.ErrorCode is "BlobImmutableDueToPolicy" or "BlobImmutableDueToLegalHold";

    public static bool SaysNoObject(RequestFailedException answer) => (answer.Status, answer.ErrorCode) is (404, "BlobNotFound");

    internal static StoreFault Of(int status, string? code, AzureAccess access) => (status, code) switch
    {
        (404, "ContainerNotFound" or "ResourceNotFound") or (409, "ContainerBeingDeleted" or "ContainerDisabled") => StoreFault.Missing,
        (404, "BlobNotFound") => StoreFault.NotFound,
        (416, _) => StoreFault.Damaged,
        (507, _) => StoreFault.Full,

        // Who is not known may not do anything; who is known may perhaps not do this.
        (401, _) or (403, "AuthenticationFailed" or "InvalidAuthenticationInfo" or "NoAuthenticationInformation" or "AccountIsDisabled") =>
            StoreFault.Denied,

        // Damaged on the way, in its turn, or not now.
        (400, "Md5Mismatch" or "InvalidMd5") or (409, "AccountBeingCreated" or "PendingCopyOperation") or (408 or 429, _) => StoreFault.Unreachable,
        (501, _) => Refused(access),
        ( >= 500 or < 400 or 404 or 407, _) => StoreFault.Unreachable,

        (403, _) => Refused(access),

        // Not the service but something on the way.
        (_, null) => StoreFault.Unreachable,
        _ => Refused(access),
    };

    private static StoreFault Refused(AzureAccess access) => access == AzureAccess.Write ? StoreFault.ReadOnly : StoreFault.Denied;

    private static StoreException OfAnswer(RequestFailedException answer, AzureAccess access, string thing, string place, DateTimeOffset now)
    {
        var code = answer.ErrorCode is { Length: > 0 and <= 64 } named && named.All(char.IsAsciiLetterOrDigit) ? named : null;
        var response = answer.GetRawResponse();
        var fault = Of(answer.Status, code, access);
        var said = $"{answer.Status}{(code is null ? "" : " " + code)}{Number(response)}";
        var message = fault switch
        {
            StoreFault.Missing => $"There is no {place} ({said}).",
            StoreFault.NotFound => $"There is no {thing} in the {place}.",
            StoreFault.Damaged => $"{thing} in the {place} ends before what was asked for.",
            StoreFault.Full => $"The {place} takes no more ({said}).",
            StoreFault.Denied => $"The {place} refuses reading: {said}.{Hint(code, response, now)}",
            StoreFault.ReadOnly => $"The {place} refuses writing: {said}.{Hint(code, response, now)}",
            _ => $"The {place} cannot serve this now: {said}.",
        };

        // Without the library's exception: its text holds headers and body of the answer.
        return new StoreException(fault, message) { RetryAfter = RetryAfter(response, now) };
    }

    private static string Number(Response? response) =>
        response is not null && response.Headers.TryGetValue("x-ms-request-id", out var number) && number.Length <= 64 &&
        number.All(static letter => char.IsAsciiLetterOrDigit(letter) || letter == '-') ? $", request {number}" : "";

    private static string Hint(string? code, Response? response, DateTimeOffset now) => code switch
    {
        "AuthenticationFailed" when response?.Headers.Date is { } date && (now - date).Duration() > Tolerance => string.Create(
            CultureInfo.InvariantCulture,
            $" This machine's clock is {(now - date).Duration().TotalMinutes:0} minutes {(now > date ? "ahead of" : "behind")} the service's: set it."),
        "AuthenticationFailed" => " The key or signature is wrong, expired, or of another account.",
        "AuthorizationPermissionMismatch" or "AuthorizationResourceTypeMismatch" or "AuthorizationServiceMismatch" =>
            " The credentials lack a right for it.",
        "AuthorizationFailure" => " The credentials lack a right for it, or a firewall rule of the account forbids it.",
        "AuthorizationSourceIPMismatch" => " The shared access signature is not valid for this machine's address.",
        "AuthorizationProtocolMismatch" => " The shared access signature is for https only.",
        "BlobArchived" or "BlobBeingRehydrated" =>
            " The object lies in the archive tier: move it to an online tier, and take away the rule that archived it.",
        "BlobImmutableDueToPolicy" or "BlobImmutableDueToLegalHold" => " The object is locked.",
        _ => "",
    };

    /// <summary>In seconds, or until a time.</summary>
    private static TimeSpan? RetryAfter(Response? response, DateTimeOffset now)
    {
        if (response is null || !response.Headers.TryGetValue("Retry-After", out var text))
        {
            return null;
        }

        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds))
        {
            return TimeSpan.FromSeconds(seconds);
        }

        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var until) && until > now
            ? until - now
            : null;
    }

    /// <summary>No answer, or one that the library cannot read. A certificate does not become right by asking again.</summary>
    private static StoreException OfConnection(Exception failure, string place)
    {
        if (CertificateFault.Of(failure) is { } certificate)
        {
            return new StoreException(StoreFault.Denied, $"The server of the {place} shows a certificate that {certificate}.", failure);
        }

        return failure is TimeoutException or IOException or HttpRequestException
            ? new StoreException(StoreFault.Unreachable, $"The {place} does not answer: {failure.Message}", failure)
            : new StoreException(StoreFault.Unreachable, $"The {place} gives an answer that cannot be read ({failure.GetType().Name}).");
    }
}
