using System.Buffers;
using System.Text;

namespace Backup.Engine.Records;

/// <summary>
/// The texts of a mail as a reader sees them: header fields with their encoded words undone (RFC 2047), and each body (RFC 2045 and 2046). Characters stay
/// bytes of their own charset.
/// </summary>
internal static class MailText
{
    /// <summary>Parts nested deeper are looked at as they stand.</summary>
    private const int DeepestNesting = 20;

    private static readonly SearchValues<byte> Blank = SearchValues.Create(" \t\r\n"u8);

    /// <param name="message">The message, from its line <c>From </c> or its first header field on.</param>
    /// <param name="headersOnly">Only the header of the message itself.</param>
    public static IEnumerable<ReadOnlyMemory<byte>> Of(ReadOnlyMemory<byte> message, bool headersOnly)
    {
        var texts = new List<ReadOnlyMemory<byte>>();
        Read(message, headersOnly ? null : 0, texts);
        return texts;
    }

    /// <summary>Undoes quoted-printable (RFC 2045, section 6.7); what is none stays.</summary>
    public static byte[] DecodeQuotedPrintable(ReadOnlySpan<byte> text, bool word)
    {
        var decoded = new List<byte>(text.Length);
        for (var at = 0; at < text.Length;)
        {
            var rest = text[at..];
            if (Characters.SoftBreakAfter(rest) is var soft && soft > 0)
            {
                at += soft;
            }
            else if (rest[0] == '=' && rest.Length >= 3 && char.IsAsciiHexDigit((char)rest[1]) && char.IsAsciiHexDigit((char)rest[2]))
            {
                decoded.Add(Convert.FromHexString(Encoding.ASCII.GetString(rest[1..3]))[0]);
                at += 3;
            }
            else
            {
                decoded.Add(word && rest[0] == '_' ? (byte)' ' : rest[0]);
                at++;
            }
        }

        return [.. decoded];
    }

    /// <summary>Undoes the encoded words of a header (RFC 2047, section 2); blanks between two of them vanish.</summary>
    public static byte[] DecodeWords(ReadOnlySpan<byte> header)
    {
        var decoded = new List<byte>(header.Length);
        var afterWord = false;
        while (!header.IsEmpty)
        {
            var start = header.IndexOf("=?"u8);
            var before = start < 0 ? header : header[..start];
            if (start < 0 || Word(header[start..], out var length) is not { } word)
            {
                var plain = start < 0 ? header.Length : start + 2;
                decoded.AddRange(header[..plain]);
                header = header[plain..];
                afterWord = false;
                continue;
            }

            if (!afterWord || before.ContainsAnyExcept(Blank))
            {
                decoded.AddRange(before);
            }

            decoded.AddRange(word);
            header = header[(start + length)..];
            afterWord = true;
        }

        return [.. decoded];
    }

    private static byte[]? Word(ReadOnlySpan<byte> text, out int length)
    {
        length = 0;
        var charset = text[2..].IndexOf((byte)'?') + 2;
        if (charset < 2 || charset + 3 > text.Length || text[charset + 2] != '?')
        {
            return null;
        }

        var content = text[(charset + 3)..];
        var end = content.IndexOf("?="u8);
        if (end < 0 || content[..end].ContainsAny(Blank))
        {
            return null;
        }

        length = charset + 3 + end + 2;
        return (text[charset + 1] | 0x20) switch
        {
            'b' => Base64Text.Decode(content[..end]),
            'q' => DecodeQuotedPrintable(content[..end], word: true),
            _ => null,
        };
    }

    /// <param name="entity">A header and a body.</param>
    /// <param name="depth">How many parts are around it; null: only the header counts.</param>
    /// <param name="texts">Gets the texts.</param>
    private static void Read(ReadOnlyMemory<byte> entity, int? depth, List<ReadOnlyMemory<byte>> texts)
    {
        var headerLength = HeaderLength(entity.Span);
        var header = Unfold(entity.Span[..headerLength]);
        var decoded = DecodeWords(header);
        texts.Add(decoded);
        if (depth is not { } level)
        {
            return;
        }

        var body = entity[headerLength..];
        var type = Field(header, "content-type");
        if (level < DeepestNesting && type.StartsWith("multipart/", StringComparison.OrdinalIgnoreCase) && Boundary(type) is { } boundary)
        {
            ReadParts(body, boundary, level, texts);
            return;
        }

        var content = Field(header, "content-transfer-encoding").Trim().ToUpperInvariant() switch
        {
            "BASE64" => Base64Text.Decode(body.Span),
            "QUOTED-PRINTABLE" => DecodeQuotedPrintable(body.Span, word: false),
            _ => body,
        };
        if (level < DeepestNesting && type.StartsWith("message/rfc822", StringComparison.OrdinalIgnoreCase))
        {
            Read(content, level + 1, texts);
            return;
        }

        texts.Add(content);
    }

