using Azure;
using Azure.Storage;
using Backup.Engine;
using Backup.Stores.Credentials;

namespace Backup.Stores.Azure;

/// <summary>
/// What opens an account: its key, or a shared access signature. Azure's library takes both as strings, so they lie in strings here, and
/// in nothing that is printed.
/// </summary>
public sealed class AzureCredentials
{
    private const string ConnectionStringMember = "connection_string";
    private const string KeyMember = "account_key";
    private const string SasMember = "sas";
    private const string Form = """{"connection_string": "…"}, {"account_key": "…"} or {"sas": "…"}""";

    private readonly string? _account;
    private readonly string? _key;
    private readonly string? _sas;

    private AzureCredentials(string? account, string? key, string? sas, Uri? endpoint) => (_account, _key, _sas, Endpoint) = (account, key, sas, endpoint);

    /// <summary>The account's URL that a connection string names; null for the other kinds.</summary>
    internal Uri? Endpoint { get; }

    /// <summary>
    /// Reads a file of JSON with one member: <c>connection_string</c>, <c>account_key</c> (Base64) or <c>sas</c> (the query of a shared access
    /// signature, with or without its question mark).
    /// </summary>
    /// <exception cref="BackupException">
    /// <see cref="FailureKind.Usage"/>: it cannot be read as such a file. <see cref="FailureKind.WrongKey"/>: what it holds is no such secret.
    /// Neither says anything of the content.
    /// </exception>
    public static AzureCredentials Read(string path)
    {
        var file = CredentialsFile.Read(path, Form, ConnectionStringMember, KeyMember, SasMember);
        return (file[ConnectionStringMember]?.Trim(), file[KeyMember]?.Trim(), file[SasMember]?.Trim()) switch
        {
            ({ } text, null, null) => OfConnectionString(text, path),
            (null, { } key, null) => new AzureCredentials(account: null, RequireKey(key, path), sas: null, endpoint: null),
            (null, null, { } sas) => new AzureCredentials(account: null, key: null, RequireSas(sas, path), endpoint: null),
            _ => throw CredentialsFile.Refused(path, Form),
        };
    }

    /// <inheritdoc/>
    public override string ToString() => _sas is null ? "an account key" : "a shared access signature";

    /// <summary>The credential as the library takes it: exactly one of the two.</summary>
    internal (StorageSharedKeyCredential? Key, AzureSasCredential? Sas) For(string account) =>
        _sas is null ? (new StorageSharedKeyCredential(_account ?? account, _key), null) : (null, new AzureSasCredential(_sas));

    private static AzureCredentials OfConnectionString(string text, string path)
    {
        var parts = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var part in text.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var equals = part.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0 || !parts.TryAdd(part[..equals], part[(equals + 1)..]))
            {
                throw NotAConnectionString(path);
            }
        }

        var account = parts.GetValueOrDefault("AccountName");
        var endpoint = EndpointOf(parts, account) ?? throw NotAConnectionString(path);
        return (parts.GetValueOrDefault("AccountKey"), parts.GetValueOrDefault("SharedAccessSignature")) switch
        {
            ({ } key, null) when account is not null => new AzureCredentials(account, RequireKey(key, path), sas: null, endpoint),
            (null, { } sas) => new AzureCredentials(account, key: null, RequireSas(sas, path), endpoint),
            _ => throw NotAConnectionString(path),
        };
    }

    private static Uri? EndpointOf(Dictionary<string, string> parts, string? account)
    {
        var suffix = parts.GetValueOrDefault("EndpointSuffix", "core.windows.net");
        var text = parts.GetValueOrDefault("BlobEndpoint") ??
            (account is null ? null : $"{parts.GetValueOrDefault("DefaultEndpointsProtocol", "https")}://{account}.blob.{suffix}");
        return Uri.TryCreate(text, UriKind.Absolute, out var endpoint) && endpoint.Scheme is "http" or "https" ? endpoint : null;
    }

    private static string RequireKey(string key, string path) => key.Length > 0 && Convert.TryFromBase64String(key, new byte[key.Length], out _)
        ? key
        : throw new BackupException(FailureKind.WrongKey, $"The account key in {path} is not Base64.", "Copy it again from the account's access keys.");

    private static string RequireSas(string text, string path)
    {
        var sas = text.TrimStart('?');
        var fields = sas.Split('&').Select(static field => field.Split('=', 2)[0]).ToArray();
        return fields.Contains("sig", StringComparer.Ordinal) && fields.All(static field => field.Length > 0 && field.All(char.IsAsciiLetterOrDigit)) &&
            !sas.AsSpan().ContainsAnyExceptInRange('!', '~')
            ? sas
            : throw new BackupException(
                FailureKind.WrongKey,
                $"The shared access signature in {path} is none.",
                "Copy the token alone, from 'sv=' to the end of 'sig=…', without the address before it.");
    }

    private static BackupException NotAConnectionString(string path) => new(
        FailureKind.WrongKey,
        $"The connection string in {path} names no account with a key or a shared access signature.",
        "Copy it again from the account's access keys: DefaultEndpointsProtocol=https;AccountName=…;AccountKey=…;EndpointSuffix=core.windows.net.");
}
