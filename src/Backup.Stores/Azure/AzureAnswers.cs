using Azure.Core;
using Azure.Core.Pipeline;

namespace Backup.Stores.Azure;

/// <summary>
/// Takes an answer for the service's only if it carries the number that the service gives each request: a page of a proxy or of a login, with
/// a status of success or "not found", says nothing about any object.
/// </summary>
internal sealed class AzureAnswers : HttpPipelineSynchronousPolicy
{
    /// <inheritdoc/>
    public override void OnReceivedResponse(HttpMessage message)
    {
        if (message.Response.Status is (>= 200 and < 300) or 404 && !message.Response.Headers.Contains("x-ms-request-id"))
        {
            throw new IOException($"Something else than the service answered, with status {message.Response.Status}.");
        }
    }
}
