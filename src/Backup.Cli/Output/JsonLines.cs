using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Backup.Cli.Output;

/// <summary>
/// JSON Lines: one object a line, <c>message_type</c> first. Written by hand, without reflection. Control characters are escaped by JSON itself.
/// Names are bytes: <c>path</c> is text, with U+FFFD for what is no UTF-8, and only then <c>path_bytes</c> holds the exact bytes in base64.
/// </summary>
internal sealed class JsonLines(TextOutput output) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly ArrayBufferWriter<byte> _buffer = new(1024);
    private readonly Utf8JsonWriter _writer = new(
        Stream.Null, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping /* for files and pipes, never inside HTML */ });

    /// <summary>Writes one line.</summary>
    /// <param name="messageType">The contract's <c>message_type</c>.</param>
    /// <param name="tenant">Whose it is, if the policy has several.</param>
    /// <param name="value">What it is about.</param>
    /// <param name="fields">Writes the fields of <paramref name="value"/>.</param>
    public void Write<T>(string messageType, string? tenant, T value, Action<Utf8JsonWriter, T> fields)
    {
        lock (_gate)
        {
            _buffer.ResetWrittenCount();
            _writer.Reset(_buffer);
            _writer.WriteStartObject();
            _writer.WriteString("message_type", messageType);
            if (tenant is not null)
            {
                _writer.WriteString("tenant", tenant);
            }

            fields(_writer, value);
            _writer.WriteEndObject();
            _writer.Flush();
            output.Line(_buffer.WrittenSpan);
        }
    }

    public void Dispose() => _writer.Dispose();
}

/// <summary>Fields that several messages share.</summary>
internal static class JsonFields
{
    public static void WriteTime(this Utf8JsonWriter json, string name, DateTimeOffset? time)
    {
        if (time is { } known)
        {
            json.WriteString(name, Units.Utc(known));
        }
        else
        {
            json.WriteNull(name);
        }
    }

    public static void WriteId(this Utf8JsonWriter json, string name, Engine.Format.Hash? id)
    {
        if (id is { } known)
        {
            json.WriteString(name, known.ToString());
        }
        else
        {
            json.WriteNull(name);
        }
    }

    public static void WriteSeconds(this Utf8JsonWriter json, string name, TimeSpan time) => json.WriteNumber(name, Math.Round(time.TotalSeconds, 3));

    /// <summary>A string only if there is one.</summary>
    public static void WriteOptional(this Utf8JsonWriter json, string name, string? value)
    {
        if (value is not null)
        {
            json.WriteString(name, Printable(value));
        }
    }

    /// <summary>A byte string as text, and as base64 beside it when the text is not exact.</summary>
    public static void WriteBytes(this Utf8JsonWriter json, string name, ReadOnlySpan<byte> bytes)
    {
        json.WriteString(name, Encoding.UTF8.GetString(bytes));
        if (!NameText.IsText(bytes))
        {
            json.WriteBase64String(name + "_bytes", bytes);
        }
    }

    /// <summary>A path or place that came as a string, with the exact bytes beside it if it stands for bytes that are no UTF-8.</summary>
    public static void WritePlace(this Utf8JsonWriter json, string name, string place)
    {
        if (place.AsSpan().ContainsAnyInRange('\ud800', '\udfff'))
        {
            json.WriteBytes(name, NameText.ToBytes(place));
        }
        else
        {
            json.WriteString(name, place);
        }
    }

    public static void WriteStrings(this Utf8JsonWriter json, string name, IReadOnlyList<string> values)
    {
        json.WriteStartArray(name);
        foreach (var value in values)
        {
            json.WriteStringValue(Printable(value));
        }

        json.WriteEndArray();
    }

    public static void WriteObjects<T>(this Utf8JsonWriter json, string name, IReadOnlyList<T> values, Action<Utf8JsonWriter, T> fields)
    {
        json.WriteStartArray(name);
        foreach (var value in values)
        {
            json.WriteStartObject();
            fields(json, value);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    /// <summary>Text without lone surrogates, which JSON cannot carry.</summary>
    private static string Printable(string text) =>
        text.AsSpan().ContainsAnyInRange('\ud800', '\udfff') ? Encoding.UTF8.GetString(NameText.ToBytes(text)) : text;
}
