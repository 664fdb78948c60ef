using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Backup.Stores.Tests.Azure;

/// <summary>
/// A stand-in for the service, in this process, for what Azurite does not do: versions, soft delete, immutability, and answers that no sound
/// server gives. It knows what the store asks for and nothing more, answers as the service's REST reference says, and checks no signature.
/// </summary>
public sealed class AzureStandIn : IAsyncDisposable
{
    public const string Account = "standin";
    public const string Container = "backup";

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _ended = new();
    private readonly X509Certificate2? _certificate;
    private readonly Task _serving;
    private readonly Lock _lock = new();
    private readonly List<StandInBlob> _blobs = [];
    private int _versions;

    /// <param name="certificate">Speaks TLS with it; null: plain http.</param>
    public AzureStandIn(X509Certificate2? certificate = null)
    {
        _certificate = certificate;
        _listener.Start();
        _serving = Task.Run(ServeAsync);
    }

    public Uri Endpoint => new($"{(_certificate is null ? "http" : "https")}://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/{Account}");

    public bool Versioning { get; init; }

    /// <summary>Days that removed blobs are kept; 0: no soft delete.</summary>
    public int SoftDeleteDays { get; init; }

    /// <summary>Version-level immutability of the container; it needs versions.</summary>
    public bool Immutability { get; init; }

    /// <summary>A policy that the container gives each new blob.</summary>
    public TimeSpan? DefaultPolicy { get; init; }

    public TimeSpan ClockAhead { get; set; }

    /// <summary>Answers in the service's stead, if it returns something.</summary>
    public Func<StandInRequest, StandInAnswer?> Instead { get; set; } = static _ => null;

    /// <summary>Changes what the service answers after it did what was asked.</summary>
    public Func<StandInRequest, StandInAnswer, StandInAnswer> After { get; set; } = static (_, answer) => answer;

    public ConcurrentQueue<StandInRequest> Requests { get; } = new();

    public DateTimeOffset Now => TimeProvider.System.GetUtcNow() + ClockAhead;

