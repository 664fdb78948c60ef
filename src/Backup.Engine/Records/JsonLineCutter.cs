using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Backup.Engine.Records;

/// <summary>A record is a line that holds a JSON value; see <see cref="RecordRules.Fields"/>.</summary>
internal sealed class JsonLineCutter(IReadOnlyList<string> fields) : RecordCutter
{
    private static readonly JsonDocumentOptions Tolerant = new() { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip, MaxDepth = 256 };

    private readonly string[][] _paths = [.. fields.Select(static field => field.Split('.'))];

    public override Piece Next(ReadOnlySpan<byte> bytes, bool last) => Mark(bytes, last) ?? new Piece(PieceKind.Record, LineLength(bytes, last));

    public override IEnumerable<ReadOnlyMemory<byte>> Texts(ReadOnlyMemory<byte> record)
    {
        if (_paths.Length > 0 && Values(record) is { } values)
        {
            return values;
        }

        return record.Span.Contains((byte)'\\') ? [record, Unescape(record.Span)] : [record];
    }

    /// <summary>The text with the escapes of JSON strings undone, wherever they stand.</summary>
    public static byte[] Unescape(ReadOnlySpan<byte> text)
    {
        var plain = new List<byte>(text.Length);
        Span<byte> utf8 = stackalloc byte[4];
        for (var at = 0; at < text.Length;)
        {
            if (text[at] != '\\' || at + 1 == text.Length)
            {
                plain.Add(text[at++]);
            }
            else if (Characters.TryNextEscaped(text[at..], out var rune, out var length, out _))
            {
                plain.AddRange(utf8[..rune.EncodeToUtf8(utf8)]);
                at += length;
            }
            else
            {
                plain.Add(text[at + 1] switch
                {
                    (byte)'n' => (byte)'\n',
                    (byte)'r' => (byte)'\r',
                    (byte)'t' => (byte)'\t',
                    (byte)'b' => (byte)'\b',
                    (byte)'f' => (byte)'\f',
                    var other => other,
                });
                at += 2;
            }
        }

        return [.. plain];
    }

    /// <summary>The values of the fields; null: the line is no JSON.</summary>
    private List<ReadOnlyMemory<byte>>? Values(ReadOnlyMemory<byte> record)
    {
        try
        {
            using var document = JsonDocument.Parse(record, Tolerant);
            var values = new List<ReadOnlyMemory<byte>>();
            foreach (var path in _paths)
            {
                Collect(document.RootElement, path, values);
            }

            return values;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Also a string that is no valid Unicode, which only shows when it is read.
            return null;
        }
    }

    private static void Collect(JsonElement element, ReadOnlySpan<string> path, List<ReadOnlyMemory<byte>> values)
    {
        if (element.ValueKind == JsonValueKind.Array)
        {
            var numbered = !path.IsEmpty && int.TryParse(path[0], NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : -1;
            var index = 0;
            foreach (var item in element.EnumerateArray())
            {
                if (numbered < 0 || numbered == index++)
                {
                    Collect(item, numbered < 0 ? path : path[1..], values);
                }
            }

            return;
        }

        if (path.IsEmpty)
        {
            var isText = element.ValueKind == JsonValueKind.String;
            values.Add(isText ? Encoding.UTF8.GetBytes(element.GetString()!) : Unescape(Encoding.UTF8.GetBytes(element.GetRawText())));
            return;
        }

        if (element.ValueKind != JsonValueKind.Object)
        {
            return;
        }

        foreach (var property in element.EnumerateObject())
        {
            if (property.NameEquals(path[0]))
            {
                Collect(property.Value, path[1..], values);
            }
        }
    }
}
