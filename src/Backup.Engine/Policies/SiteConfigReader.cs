using System.Globalization;

namespace Backup.Engine.Policies;

/// <summary>Reads one site.</summary>
internal static class SiteConfigReader
{
    public static readonly string[] LocalKeys = [.. CommonKeys, "path"];

    public static readonly string[] SftpKeys =
        [.. CommonKeys, "host", "port", "user", "path", "key_file", "password_file", "known_hosts", "connections", "delete_credentials_file"];

    public static readonly string[] S3Keys = [.. CommonKeys, .. CloudKeys, "endpoint", "region", "bucket", "path_style"];

    public static readonly string[] AzureKeys = [.. CommonKeys, .. CloudKeys, "account_url", "container"];

    public static readonly string[] CertificateKeys = ["number", "until"];
    public static readonly string[] LockKeys = ["mode", "days"];

    private const int LongestSecretLockDays = 30;

    private static readonly PolicyKind[] Kinds =
        [new("local", LocalKeys, null), new("sftp", SftpKeys, "host"), new("s3", S3Keys, "bucket"), new("azure", AzureKeys, "container")];

    /// <summary>In the order of <see cref="ObjectLockMode"/>.</summary>
    private static readonly string[] LockModes = ["compliance", "governance"];

    private static string[] CommonKeys => ["id", "kind", "city", "country", "location", "operator", "certificate", "upload", "download", "secrets"];

    private static string[] CloudKeys => ["prefix", "credentials_file", "delete_credentials_file", "lock", "secret_lock", "allow_insecure"];

    /// <summary>The site with its mapping, or null if it is no mapping.</summary>
    public static LocatedSite? Read(PolicyNode node, PolicyReading reading)
    {
        if (PolicyKinds.Read(node, "a site", Kinds, reading) is not { } fields)
        {
            return null;
        }

        var id = PolicyKinds.Id(fields, "id");
        SiteConfig site = fields.Kind switch
        {
            "local" => new LocalSiteConfig { Id = id, City = City(fields), Country = Country(fields), Path = LocalPath(fields) },
            "sftp" => Sftp(fields, id),
            "s3" => S3(fields, id),
            "azure" => Azure(fields, id),
            _ => new UnknownSiteConfig { Id = id, City = City(fields), Country = Country(fields) },
        };
        site = site with
        {
            Location = LocationOf(fields),
            Operator = fields.Text("operator"),
            Certificate = CertificateOf(fields),
            Upload = fields.Rate("upload"),
            Download = fields.Rate("download"),
            Secrets = site is LocalSiteConfig ? fields.FilePath("secrets") : fields.Text("secrets"),
        };
        return new LocatedSite(reading.Tenant, site, fields);
    }

    private static SftpSiteConfig Sftp(PolicyFields fields, string id)
    {
        if (fields.Has("key_file") == fields.Has("password_file"))
        {
            fields.Faults.Add(
                fields.Node,
                "An sftp site needs exactly one of 'key_file' and 'password_file'.",
                "Name the private key, or the file with the password.");
        }

        _ = fields.Require("known_hosts");
        return new SftpSiteConfig
        {
            Id = id,
            City = City(fields),
            Country = Country(fields),
            Host = Endpoint.Host(fields, "host"),
            Port = fields.Integer("port", 22, 1, 65_535),
            User = fields.RequiredText("user"),
            Path = RemotePath(fields),
            KeyFile = fields.File("key_file", PolicyPart.Site, id, secret: true),
            PasswordFile = fields.File("password_file", PolicyPart.Site, id, secret: true),
            KnownHosts = fields.File("known_hosts", PolicyPart.Site, id, secret: false) ?? "",
            Connections = fields.Integer("connections", 4, 1, 32),
            DeleteCredentialsFile = fields.File("delete_credentials_file", PolicyPart.Site, id, secret: true),
        };
    }

    private static S3SiteConfig S3(PolicyFields fields, string id)
    {
        var secretLock = SecretLock(fields);
        return new S3SiteConfig
        {
            Id = id,
            City = City(fields),
            Country = Country(fields),
            Endpoint = Url(fields, "endpoint"),
            Region = fields.Text("region") ?? "us-east-1",
            Bucket = BucketName(fields, "bucket"),
            Prefix = Prefix(fields),
            PathStyle = fields.Flag("path_style", otherwise: true),
            CredentialsFile = Credentials(fields, id),
            DeleteCredentialsFile = fields.File("delete_credentials_file", PolicyPart.Site, id, secret: true),
            Lock = LockOf(fields),
            SecretLock = secretLock,
            AllowInsecure = fields.Flag("allow_insecure"),
        };
    }

    private static AzureSiteConfig Azure(PolicyFields fields, string id)
    {
        var secretLock = SecretLock(fields);
        return new AzureSiteConfig
        {
            Id = id,
            City = City(fields),
            Country = Country(fields),
            Endpoint = Url(fields, "account_url"),
            Container = BucketName(fields, "container"),
            Prefix = Prefix(fields),
            CredentialsFile = Credentials(fields, id),
            DeleteCredentialsFile = fields.File("delete_credentials_file", PolicyPart.Site, id, secret: true),
            Lock = LockOf(fields),
            SecretLock = secretLock,
            AllowInsecure = fields.Flag("allow_insecure"),
        };
    }