    /// <summary>All that is kept, removed or not.</summary>
    public IReadOnlyList<StandInBlob> Blobs
    {
        get
        {
            lock (_lock)
            {
                return [.. _blobs];
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync();
        _listener.Stop();
        await _serving;
        _ended.Dispose();
        _certificate?.Dispose();
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync(_ended.Token);
                _ = Task.Run(() => ServeAsync(client));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using var _ = client;
        try
        {
            Stream stream = client.GetStream();
            if (_certificate is not null)
            {
                var secured = new SslStream(stream);
                await secured.AuthenticateAsServerAsync(_certificate);
                stream = secured;
            }

            await using var each = stream;
            if (await StandInRequest.ReadAsync(stream) is { } request)
            {
                Requests.Enqueue(request);
                await (Instead(request) ?? After(request, Answer(request))).WriteAsync(stream, request.Method, Now);
            }
        }
        catch (Exception e) when (e is IOException or System.Security.Authentication.AuthenticationException)
        {
            // The client went away, as some tests have it.
        }
    }

    private StandInAnswer Answer(StandInRequest request)
    {
        lock (_lock)
        {
            var comp = request.Query.GetValueOrDefault("comp");
            return (request.Method, request.Blob, comp) switch
            {
                (_, "", _) when request.Path.Trim('/') == Account => ServiceProperties(),
                (_, "", _) when !request.Path.StartsWith($"/{Account}/{Container}", StringComparison.Ordinal) => StandInAnswer.Error(404, "ContainerNotFound"),
                ("GET", "", "list") => StandInList.Of(request, _blobs, Now),
                (_, "", _) => ContainerProperties(),
                ("PUT", _, null) => Put(request),
                ("PUT", _, "immutabilityPolicies") => SetPolicy(request),
                ("DELETE", _, "immutabilityPolicies") => RemovePolicy(request),
                ("GET" or "HEAD", _, null) => Get(request),
                ("DELETE", _, null) => Delete(request),
                _ => StandInAnswer.Error(501, "NotImplemented"),
            };
        }
    }

    private StandInAnswer ServiceProperties() => StandInAnswer.Xml(
        $"<?xml version=\"1.0\" encoding=\"utf-8\"?><StorageServiceProperties><DeleteRetentionPolicy><Enabled>{(SoftDeleteDays > 0 ? "true" : "false")}</Enabled>" +
        "</DeleteRetentionPolicy></StorageServiceProperties>");

    private StandInAnswer ContainerProperties() => new(200)
    {
        Headers =
        {
            ["ETag"] = "\"0x1\"",
            ["Last-Modified"] = Now.ToString("R"),
            ["x-ms-has-immutability-policy"] = DefaultPolicy is null ? "false" : "true",
            ["x-ms-has-legal-hold"] = "false",
            ["x-ms-immutable-storage-with-versioning-enabled"] = Immutability ? "true" : "false",
        },
    };

    private StandInBlob? Current(string name) => _blobs.Find(blob => blob.Name == name && blob.IsCurrent && blob.Removed is null);

    private StandInAnswer Put(StandInRequest request)
    {
        var current = Current(request.Blob);
        if (request.Header("If-None-Match") == "*" && current is not null)
        {
            return StandInAnswer.Error(409, "BlobAlreadyExists");
        }

        if (request.Header("Content-MD5") is { } sum && sum != Convert.ToBase64String(CryptographicOperations.HashData(HashAlgorithmName.MD5, request.Body)))
        {
            return StandInAnswer.Error(400, "Md5Mismatch");
        }

        var policy = request.Header("x-ms-immutability-policy-until-date");
        if (policy is not null && !Immutability)
        {
            return StandInAnswer.Error(409, "ContainerImmutableStorageWithVersioningNotEnabled");
        }

        var blob = new StandInBlob(request.Blob, request.Body, Now)
        {
            IsCurrent = true,
            Version = Versioning ? Now.ToString("yyyy-MM-ddTHH:mm:ss.", CultureInfo.InvariantCulture) + $"{++_versions:d7}Z" : null,
            Until = policy is null ? Now + DefaultPolicy : DateTimeOffset.Parse(policy, CultureInfo.InvariantCulture),
            IsLocked = request.Header("x-ms-immutability-policy-mode")?.Equals("locked", StringComparison.OrdinalIgnoreCase) ?? DefaultPolicy is not null,
        };
        _blobs.RemoveAll(old => ReferenceEquals(old, current));
        _blobs.Add(blob);
        return new StandInAnswer(201) { Headers = blob.Headers() };
    }

    private StandInAnswer Get(StandInRequest request)
    {
        if (Current(request.Blob) is not { } blob)
        {
            return StandInAnswer.Error(404, "BlobNotFound");
        }

        if ((request.Header("x-ms-range") ?? request.Header("Range")) is not { } range)
        {
            return new StandInAnswer(200) { Headers = blob.Headers(), Body = blob.Content };
        }

        var ends = range["bytes=".Length..].Split('-').Select(end => long.Parse(end, CultureInfo.InvariantCulture)).ToArray();
        var last = Math.Min(ends[1], blob.Content.Length - 1);
        return ends[0] >= blob.Content.Length ? StandInAnswer.Error(416, "InvalidRange") : new StandInAnswer(206)
        {
            Headers = new(blob.Headers(), StringComparer.Ordinal) { ["Content-Range"] = $"bytes {ends[0]}-{last}/{blob.Content.Length}" },
            Body = blob.Content[(int)ends[0]..(int)(last + 1)],
        };
    }

    private StandInAnswer Delete(StandInRequest request)
    {
        var version = request.Query.GetValueOrDefault("versionid");
        var found = version is null ? Current(request.Blob) : _blobs.Find(blob => blob.Name == request.Blob && blob.Version == version && blob.Removed is null);
        if (found is null)
        {
            return StandInAnswer.Error(404, "BlobNotFound");
        }

        if (version is not null && found.IsCurrent)
        {
            return StandInAnswer.Error(403, "OperationNotAllowedOnRootBlob");
        }

        if (version is null && Versioning)
        {
            found.IsCurrent = false; // it becomes a version, locked or not
        }
        else if (found.Until > Now)
        {
            return StandInAnswer.Error(409, "BlobImmutableDueToPolicy");
        }
        else if (SoftDeleteDays > 0)
        {
            (found.Removed, found.DaysLeft) = (Now, SoftDeleteDays);
        }
        else
        {
            _blobs.Remove(found);
        }

        return new StandInAnswer(202);
    }

    private StandInAnswer SetPolicy(StandInRequest request)
    {
        var until = DateTimeOffset.Parse(request.Header("x-ms-immutability-policy-until-date")!, CultureInfo.InvariantCulture);
        var locked = request.Header("x-ms-immutability-policy-mode")?.Equals("locked", StringComparison.OrdinalIgnoreCase) == true;
        if (!Immutability)
        {
            return StandInAnswer.Error(409, "ContainerImmutableStorageWithVersioningNotEnabled");
        }

        if (Current(request.Blob) is not { } blob)
        {
            return StandInAnswer.Error(404, "BlobNotFound");
        }

        if (blob.IsLocked && (until < blob.Until || !locked))
        {
            return StandInAnswer.Error(409, "BlobImmutableDueToPolicy");
        }

        (blob.Until, blob.IsLocked) = (until, locked);
        return new StandInAnswer(200) { Headers = blob.Headers() };
    }

    private StandInAnswer RemovePolicy(StandInRequest request)
    {
        if (Current(request.Blob) is not { IsLocked: false } blob)
        {
            return StandInAnswer.Error(409, "BlobImmutableDueToPolicy");
        }

        blob.Until = null;
        return new StandInAnswer(200);
    }
}

/// <summary>One version of a blob.</summary>
public sealed class StandInBlob(string name, byte[] content, DateTimeOffset modified)
{
    public string Name => name;

    public byte[] Content { get; set; } = content;

    public DateTimeOffset Modified => modified;

    public string? Version { get; init; }

    public bool IsCurrent { get; set; }

    public DateTimeOffset? Until { get; set; }

    public bool IsLocked { get; set; }

    public DateTimeOffset? Removed { get; set; }

    public int DaysLeft { get; set; }

    public Dictionary<string, string> Metadata { get; } = [];

    public Dictionary<string, string> Headers()
    {
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase)
        {
            ["ETag"] = "\"0x1\"",
            ["Last-Modified"] = Modified.ToString("R"),
            ["x-ms-blob-type"] = "BlockBlob",
        };
        Add("x-ms-version-id", Version);
        Add("x-ms-immutability-policy-until-date", Until?.ToString("R"));
        Add("x-ms-immutability-policy-mode", Until is null ? null : IsLocked ? "locked" : "unlocked");
        foreach (var (key, value) in Metadata)
        {
            Add("x-ms-meta-" + key, value);
        }

        return headers;

        void Add(string key, string? value)
        {
            if (value is not null)
            {
                headers[key] = value;
            }
        }
    }

    public string Xml(bool withVersions, bool withMetadata) => new StringBuilder("<Blob>")
        .Append(CultureInfo.InvariantCulture, $"<Name>{Name}</Name>")
        .Append(Removed is null ? "" : "<Deleted>true</Deleted>")
        .Append(withVersions && Version is not null ? $"<VersionId>{Version}</VersionId>{(IsCurrent ? "<IsCurrentVersion>true</IsCurrentVersion>" : "")}" : "")
        .Append(CultureInfo.InvariantCulture, $"<Properties><Last-Modified>{Modified:R}</Last-Modified><Etag>0x1</Etag><Content-Length>{Content.Length}</Content-Length>")
        .Append("<BlobType>BlockBlob</BlobType>")
        .Append(Removed is { } removed ? $"<DeletedTime>{removed:R}</DeletedTime><RemainingRetentionDays>{DaysLeft}</RemainingRetentionDays>" : "")
        .Append(Until is { } until ? $"<ImmutabilityPolicyUntilDate>{until:R}</ImmutabilityPolicyUntilDate><ImmutabilityPolicyMode>{(IsLocked ? "locked" : "unlocked")}</ImmutabilityPolicyMode>" : "")
        .Append("</Properties>")
        .Append(withMetadata ? $"<Metadata>{string.Concat(Metadata.Select(pair => $"<{pair.Key}>{pair.Value}</{pair.Key}>"))}</Metadata>" : "")
        .Append("</Blob>").ToString();
}

/// <summary>The listings of the stand-in: pages of at most two blobs, so that every listing has several.</summary>
internal static class StandInList
{
    private const int PageSize = 2;

