using System.Text.Json;
using Backup.Engine;
using Backup.Engine.Posix;

namespace Backup.Stores.Credentials;

/// <summary>A file with credentials: one JSON object of texts, that nobody else may read.</summary>
public sealed class CredentialsFile
{
    private readonly Dictionary<string, string> _fields;

    private CredentialsFile(string path, Dictionary<string, string> fields)
    {
        Path = path;
        _fields = fields;
    }

    public string Path { get; }

    /// <summary>The text under a key; null if there is none.</summary>
    public string? this[string key] => _fields.GetValueOrDefault(key);

    /// <summary>Reads it. No fault repeats anything of what is in it.</summary>
    /// <param name="path">Absolute.</param>
    /// <param name="form">How it must look, for the reader of a fault.</param>
    /// <param name="known">The keys that may stand in it.</param>
    /// <exception cref="BackupException"><see cref="FailureKind.Usage"/>: it is missing, readable by others, or no such object.</exception>
    public static CredentialsFile Read(string path, string form, params string[] known)
    {
        using var content = SecretFile.Read(path);
        var fields = new Dictionary<string, string>(StringComparer.Ordinal);
        try
        {
            var reader = new Utf8JsonReader(content.Span);
            using var document = JsonDocument.ParseValue(ref reader);
            foreach (var field in document.RootElement.EnumerateObject())
            {
                fields.Add(field.Name, field.Value.GetString() is { Length: > 0 } text ? text : throw new FormatException());
            }

            if (reader.Read())
            {
                throw new FormatException();
            }
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException or FormatException or ArgumentException)
        {
            throw Refused(path, form);
        }

        return fields.Keys.All(known.Contains) ? new CredentialsFile(path, fields) : throw Refused(path, form);
    }

    /// <summary>What is to be thrown when the keys do not fit together.</summary>
    public static BackupException Refused(string path, string form) =>
        new(FailureKind.Usage, $"The credentials file {path} is not of the form that is needed.", $"Write one JSON object into it: {form}.");
}
