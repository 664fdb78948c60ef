using System.Buffers;

namespace Backup.Engine.Records;

/// <summary>Base64 (RFC 4648, sections 4 and 5) that stands somewhere in bytes, perhaps in lines.</summary>
internal static class Base64Text
{
    /// <summary>Shorter lines are no lines of base64 but words, so that base64 neither begins before nor goes on behind their ends.</summary>
    private const int ShortestLine = 32;

    /// <summary>What is decoded around a text, in digits: enough to tell whether a token ends there.</summary>
    private const int Around = 32;

    private static readonly SearchValues<byte> Digits = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_"u8);

    public static byte Digit(int value) => "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"u8[value];

    /// <summary>Decodes around a digit.</summary>
    /// <param name="bytes">Where it stands.</param>
    /// <param name="at">A digit.</param>
    /// <param name="index">Which digit it is, counted from the beginning of the group in which a text begins.</param>
    /// <param name="length">How many bytes to decode from the beginning of that group.</param>
    /// <param name="groupOffset">Where the digit stands in which the text begins if it begins with the group's first byte.</param>
    /// <returns>The bytes, and how many of them stand before that group; null: it is no base64.</returns>
    public static (byte[] Bytes, int Before)? Decode(ReadOnlySpan<byte> bytes, int at, int index, int length, out int groupOffset)
    {
        groupOffset = at;
        for (var i = 0; i < index; i++)
        {
            if (!TryBack(bytes, ref groupOffset, strict: false))
            {
                return null;
            }
        }

        var before = new List<byte>();
        for (var digit = groupOffset; before.Count < Around && TryBack(bytes, ref digit, strict: true);)
        {
            before.Add(bytes[digit]);
        }

        var digits = before[..(before.Count / 4 * 4)];
        digits.Reverse();
        var (leading, wanted) = (digits.Count, digits.Count + (length * 4 / 3) + Around);
        for (var digit = groupOffset; digit < bytes.Length && digits.Count < wanted;)
        {
            digits.Add(bytes[digit]);
            if (!TryForth(bytes, ref digit))
            {
                break;
            }
        }

        return (Decode(digits), leading / 4 * 3);
    }

    /// <summary>The bytes of a whole text; what is no digit is skipped (RFC 2045, section 6.8).</summary>
    public static byte[] Decode(ReadOnlySpan<byte> text)
    {
        var digits = new List<byte>(text.Length);
        while (text.IndexOfAny(Digits) is var first && first >= 0)
        {
            text = text[first..];
            var end = text.IndexOfAnyExcept(Digits) is var other && other >= 0 ? other : text.Length;
            digits.AddRange(text[..end]);
            text = text[end..];
        }

        return Decode(digits);
    }

    /// <summary>Where the digit stands that is <paramref name="count"/> digits further.</summary>
    public static int Forward(ReadOnlySpan<byte> bytes, int at, int count)
    {
        for (var i = 0; i < count && TryForth(bytes, ref at); i++)
        {
        }

        return at;
    }

    private static byte[] Decode(List<byte> digits)
    {
        var bytes = new byte[digits.Count * 3 / 4];
        var (bits, held, written) = (0, 0, 0);
        foreach (var digit in digits)
        {
            bits = ((bits << 6) | Value(digit)) & 0xffff;
            held += 6;
            if (held >= 8)
            {
                held -= 8;
                bytes[written++] = (byte)(bits >> held);
            }
        }

        return bytes;
    }

    /// <summary>To the digit before, also over the end of a line.</summary>
    private static bool TryBack(ReadOnlySpan<byte> bytes, ref int at, bool strict)
    {
        var to = at - 1;
        if (to >= 0 && bytes[to] == '\n')
        {
            to -= to >= 1 && bytes[to - 1] == '\r' ? 2 : 1;
            if (strict && !(to >= ShortestLine - 1 && !bytes[(to - ShortestLine + 1)..(to + 1)].ContainsAnyExcept(Digits)))
            {
                return false;
            }
        }

        var stands = to >= 0 && Digits.Contains(bytes[to]);
        at = stands ? to : at;
        return stands;
    }

    /// <summary>To the digit behind, also over the end of a line. A line that begins with <c>--</c> ends the part of a mail.</summary>
    private static bool TryForth(ReadOnlySpan<byte> bytes, ref int at)
    {
        var to = at + 1;
        var rest = bytes[Math.Min(to, bytes.Length)..];
        var lineEnd = rest.StartsWith("\r\n"u8) ? 2 : rest.StartsWith("\n"u8) ? 1 : 0;
        if (lineEnd > 0)
        {
            to += lineEnd;
            var line = bytes[Math.Max(0, at + 1 - ShortestLine)..(at + 1)];
            if (line.Length < ShortestLine || line.ContainsAnyExcept(Digits) || rest[lineEnd..].StartsWith("--"u8))
            {
                return false;
            }
        }

        var stands = to < bytes.Length && Digits.Contains(bytes[to]);
        at = stands ? to : at;
        return stands;
    }

    private static int Value(byte digit) => digit switch
    {
        >= (byte)'A' and <= (byte)'Z' => digit - 'A',
        >= (byte)'a' and <= (byte)'z' => digit - 'a' + 26,
        >= (byte)'0' and <= (byte)'9' => digit - '0' + 52,
        (byte)'+' or (byte)'-' => 62,
        _ => 63,
    };
}
