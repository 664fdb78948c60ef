using System.Globalization;

namespace Backup.Engine.Policies;

/// <summary>Reads whom to tell.</summary>
internal static class AlertsReader
{
    public static readonly string[] Keys = ["mail", "webhook", "heartbeat"];
    public static readonly string[] MailKeys = ["to", "from", "smtp", "credentials_file"];
    public static readonly string[] WebhookKeys = ["url", "on", "allow_insecure"];
    public static readonly string[] HeartbeatKeys = ["url", "allow_insecure"];

    /// <summary>The words of <c>on:</c>, in the order of <see cref="AlertKind"/>.</summary>
    public static readonly string[] Kinds = ["failed", "degraded", "damage", "overdue", "drill", "erasure", "access", "hold", "certificate", "sheet"];

    private const int SubmissionPort = 587;

    private static readonly char[] NotInAddresses = [' ', '<', '>', ',', ';'];

    public static AlertsConfig Read(PolicyNode? node, PolicyReading reading)
    {
        return node is null || PolicyFields.Of(node, "the alerts", Keys, reading) is not { } fields ? new AlertsConfig() : new AlertsConfig
        {
            Mail = Part(fields, "mail", MailKeys) is { } mail ? Mail(mail) : null,
            Webhook = Part(fields, "webhook", WebhookKeys) is { } webhook ? Webhook(webhook) : null,
            Heartbeat = Part(fields, "heartbeat", HeartbeatKeys) is { } heartbeat && Url(heartbeat) is { } url
                ? new HeartbeatConfig(url)
                : null,
        };
    }

    private static PolicyFields? Part(PolicyFields fields, string key, string[] known) =>
        fields.Find(key) is { } node ? PolicyFields.Of(node, $"the {key} alert", known, fields.Reading) : null;

    private static MailConfig Mail(PolicyFields fields)
    {
        var to = fields.Texts("to", required: true);
        foreach (var address in fields.Text("from") is { } from ? to.Append(from) : to)
        {
            if (!SubjectIdentifier.TryNormalize($"email:{address}", out _, out _) || Array.Exists(NotInAddresses, address.Contains))
            {
                fields.Fault(
                    to.Contains(address, StringComparer.Ordinal) ? "to" : "from",
                    $"{PolicyReading.Quote(address)} is no mail address.",
                    "Write the address alone, like it@example.net.");
            }
        }

        var (host, port) = Smtp(fields);
        return new MailConfig
        {
            To = to,
            From = fields.Text("from"),
            SmtpHost = host,
            SmtpPort = port,
            CredentialsFile = fields.File("credentials_file", PolicyPart.Alerts, null, secret: true),
        };
    }

    private static (string Host, int Port) Smtp(PolicyFields fields)
    {
        var text = fields.RequiredText("smtp");
        var colon = text.LastIndexOf(':');
        // An IPv6 address has colons of its own: there a port stands behind the bracket.
        var bracketed = text.StartsWith('[');
        var hasPort = colon > 0 && (bracketed ? text[colon - 1] == ']' : text.IndexOf(':', StringComparison.Ordinal) == colon);
        var host = (hasPort ? text[..colon] : text).Trim('[', ']');
        var port = SubmissionPort;
        var valid = !hasPort ||
            (int.TryParse(text[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out port) && port is > 0 and <= 65_535);
        if (text.Length > 0 && (!valid || Uri.CheckHostName(host) == UriHostNameType.Unknown))
        {
            fields.Fault("smtp", $"'smtp' is {PolicyReading.Quote(text)}, which is no host and port.", "Write it like smtp.example.net:587.");
        }

        return (host, port);
    }

    private static WebhookConfig? Webhook(PolicyFields fields)
    {
        var (url, on) = (Url(fields), On(fields));
        return url is null ? null : new WebhookConfig(url, on);
    }

    private static Uri? Url(PolicyFields fields)
    {
        _ = fields.Require("url");
        return Endpoint.Read(fields, "url", bare: false, fields.Flag("allow_insecure"));
    }

    private static AlertKind[] On(PolicyFields fields)
    {
        var on = new bool[Kinds.Length];
        foreach (var item in fields.Items("on"))
        {
            if (fields.TextOf(item, "each item of 'on'") is not { } word)
            {
                continue;
            }

            var kind = Array.IndexOf(Kinds, word);
            if (kind < 0)
            {
                fields.Faults.Add(
                    item,
                    $"No alert is called {PolicyReading.Quote(word)}.",
                    $"Write '{KnownKeys.Nearest(word, Kinds)}', or another of: {string.Join(", ", Kinds)}.");
                continue;
            }

            on[kind] = true;
        }

        var count = 0;
        foreach (var set in on)
        {
            count += set ? 1 : 0;
        }

        var kinds = new AlertKind[count > 0 ? count : on.Length];
        for (int kind = 0, next = 0; kind < on.Length; kind++)
        {
            if (count == 0 || on[kind])
            {
                kinds[next++] = (AlertKind)kind;
            }
        }

        return kinds;
    }
}