    private static string City(PolicyFields fields)
    {
        var city = fields.RequiredText("city").Trim();
        if (city.Length > 0 && (city.Length > 100 || !city.Any(char.IsLetter)))
        {
            fields.Fault("city", $"'city' is {PolicyReading.Quote(city)}, which is no name of a city.", "Write the city's name, like Unna.");
            return "";
        }

        return city;
    }

    private static string Country(PolicyFields fields)
    {
        _ = fields.Require("country");
        return fields.Formed("country", Countries.Form, Countries.IsCode) ? fields.Text("country")! : "";
    }

    private static string LocalPath(PolicyFields fields)
    {
        _ = fields.Require("path");
        var path = fields.FilePath("path") ?? "";
        if (path == "/")
        {
            fields.Fault("path", "'path' is '/': a site needs a folder of its own.", "Name a folder, like /srv/backup.");
            return "";
        }

        return path;
    }

    private static string RemotePath(PolicyFields fields)
    {
        var path = fields.RequiredText("path");
        var parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        if (path.Length > 0 && (parts.Length == 0 || parts.Contains("..", StringComparer.Ordinal) || parts is ["~", ..]))
        {
            fields.Fault(
                "path",
                $"'path' is {PolicyReading.Quote(path)}; a site needs a folder of its own, named without '..' and '~'.",
                "Write it relative to the login folder, or from '/'.");
            return "";
        }

        return (path.StartsWith('/') ? "/" : "") + string.Join('/', parts.Where(part => part != "."));
    }

    private static string Prefix(PolicyFields fields)
    {
        var parts = (fields.Text("prefix") ?? "").Split('/', StringSplitOptions.RemoveEmptyEntries);
        if (parts.Any(part => part is "." or ".."))
        {
            fields.Fault("prefix", "'prefix' holds '.' or '..'.", "Write words with '/' between them.");
        }

        return string.Join('/', parts);
    }

    private static string BucketName(PolicyFields fields, string key)
    {
        var name = fields.RequiredText(key);
        var valid = name.Length is 0 or (>= 3 and <= 63) && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_');
        if (!valid)
        {
            fields.Fault(
                key,
                $"'{key}' is {PolicyReading.Quote(name)}, which is no name of a {key}.",
                "Write 3 to 63 letters, digits, '-' or '.'; folders in it go into 'prefix'.");
        }

        return name;
    }

    private static Uri Url(PolicyFields fields, string key)
    {
        _ = fields.Require(key);
        return Endpoint.Read(fields, key, bare: true, fields.Flag("allow_insecure")) ?? new Uri("https://invalid");
    }

    private static string Credentials(PolicyFields fields, string id)
    {
        _ = fields.Require("credentials_file");
        return fields.File("credentials_file", PolicyPart.Site, id, secret: true) ?? "";
    }

    private static Location? LocationOf(PolicyFields fields)
    {
        if (fields.Find("location") is not { } node)
        {
            return null;
        }

        if (node is ListNode { Items: [ScalarNode latitude, ScalarNode longitude] } &&
            TryDegrees(latitude, 90, out var north) && TryDegrees(longitude, 180, out var east))
        {
            return new Location(north, east);
        }

        fields.Faults.Add(
            node,
            "'location' is a list of latitude (-90 to 90) and longitude (-180 to 180) in degrees.",
            "Write it like [51.535, 7.689].");
        return null;
    }

    private static bool TryDegrees(ScalarNode node, double most, out double degrees) =>
        double.TryParse(node.Text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out degrees) &&
        node.Plain && Math.Abs(degrees) <= most;

    private static SiteCertificate? CertificateOf(PolicyFields fields)
    {
        if (fields.Find("certificate") is not { } node || PolicyFields.Of(node, "a certificate", CertificateKeys, fields.Reading) is not { } certificate)
        {
            return null;
        }

        _ = certificate.Require("until");
        var until = DateOnly.MinValue;
        certificate.Formed("until", "a date, like 2027-05-31", text => text.Length == 10 && Period.TryParse(text, out _, out until));
        return new SiteCertificate(certificate.RequiredText("number"), until);
    }

    private static ObjectLock? LockOf(PolicyFields fields)
    {
        if (fields.Find("lock") is not { } node || PolicyFields.Of(node, "a lock", LockKeys, fields.Reading) is not { } options)
        {
            return null;
        }

        _ = options.Require("mode");
        _ = options.Require("days");
        return new ObjectLock((ObjectLockMode)options.Word("mode", 0, LockModes), options.Integer("days", 30, 1, 36_500));
    }

    private static TimeSpan SecretLock(PolicyFields fields)
    {
        var span = fields.Duration("secret_lock", TimeSpan.FromDays(3));
        if (fields.Has("secret_lock") && !fields.Has("lock"))
        {
            fields.Fault("secret_lock", "'secret_lock' stands without 'lock'.", "Add 'lock: { mode: compliance, days: 30 }', or remove it.");
        }

        if (span < TimeSpan.FromDays(1) || span > TimeSpan.FromDays(LongestSecretLockDays))
        {
            fields.Fault(
                "secret_lock",
                $"'secret_lock' is {Quantity.Format(span)}; it delays every erasure by that time.",
                $"Write 1d to {LongestSecretLockDays}d; 3d is the default.");
        }

        return span;
    }
}
