using System.Buffers;
using System.Globalization;
using System.Text;

namespace Backup.Cli.Output;

/// <summary>
/// The one place where text from outside (names, messages, labels) becomes text for a terminal: no control character and no character that turns the
/// reading direction leaves it, so a name can neither move the cursor nor pretend to be another one.
/// </summary>
internal static class Escape
{
    /// <summary>
    /// A name or path as it stands in a snapshot. Bytes that are no UTF-8 and ASCII control characters become <c>\xNN</c>, other control characters
    /// <c>\uNNNN</c>, a backslash <c>\\</c>: two different names never look alike.
    /// </summary>
    public static string Name(ReadOnlySpan<byte> bytes)
    {
        if (IsPlain(bytes))
        {
            return Encoding.ASCII.GetString(bytes);
        }

        var text = new StringBuilder(bytes.Length + 8);
        while (!bytes.IsEmpty)
        {
            var valid = Rune.DecodeFromUtf8(bytes, out var rune, out var consumed) == OperationStatus.Done;
            if (!valid)
            {
                AppendBytes(text, bytes[..consumed]);
            }
            else if (rune.Value == '\\')
            {
                text.Append(@"\\");
            }
            else
            {
                AppendRune(text, rune);
            }

            bytes = bytes[consumed..];
        }

        return text.ToString();
    }

    /// <summary>A sentence or label: as <see cref="Name"/>, but a backslash stays. Line ends are escaped too: what comes back is one line.</summary>
    public static string Text(string text)
    {
        if (!text.AsSpan().ContainsAnyExceptInRange(' ', '~'))
        {
            return text;
        }

        var escaped = new StringBuilder(text.Length + 8);
        var rest = text.AsSpan();
        while (!rest.IsEmpty)
        {
            if (Rune.DecodeFromUtf16(rest, out var rune, out var consumed) == OperationStatus.Done)
            {
                AppendRune(escaped, rune);
            }
            else if (NameText.TryGetByte(rest[0], out var single))
            {
                AppendBytes(escaped, [single]);
            }
            else
            {
                AppendCode(escaped, rest[0]);
            }

            rest = rest[consumed..];
        }

        return escaped.ToString();
    }

    private static bool IsPlain(ReadOnlySpan<byte> bytes) =>
        !bytes.ContainsAnyExceptInRange((byte)' ', (byte)'~') && !bytes.Contains((byte)'\\');

    private static void AppendRune(StringBuilder text, Rune rune)
    {
        if (rune.Value is < 0x20 or 0x7f)
        {
            AppendBytes(text, [(byte)rune.Value]);
        }
        else if (Misleads(rune.Value))
        {
            AppendCode(text, rune.Value);
        }
        else
        {
            Span<char> units = stackalloc char[2];
            text.Append(units[..rune.EncodeToUtf16(units)]);
        }
    }

    /// <summary>C1 controls, line and paragraph separators, and everything that turns the direction of writing (Unicode 17, Bidi_Control).</summary>
    private static bool Misleads(int value) => value is
        (>= 0x80 and <= 0x9f) or 0x061c or 0x200e or 0x200f or (>= 0x2028 and <= 0x202e) or (>= 0x2066 and <= 0x2069) or 0xfeff;

    private static void AppendBytes(StringBuilder text, ReadOnlySpan<byte> bytes)
    {
        foreach (var single in bytes)
        {
            text.Append(@"\x").Append(single.ToString("x2", CultureInfo.InvariantCulture));
        }
    }

    private static void AppendCode(StringBuilder text, int value) => text.Append(@"\u").Append(value.ToString("x4", CultureInfo.InvariantCulture));
}
