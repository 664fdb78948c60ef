using System.Collections.Concurrent;
using Backup.Engine;
using Backup.Engine.Policies;
using Backup.Engine.Stores;
using Backup.Stores.Azure;
using Backup.Stores.Deleting;
using Backup.Stores.Http;
using Backup.Stores.Local;
using Backup.Stores.Metering;
using Backup.Stores.Pacing;
using Backup.Stores.Retrying;
using Backup.Stores.S3;
using Backup.Stores.Secrets;
using Backup.Stores.Sftp;

namespace Backup.Stores;

/// <summary>Makes the store of a site as the policy describes it, with everything around it: retries, deadlines, rates.</summary>
/// <param name="time">Measures all of it.</param>
/// <param name="upload">Bytes per second to all sites together; null: any.</param>
public sealed class StoreFactory(TimeProvider time, long? upload = null)
{
    private readonly Pace _all = new(upload, time);
    private readonly ConcurrentDictionary<string, StoreMeter> _meters = new(StringComparer.Ordinal);

    /// <summary>What was asked of the stores of a site so far; null if none was opened.</summary>
    public StoreUsage? UsageOf(string site) => _meters.TryGetValue(site, out var meter) ? meter.Usage : null;

    /// <summary>Opens nothing yet, but reads the credentials.</summary>
    /// <exception cref="BackupException"><see cref="FailureKind.Usage"/>: credentials cannot be read.</exception>
    public IObjectStore Open(SiteConfig site)
    {
        var transfer = new TransferOptions
        {
            Upload = new Pace(site.Upload, time, _all),
            Download = new Pace(site.Download, time),
            Time = time,
            Connections = site.Connections,
        };
        var store = One(site, site.Secrets, transfer);
        return site.Secrets is null ? store : new SecretsApartStore(One(site, null, transfer), store);
    }

    /// <summary>One place of a site.</summary>
    /// <param name="site">The site.</param>
    /// <param name="secrets">The folder, bucket or container of its secrets; null: the place of its data.</param>
    /// <param name="transfer">Shared by both.</param>
    private IObjectStore One(SiteConfig site, string? secrets, TransferOptions transfer) => site switch
    {
        LocalSiteConfig local => Metered(site, new LocalStore(secrets ?? local.Path, time, transfer)),
        S3SiteConfig s3 => Retrying(Metered(site, S3(s3, secrets, transfer)), transfer),
        AzureSiteConfig azure => Retrying(Metered(site, Azure(azure, secrets, transfer)), transfer),
        SftpSiteConfig sftp => Sftp(sftp, secrets, transfer),
        _ => throw new ArgumentException($"There is no store of the kind {site.Kind}.", nameof(site)), // the policy was faulty, and refused before
    };

    private MeteredStore Metered(SiteConfig site, IObjectStore store) => new(store, _meters.GetOrAdd(site.Id, static _ => new StoreMeter()));

    private static S3Store S3(S3SiteConfig site, string? secrets, TransferOptions transfer) => new(new S3StoreOptions
    {
        Endpoint = site.Endpoint,
        Region = site.Region,
        Bucket = secrets ?? site.Bucket,
        Prefix = site.Prefix,
        PathStyle = site.PathStyle,
        Credentials = S3Credentials.Read(site.CredentialsFile),
        DeleteCredentials = site.DeleteCredentialsFile is { } other ? S3Credentials.Read(other) : null,
        Lock = secrets is null ? LockOf(site) : null,
        Transfer = transfer,
    });

    private static AzureStore Azure(AzureSiteConfig site, string? secrets, TransferOptions transfer) => new(new AzureStoreOptions
    {
        Endpoint = site.Endpoint,
        Container = secrets ?? site.Container,
        Prefix = site.Prefix,
        Credentials = AzureCredentials.Read(site.CredentialsFile),
        DeleteCredentials = site.DeleteCredentialsFile is { } other ? AzureCredentials.Read(other) : null,
        Lock = secrets is null ? LockOf(site) : null,
        Transfer = transfer,
    });

    private IObjectStore Sftp(SftpSiteConfig site, string? secrets, TransferOptions transfer)
    {
        var options = new SftpStoreOptions
        {
            Host = site.Host,
            Port = site.Port,
            User = site.User,
            Path = secrets ?? site.Path,
            Credentials = site.KeyFile is { } key ? SftpCredentials.ReadKey(key) : SftpCredentials.ReadPassword(site.PasswordFile!),
            KnownHosts = KnownHosts.Read(site.KnownHosts),
            Transfer = transfer,
        };
        var daily = Retrying(Metered(site, new SftpStore(options)), transfer);
        if (site.DeleteCredentialsFile is not { } file)
        {
            return daily;
        }

        var (user, credentials) = SftpCredentials.ReadLogin(file);
        return new DeleteApartStore(daily, Retrying(Metered(site, new SftpStore(options with { User = user, Credentials = credentials })), transfer));
    }

    private RetryingStore Retrying(IObjectStore store, TransferOptions transfer) => new(store, new RetryOptions(), transfer.Connections, time);

    /// <summary>A place of the secrets alone is one that can delete: nothing is locked there.</summary>
    private static StoreLock? LockOf(CloudSiteConfig site) => site.Lock is { } held
        ? new StoreLock(held.Mode == ObjectLockMode.Compliance, TimeSpan.FromDays(held.Days), site.SecretLock)
        : null;
}
