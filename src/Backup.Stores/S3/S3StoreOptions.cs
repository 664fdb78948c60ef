using Backup.Engine.Stores;
using Backup.Stores.Http;

namespace Backup.Stores.S3;

/// <summary>Where a bucket is and how it is used.</summary>
public sealed record S3StoreOptions
{
    public required Uri Endpoint { get; init; }

    public required string Region { get; init; }

    public required string Bucket { get; init; }

    /// <summary>Begins every key, without a slash at either end; may be empty.</summary>
    public string Prefix { get; init; } = "";

    /// <summary>The bucket stands in the path and not in the host name.</summary>
    public bool PathStyle { get; init; } = true;

    public required S3Credentials Credentials { get; init; }

    /// <summary>Delete in place of <see cref="Credentials"/>; null: those may.</summary>
    public S3Credentials? DeleteCredentials { get; init; }

    /// <summary>Kept by the store against everybody; null: nothing.</summary>
    public StoreLock? Lock { get; init; }

    /// <summary>An object from this size on travels in parts. Default 64 MiB: packs go in one request, which is atomic everywhere.</summary>
    public int MultipartFrom { get; init; } = 64 << 20;

    /// <summary>Bytes of a part; 5 MiB is the least that S3 takes.</summary>
    public int PartSize { get; init; } = 16 << 20;

    public TransferOptions Transfer { get; init; } = new();
}
