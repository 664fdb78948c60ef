using System.Globalization;

namespace Backup.Engine.Policies;

/// <summary>
/// Prints a policy as it was understood: YAML again, defaults filled in, paths absolute, always the same text for the same meaning. It names where secrets
/// are and holds none: of an alert's address only the host is shown, of a passphrase command only the program.
/// </summary>
public static class PolicyText
{
    /// <summary>The whole policy.</summary>
    public static string Show(Policy policy)
    {
        var text = new YamlText();
        text.Line("version", "1");
        text.Text("state", policy.State);
        text.Section("logs", () =>
        {
            text.Text("otlp", policy.Logs.Otlp?.AbsoluteUri);
            Insecure(text, policy.Logs.Otlp);
        });
        text.Section("service", () => text.Text("listen", policy.Service.Listen.ToString()));
        if (policy.Tenants is [var only])
        {
            text.Text("tenant", only.Id);
            Show(text, only);
        }
        else
        {
            text.Section("tenants", () =>
            {
                foreach (var tenant in policy.Tenants)
                {
                    text.Section(tenant.Id, () => Show(text, tenant));
                }
            });
        }

        return text.ToString();
    }

    private static void Show(YamlText text, Tenant tenant)
    {
        text.Section("keys", () => Keys(text, tenant.Keys));
        text.List("sites", tenant.Sites, site => SiteText.Show(text, site));
        text.Section("placement", () =>
        {
            text.Number("cities", tenant.Placement.Cities);
            text.Texts("countries", tenant.Placement.Countries);
            text.Line("min_distance_km", tenant.Placement.MinDistanceKm.ToString(CultureInfo.InvariantCulture));
        });
        text.Section("limits", () =>
        {
            text.Size("memory", tenant.Limits.Memory);
            text.Rate("upload", tenant.Limits.Upload);
            text.Rate("download", tenant.Limits.Download);
            text.Size("spool", tenant.Limits.Spool);
            text.Duration("wait", tenant.Limits.Wait);
        });
        text.List("sources", tenant.Sources, source => SourceText.Show(text, source));
        text.Section("classes", () =>
        {
            foreach (var each in tenant.Classes)
            {
                text.Section(each.Name, () => Class(text, each), always: true);
            }
        });
        text.Text("subjects_file", tenant.SubjectsFile);
        Service(text, tenant);
        text.Flag("processor", tenant.Processor);
    }

    private static void Service(YamlText text, Tenant tenant)
    {
        text.Section("erasure", () =>
        {
            text.Number("approvers", tenant.Erasure.Approvers);
            text.Line("cooling_off", tenant.Erasure.CoolingOff.ToString());
            text.Number("per_day", tenant.Erasure.PerDay);
            text.Line("watch", tenant.Erasure.Watch.ToString());
        });
        text.Section("verify", () => text.Line("within", tenant.Verify.Within.ToString()));
        text.Section("gc", () =>
        {
            text.Duration("grace", tenant.Gc.Grace);
            text.Line("max_delete", tenant.Gc.MaxDelete.ToString(CultureInfo.InvariantCulture) + "%");
        });
        text.Section("schedule", () =>
        {
            text.Text("backup", tenant.Schedule.Backup);
            text.Text("verify", tenant.Schedule.Verify);
            text.Text("drill", tenant.Schedule.Drill);
            text.Text("forget", tenant.Schedule.Forget);
        });
        text.Section("alerts", () => Alerts(text, tenant.Alerts));
    }

    private static void Keys(YamlText text, KeysConfig? keys)
    {
        text.Text("passphrase_file", keys?.PassphraseFile);
        text.Texts("passphrase_command", keys?.PassphraseCommand is { } command ? [Program(command), "…"] : []);
        text.Text("passphrase_credential", keys?.PassphraseCredential);
        text.Line("passphrase_fd", keys?.PassphraseFd?.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>Of a line for the shell the first word; arguments may hold what they should not.</summary>
    private static string Program(IReadOnlyList<string> command) => command is ["/bin/sh", "-c", var line] ? line.Split(' ', 2)[0] : command[0];

    private static void Class(YamlText text, RetentionClass each)
    {
        text.Section("keep", () =>
        {
            text.Count("last", each.Keep.Last);
            text.Count("hourly", each.Keep.Hourly);
            text.Count("daily", each.Keep.Daily);
            text.Count("weekly", each.Keep.Weekly);
            text.Count("monthly", each.Keep.Monthly);
            text.Count("yearly", each.Keep.Yearly);
        });
        text.Line("delete_after", each.DeleteAfter?.ToString());
        text.Line("retain_until", each.RetainUntil?.ToString());
        var counts = each.Starts is not null && (each.RetainUntil ?? each.DeleteAfter) is not null;
        text.Line("from", each.From == RetentionStart.YearEnd ? "year_end" : counts ? "event" : null);
        text.Text("starts", each.Starts);
        text.Text("basis", each.Basis);
    }

    private static void Alerts(YamlText text, AlertsConfig alerts)
    {
        if (alerts.Mail is { } mail)
        {
            text.Section("mail", () =>
            {
                text.Texts("to", mail.To);
                text.Text("from", mail.From);
                var host = mail.SmtpHost.Contains(':', StringComparison.Ordinal) ? $"[{mail.SmtpHost}]" : mail.SmtpHost;
                text.Text("smtp", $"{host}:{mail.SmtpPort}");
                text.Text("credentials_file", mail.CredentialsFile);
            });
        }

        if (alerts.Webhook is { } webhook)
        {
            text.Section("webhook", () =>
            {
                text.Text("url", Masked(webhook.Url));
                Insecure(text, webhook.Url);
                text.Texts("on", webhook.On.Select(kind => AlertsReader.Kinds[(int)kind]).ToList());
            });
        }

        if (alerts.Heartbeat is { } heartbeat)
        {
            text.Section("heartbeat", () =>
            {
                text.Text("url", Masked(heartbeat.Url));
                Insecure(text, heartbeat.Url);
            });
        }
    }

    /// <summary>Such an address passed the reader only because it was allowed.</summary>
    private static void Insecure(YamlText text, Uri? url)
    {
        if (url is { IsLoopback: false } && url.Scheme == Uri.UriSchemeHttp)
        {
            text.Flag("allow_insecure", value: true);
        }
    }

    private static string Masked(Uri url) => url.GetLeftPart(UriPartial.Authority) + (url.PathAndQuery.Length > 1 ? "/…" : "/");
}