    public static StandInAnswer Of(StandInRequest request, List<StandInBlob> blobs, DateTimeOffset now)
    {
        var include = request.Query.GetValueOrDefault("include", "").Split(',');
        var (versions, deleted) = (include.Contains("versions", StringComparer.OrdinalIgnoreCase), include.Contains("deleted", StringComparer.OrdinalIgnoreCase));
        var begin = int.Parse(request.Query.GetValueOrDefault("marker", "0"), CultureInfo.InvariantCulture);
        var found = blobs
            .Where(blob => blob.Name.StartsWith(request.Query.GetValueOrDefault("prefix", ""), StringComparison.Ordinal))
            .Where(blob => (blob.Removed is null || deleted) && (blob.IsCurrent || versions))
            .OrderBy(blob => blob.Name, StringComparer.Ordinal).ToList();
        return Page(
            found.Skip(begin).Take(PageSize).Select(blob => blob.Xml(versions, include.Contains("metadata", StringComparer.OrdinalIgnoreCase))),
            begin + PageSize < found.Count ? (begin + PageSize).ToString(CultureInfo.InvariantCulture) : "");
    }

    public static StandInAnswer Page(IEnumerable<string> blobs, string next) => StandInAnswer.Xml(
        $"<?xml version=\"1.0\" encoding=\"utf-8\"?><EnumerationResults ContainerName=\"{AzureStandIn.Container}\"><Blobs>{string.Concat(blobs)}</Blobs><NextMarker>{next}</NextMarker></EnumerationResults>");
}
