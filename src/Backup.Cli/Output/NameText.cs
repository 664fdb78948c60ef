using System.Buffers;
using System.Text;

namespace Backup.Cli.Output;

/// <summary>
/// Names are bytes, strings are UTF-16. A byte that is part of no UTF-8 sequence stands in a string as the lone surrogate U+DC00 + byte
/// (the "surrogateescape" of Python's PEP 383), so every name typed as an argument comes back as the bytes that were typed.
/// </summary>
internal static class NameText
{
    private const char FirstEscaped = '\udc80';
    private const char LastEscaped = '\udcff';

    public static string FromBytes(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder(bytes.Length);
        Span<char> units = stackalloc char[2];
        while (!bytes.IsEmpty)
        {
            if (Rune.DecodeFromUtf8(bytes, out var rune, out var consumed) == OperationStatus.Done)
            {
                text.Append(units[..rune.EncodeToUtf16(units)]);
            }
            else
            {
                foreach (var single in bytes[..consumed])
                {
                    text.Append((char)(0xdc00 + single));
                }
            }

            bytes = bytes[consumed..];
        }

        return text.ToString();
    }

    public static byte[] ToBytes(string text)
    {
        var bytes = new byte[Encoding.UTF8.GetMaxByteCount(text.Length)];
        var length = 0;
        var rest = text.AsSpan();
        while (!rest.IsEmpty)
        {
            if (TryGetByte(rest[0], out var single))
            {
                bytes[length++] = single;
                rest = rest[1..];
                continue;
            }

            Rune.DecodeFromUtf16(rest, out var rune, out var consumed);
            length += rune.EncodeToUtf8(bytes.AsSpan(length));
            rest = rest[consumed..];
        }

        return bytes[..length];
    }

    /// <summary>True if <paramref name="unit"/> stands for a byte that was no UTF-8. (A valid pair never begins with such a unit.)</summary>
    public static bool TryGetByte(char unit, out byte single)
    {
        single = unchecked((byte)unit);
        return unit is >= FirstEscaped and <= LastEscaped;
    }

    /// <summary>True if the bytes are UTF-8 throughout.</summary>
    public static bool IsText(ReadOnlySpan<byte> bytes) => System.Text.Unicode.Utf8.IsValid(bytes);
}
