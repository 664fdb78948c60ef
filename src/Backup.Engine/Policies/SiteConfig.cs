namespace Backup.Engine.Policies;

/// <summary>A store in a named city, as the policy describes it.</summary>
public abstract record SiteConfig
{
    public required string Id { get; init; }

    /// <summary><c>local</c>, <c>sftp</c>, <c>s3</c> or <c>azure</c>.</summary>
    public abstract string Kind { get; }

    public required string City { get; init; }

    /// <summary>ISO 3166-1 alpha-2, upper case.</summary>
    public required string Country { get; init; }

    /// <summary>Null if the policy names none; then <see cref="PlacementConfig.MinDistanceKm"/> is 0.</summary>
    public Location? Location { get; init; }

    /// <summary>Who runs the site, for the records.</summary>
    public string? Operator { get; init; }

    public SiteCertificate? Certificate { get; init; }

    /// <summary>How many objects are on their way to or from the site at once.</summary>
    public virtual int Connections { get; init; } = 1;

    /// <summary>Bytes per second to the site; null: unlimited.</summary>
    public long? Upload { get; init; }

    /// <summary>Bytes per second from the site; null: unlimited.</summary>
    public long? Download { get; init; }

    /// <summary>Another folder, bucket or container for the erasable prefixes, where the site's own cannot delete for good.</summary>
    public string? Secrets { get; init; }
}

/// <summary>A folder of this machine.</summary>
public sealed record LocalSiteConfig : SiteConfig
{
    public override string Kind => "local";

    /// <summary>Absolute.</summary>
    public required string Path { get; init; }
}

/// <summary>A folder of an SSH server.</summary>
public sealed record SftpSiteConfig : SiteConfig
{
    public override string Kind => "sftp";

    public required string Host { get; init; }

    /// <summary>Default 22.</summary>
    public int Port { get; init; } = 22;

    public required string User { get; init; }

    /// <summary>Relative to the login folder, unless it begins with '/'.</summary>
    public required string Path { get; init; }

    /// <summary>Absolute path of the private key; null if a password serves.</summary>
    public string? KeyFile { get; init; }

    /// <summary>Absolute path of the password; null if a key serves.</summary>
    public string? PasswordFile { get; init; }

    /// <summary>Absolute path of a file in OpenSSH's format.</summary>
    public required string KnownHosts { get; init; }

    /// <summary>Connections open at once. Default 4.</summary>
    public override int Connections { get; init; } = 4;

    /// <summary>Absolute path of other credentials that may delete; null: the usual ones may.</summary>
    public string? DeleteCredentialsFile { get; init; }
}

/// <summary>What S3 and Azure sites have in common.</summary>
public abstract record CloudSiteConfig : SiteConfig
{
    /// <inheritdoc/>
    /// <remarks>Default 8: enough to hide the way to and back from a far city, and few enough for a small service.</remarks>
    public override int Connections { get; init; } = 8;

    public required Uri Endpoint { get; init; }

    /// <summary>Begins every object's name, without a slash at either end; may be empty.</summary>
    public string Prefix { get; init; } = "";

    /// <summary>Absolute path.</summary>
    public required string CredentialsFile { get; init; }

    /// <summary>Absolute path of other credentials that may delete; null: the usual ones may.</summary>
    public string? DeleteCredentialsFile { get; init; }

    /// <summary>Object lock of the prefixes that may be locked; null: none.</summary>
    public ObjectLock? Lock { get; init; }

    /// <summary>The short lock of the erasable prefixes where <see cref="Lock"/> is set. Default 3 days.</summary>
    public TimeSpan SecretLock { get; init; } = TimeSpan.FromDays(3);

    /// <summary>Plain http to a host that is not this machine was allowed explicitly.</summary>
    public bool AllowInsecure { get; init; }
}

/// <summary>A bucket of an S3-compatible service.</summary>
public sealed record S3SiteConfig : CloudSiteConfig
{
    public override string Kind => "s3";

    /// <summary>Default <c>us-east-1</c>, which services without regions take.</summary>
    public string Region { get; init; } = "us-east-1";

    public required string Bucket { get; init; }

    /// <summary>The bucket stands in the path and not in the host name. Default true.</summary>
    public bool PathStyle { get; init; } = true;
}

/// <summary>A container of Azure Blob Storage. The endpoint is the account's URL.</summary>
public sealed record AzureSiteConfig : CloudSiteConfig
{
    public override string Kind => "azure";

    public required string Container { get; init; }
}

/// <summary>A site of which nothing tells the kind: it stands in while a faulty policy is read, so that the other faults are found too.</summary>
internal sealed record UnknownSiteConfig : SiteConfig
{
    public override string Kind => "unknown";
}

/// <summary>Degrees, north and east positive.</summary>
public readonly record struct Location(double Latitude, double Longitude)
{
    private const double EarthRadiusKm = 6371.0088;

    /// <summary>The distance on the sphere of the mean radius (haversine formula), right within half a percent.</summary>
    public double KilometresTo(Location other)
    {
        var (lat1, lat2) = (double.DegreesToRadians(Latitude), double.DegreesToRadians(other.Latitude));
        var halfLatitude = Math.Sin((lat2 - lat1) / 2);
        var halfLongitude = Math.Sin(double.DegreesToRadians(other.Longitude - Longitude) / 2);
        var squared = (halfLatitude * halfLatitude) + (Math.Cos(lat1) * Math.Cos(lat2) * halfLongitude * halfLongitude);
        return 2 * EarthRadiusKm * Math.Asin(Math.Min(1, Math.Sqrt(squared)));
    }
}

/// <summary>The certificate of a data centre, and the last day on which it counts.</summary>
public sealed record SiteCertificate(string Number, DateOnly Until);

/// <summary>Whether even the account's owner can lift the lock.</summary>
public enum ObjectLockMode
{
    Compliance,
    Governance,
}

/// <summary>Objects cannot be deleted before so many days.</summary>
public sealed record ObjectLock(ObjectLockMode Mode, int Days);
