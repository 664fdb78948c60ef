using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Backup.Engine.Format;
using Backup.Engine.Keys;

namespace Backup.Engine.Runs;

/// <summary>
/// What an erasure did and did not reach, signed by the root key of the repository: canonical JSON (RFC 8785 for what occurs here: text, whole numbers, true
/// and false), no personal data. Whoever has the repository id, from the recovery sheet, checks it without anything else.
/// </summary>
public sealed class ErasureCertificate
{
    /// <summary>Said in every certificate.</summary>
    public const string Boundary =
        "Whoever copied a site secret of a past epoch and a keyring of that epoch and holds an unlock slot had the data already. " +
        "Copies that are not listed here are unknown to the program.";

    private const string Schema = "backup/erasure-certificate/1";

    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private ErasureCertificate(byte[] envelope, JsonElement body)
    {
        Json = envelope;
        Body = body;
    }

    /// <summary>The whole file.</summary>
    public ReadOnlyMemory<byte> Json { get; }

    /// <summary>What is signed.</summary>
    public JsonElement Body { get; }

    internal static ErasureCertificate Make(Session session, ErasureFacts facts, EraseStatus status)
    {
        var body = Canonical(json => Write(json, session, facts, status));
        var signature = Signing.SignCertificate(session.Keyring.RootSeed.Span, body);
        using var document = JsonDocument.Parse(body);
        var root = document.RootElement.Clone();
        return new ErasureCertificate(
            Canonical(json =>
            {
                json.WriteStartObject();
                json.WritePropertyName("certificate");
                root.WriteTo(json);
                json.WriteString("public_key", Convert.ToHexStringLower(session.Keyring.RootPublicKey));
                json.WriteString("signature", Convert.ToHexStringLower(signature));
                json.WriteEndObject();
            }),
            root);
    }

    /// <summary>Checks a certificate: its form, and that the repository that it names signed it. Needs neither policy nor site.</summary>
    /// <exception cref="BackupException">Exit 1: it is none, or was changed.</exception>
    public static ErasureCertificate Verify(ReadOnlyMemory<byte> file)
    {
        try
        {
            using var document = JsonDocument.Parse(file);
            var envelope = document.RootElement;
            var body = envelope.GetProperty("certificate").Clone();
            var publicKey = Convert.FromHexString(envelope.GetProperty("public_key").GetString()!);
            var signature = Convert.FromHexString(envelope.GetProperty("signature").GetString()!);
            var text = Canonical(body.WriteTo);
            var isSound = body.GetProperty("schema").GetString() == Schema
                && publicKey.Length == 32 && signature.Length == LedgerEntry.SignatureSize
                && body.GetProperty("repository").GetString() == Hash.Of(publicKey).ToString()
                && Signing.VerifyCertificate(publicKey, text, signature);
            return isSound ? new ErasureCertificate(file.ToArray(), body) : throw Refused("its signature does not fit what it says");
        }
        catch (Exception failure) when (failure is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or ArgumentNullException)
        {
            throw Refused("it is not a certificate of this program");
        }
    }

    private static BackupException Refused(string why) =>
        new(FailureKind.Failed, $"The certificate is not valid: {why}.", "Ask for the file again; `backupctl erase certificate` writes it anew at any time.");

    private static byte[] Canonical(Action<Utf8JsonWriter> write)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, Options))
        {
            write(json);
        }

        return buffer.ToArray();
    }

    /// <summary>Members in the order of their names, as the canonical form wants them.</summary>
    private static void Write(Utf8JsonWriter json, Session session, ErasureFacts facts, EraseStatus status)
    {
        json.WriteStartObject();
        Time(json, "approved", facts.Approved);
        json.WriteString("boundary", Boundary);
        json.WriteNumber("bytes", facts.Bytes);
        Time(json, "certified", facts.Certified);
        Texts(json, "classes", facts.Classes);
        json.WriteNumber("domains", facts.Domains);
        json.WriteString("epochs", FormattableString.Invariant($"{facts.FormerEpoch} to {facts.Epoch}"));
        Texts(json, "held", facts.Held);
        json.WriteString("keys", facts.Keys.ToString());
        Time(json, "keys_destroyed", facts.Erased);
        json.WriteString("ledger_head", session.Ledger.Head.Hash.ToString());
        json.WriteNumber("ledger_sequence", session.Ledger.Head.Body.Sequence);
        json.WriteNumber("level", status.Level);
        json.WriteString("meaning", Meaning(status.Level));
        json.WriteStartArray("not_reached");
        foreach (var gap in status.NotReached)
        {
            json.WriteStartObject();
            json.WriteString("reason", gap.Reason);
            Time(json, "since", gap.Since.ToUnixTimeSeconds());
            json.WriteString("site", gap.Site);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteNumber("objects", facts.Objects);
        json.WriteBoolean("opens_with_current_keys_where_not_deleted", facts.OpensWithCurrentKeys);
        json.WriteString("program", session.Context.ProgramVersion);
        json.WriteString("reason", facts.Reason);
        Time(json, "received", facts.Received);
        json.WriteString("repository", session.Repository.ToString());
        json.WriteString("request", facts.Id.ToString());
        json.WriteString("schema", Schema);
        json.WriteStartArray("sites");
        foreach (var site in status.Sites.OrderBy(static site => site.Id, StringComparer.Ordinal))
        {
            Write(json, site, facts.Sites.GetValueOrDefault(site.Id));
        }

        json.WriteEndArray();
        json.WriteNumber("snapshots", facts.Snapshots);
        json.WriteNumber("snapshots_rewritten", facts.Rewritten);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, EraseSite site, ErasureSiteFacts? facts)
    {
        json.WriteStartObject();
        json.WriteString("city", site.City);
        json.WriteString("id", site.Id);
        json.WriteBoolean("keys_destroyed", site.KeysDestroyed);
        json.WriteString("listing", facts is { Verified: > 0 } ? facts.Listing.ToString() : "");
        json.WriteNumber("objects_deleted", facts?.Deleted ?? 0);
        Time(json, "retained_until", site.RetainedUntil?.ToUnixTimeSeconds() ?? 0);
        Time(json, "verified", facts?.Verified ?? 0);
        json.WriteEndObject();
    }

    private static string Meaning(int level) => level switch
    {
        >= ErasureProgress.Gone => "Erasure verified at level 3: at every site listed, the keys are destroyed and the objects deleted.",
        ErasureProgress.KeysGone => "Erasure verified at level 2: at every site listed, the keys are destroyed; some objects, which no key opens, are not deleted yet.",
        _ => "Erasure at level 1: the data is blocked; at some site older keys are not destroyed yet.",
    };

    private static void Time(Utf8JsonWriter json, string name, long seconds) =>
        json.WriteString(name, seconds == 0 ? "" : DateTimeOffset.FromUnixTimeSeconds(seconds).UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));

    private static void Texts(Utf8JsonWriter json, string name, IReadOnlyList<string> texts)
    {
        json.WriteStartArray(name);
        foreach (var text in texts)
        {
            json.WriteStringValue(text);
        }

        json.WriteEndArray();
    }
}
