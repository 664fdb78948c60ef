using System.Net;
using System.Net.Sockets;

namespace Backup.Engine.Policies;

/// <summary>Reads addresses of services, and refuses those that would send data in the open or to the machine's own metadata service.</summary>
internal static class Endpoint
{
    /// <summary>
    /// An http or https address. What is in it is not repeated in a fault: it may hold a password.
    /// </summary>
    /// <param name="fields">The mapping.</param>
    /// <param name="key">Its key.</param>
    /// <param name="bare">Refuse a query and a fragment: an access token would stand there.</param>
    /// <param name="allowInsecure">Plain http to another machine was allowed.</param>
    public static Uri? Read(PolicyFields fields, string key, bool bare, bool allowInsecure)
    {
        if (fields.Text(key) is not { } text)
        {
            return null;
        }

        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Host.Length == 0 ||
            (url.Scheme != Uri.UriSchemeHttps && url.Scheme != Uri.UriSchemeHttp))
        {
            fields.Fault(key, $"'{key}' is no http or https address.", "Write 'https://host', with the port and path if there are any.");
            return null;
        }

        var holdsSecret = url.UserInfo.Length > 0 || (bare && (url.Query.Length > 0 || url.Fragment.Length > 0));
        if (holdsSecret)
        {
            fields.Fault(key, $"'{key}' holds a password, query or token; a policy holds no secrets.", "Put it into the credentials file.");
        }

        CheckHost(fields, key, url.DnsSafeHost);
        if (url.Scheme == Uri.UriSchemeHttp && !url.IsLoopback && !allowInsecure)
        {
            fields.Fault(
                key,
                $"'{key}' is plain http to {url.Host}: credentials and names of objects would travel in the open.",
                "Use https, or write 'allow_insecure: true' beside it.");
        }

        return holdsSecret ? null : url;
    }

    /// <summary>A fault if the host is a link-local address.</summary>
    public static void CheckHost(PolicyFields fields, string key, string host)
    {
        var numeric = host.Length > 0 && (char.IsAsciiDigit(host[0]) || host.Contains(':', StringComparison.Ordinal));
        if (numeric && IPAddress.TryParse(host, out var address) && IsLinkLocal(address))
        {
            fields.Fault(
                key,
                $"'{key}' is the link-local address {address}, where machines serve their own metadata and credentials.",
                "Name the host by a routable address.");
        }
    }

    /// <summary>A host name or address without scheme, user and port.</summary>
    public static string Host(PolicyFields fields, string key)
    {
        var host = fields.RequiredText(key);
        if (host.Length > 0 && Uri.CheckHostName(host) == UriHostNameType.Unknown)
        {
            fields.Fault(
                key,
                $"'{key}' is no host name or address.",
                "Write the host alone, like bk1.example.net; port and user have keys of their own.");
            return "";
        }

        CheckHost(fields, key, host);
        return host;
    }

    public static bool IsLinkLocal(IPAddress address)
    {
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return plain.AddressFamily == AddressFamily.InterNetwork ? plain.GetAddressBytes() is [169, 254, ..] : plain.IsIPv6LinkLocal;
    }
}
