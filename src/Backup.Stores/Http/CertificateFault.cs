using System.Security.Authentication;

namespace Backup.Stores.Http;

/// <summary>What is wrong with the certificate of a server. It does not become right by asking again.</summary>
internal static class CertificateFault
{
    /// <summary>As the end of a sentence about the certificate; null if the failure is another.</summary>
    public static string? Of(Exception failure)
    {
        for (var cause = failure; cause is not null; cause = cause.InnerException)
        {
            if (cause is AuthenticationException && cause.Message.Contains("certificate", StringComparison.OrdinalIgnoreCase))
            {
                return Text(cause.Message);
            }
        }

        return null;
    }

    private static string Text(string message) => message switch
    {
        _ when message.Contains("RemoteCertificateNameMismatch", StringComparison.Ordinal) => "is for another host: check the address in the policy",
        _ when message.Contains("NotTimeValid", StringComparison.Ordinal) => "has expired or is not valid yet: renew it there, or set the clock here",
        _ when message.Contains("Revoked", StringComparison.Ordinal) => "was revoked",
        _ => "nobody trusted by this machine has signed: install its authority's certificate here",
    };
}