    private static void ReadParts(ReadOnlyMemory<byte> body, byte[] boundary, int level, List<ReadOnlyMemory<byte>> texts)
    {
        byte[] delimiter = [.. "--"u8, .. boundary];
        var begun = false;
        var from = 0;
        for (var at = 0; at < body.Length; at += LineLength(body.Span[at..]))
        {
            if (!IsDelimiter(body.Span[at..], delimiter, out var closes))
            {
                continue;
            }

            AddPart(body[from..at], begun);
            begun = !closes;
            from = at + LineLength(body.Span[at..]);
        }

        AddPart(body[Math.Min(from, body.Length)..], begun);

        void AddPart(ReadOnlyMemory<byte> part, bool isPart)
        {
            if (isPart)
            {
                Read(part, level + 1, texts);
            }
            else
            {
                texts.Add(part);
            }
        }
    }

    /// <summary>Nothing but blanks may follow, so that the boundary of an inner part is not taken for the outer one that it begins with.</summary>
    private static bool IsDelimiter(ReadOnlySpan<byte> rest, ReadOnlySpan<byte> delimiter, out bool closes)
    {
        closes = false;
        if (!rest.StartsWith(delimiter))
        {
            return false;
        }

        var behind = rest[delimiter.Length..LineLength(rest)];
        closes = behind.StartsWith("--"u8);
        return !(closes ? behind[2..] : behind).ContainsAnyExcept(Blank);
    }

    private static int LineLength(ReadOnlySpan<byte> rest) => rest.IndexOf((byte)'\n') is var end && end >= 0 ? end + 1 : rest.Length;

    /// <summary>Up to and with the empty line.</summary>
    private static int HeaderLength(ReadOnlySpan<byte> entity)
    {
        var at = 0;
        while (at < entity.Length)
        {
            var length = LineLength(entity[at..]);
            var line = entity.Slice(at, length);
            at += length;
            if (line.SequenceEqual("\n"u8) || line.SequenceEqual("\r\n"u8))
            {
                break;
            }
        }

        return at;
    }

    /// <summary>Each field on one line: a line that begins with a blank goes on with the one before.</summary>
    private static byte[] Unfold(ReadOnlySpan<byte> header)
    {
        var unfolded = new List<byte>(header.Length);
        for (var at = 0; at < header.Length;)
        {
            var line = header.Slice(at, LineLength(header[at..]));
            at += line.Length;
            var folded = at < header.Length && header[at] is (byte)' ' or (byte)'\t';
            unfolded.AddRange(folded ? line.TrimEnd("\r\n"u8) : line);
        }

        return [.. unfolded];
    }

    private static string Field(ReadOnlySpan<byte> header, string name)
    {
        foreach (var range in header.Split((byte)'\n'))
        {
            var line = Encoding.Latin1.GetString(header[range]);
            if (line.StartsWith(name, StringComparison.OrdinalIgnoreCase) && line[name.Length..].TrimStart().StartsWith(':'))
            {
                return line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim();
            }
        }

        return "";
    }

    private static byte[]? Boundary(string type)
    {
        var at = type.IndexOf("boundary", StringComparison.OrdinalIgnoreCase);
        var value = at < 0 ? "" : type[(at + "boundary".Length)..].TrimStart();
        if (!value.StartsWith('='))
        {
            return null;
        }

        value = value[1..].TrimStart();
        var text = value.StartsWith('"') ? value[1..].Split('"')[0] : value.Split(';', ' ', '\t')[0];
        return text.Length > 0 ? Encoding.Latin1.GetBytes(text) : null;
    }
}
