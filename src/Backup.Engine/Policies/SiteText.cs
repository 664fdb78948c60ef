using System.Globalization;

namespace Backup.Engine.Policies;

/// <summary>Prints one site.</summary>
internal static class SiteText
{
    public static void Show(YamlText text, SiteConfig site)
    {
        text.Text("id", site.Id);
        text.Text("kind", site.Kind);
        switch (site)
        {
            case LocalSiteConfig local:
                text.Text("path", local.Path);
                break;
            case SftpSiteConfig sftp:
                Sftp(text, sftp);
                break;
            case CloudSiteConfig cloud:
                Cloud(text, cloud);
                break;
        }

        text.Text("secrets", site.Secrets);
        text.Rate("upload", site.Upload);
        text.Rate("download", site.Download);
        text.Text("city", site.City);
        text.Text("country", site.Country);
        if (site.Location is { } location)
        {
            text.Line("location", string.Create(CultureInfo.InvariantCulture, $"[{location.Latitude:0.######}, {location.Longitude:0.######}]"));
        }

        text.Text("operator", site.Operator);
        if (site.Certificate is { } certificate)
        {
            text.Section("certificate", () =>
            {
                text.Text("number", certificate.Number);
                text.Line("until", certificate.Until.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
            });
        }
    }

    private static void Sftp(YamlText text, SftpSiteConfig site)
    {
        text.Text("host", site.Host);
        text.Number("port", site.Port);
        text.Text("user", site.User);
        text.Text("path", site.Path);
        text.Text("key_file", site.KeyFile);
        text.Text("password_file", site.PasswordFile);
        text.Text("known_hosts", site.KnownHosts);
        text.Number("connections", site.Connections);
        text.Text("delete_credentials_file", site.DeleteCredentialsFile);
    }

    private static void Cloud(YamlText text, CloudSiteConfig site)
    {
        if (site is S3SiteConfig s3)
        {
            text.Text("endpoint", s3.Endpoint.AbsoluteUri);
            text.Text("region", s3.Region);
            text.Text("bucket", s3.Bucket);
            text.Flag("path_style", s3.PathStyle);
        }
        else if (site is AzureSiteConfig azure)
        {
            text.Text("account_url", azure.Endpoint.AbsoluteUri);
            text.Text("container", azure.Container);
        }

        text.Text("prefix", site.Prefix.Length > 0 ? site.Prefix : null);
        text.Text("credentials_file", site.CredentialsFile);
        text.Text("delete_credentials_file", site.DeleteCredentialsFile);
        text.Flag("allow_insecure", site.AllowInsecure);
        if (site.Lock is { } held)
        {
            text.Section("lock", () =>
            {
                text.Text("mode", held.Mode == ObjectLockMode.Compliance ? "compliance" : "governance");
                text.Number("days", held.Days);
            });
            text.Duration("secret_lock", site.SecretLock);
        }
    }
}
