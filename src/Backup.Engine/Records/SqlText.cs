using System.Globalization;
using System.Text;

namespace Backup.Engine.Records;

/// <summary>The values of a dump with their escapes undone, as text to look through.</summary>
internal static class SqlText
{
    /// <summary>A tuple: a doubled quote is one; a backslash escapes if the dialect says so.</summary>
    public static byte[] OfTuple(ReadOnlySpan<byte> tuple, bool escapes)
    {
        var plain = new List<byte>(tuple.Length);
        for (var at = 0; at < tuple.Length; at++)
        {
            var pair = at + 1 < tuple.Length;
            if (pair && tuple[at] == '\'' && tuple[at + 1] == '\'')
            {
                at++;
                plain.Add((byte)'\'');
            }
            else if (pair && escapes && tuple[at] == '\\')
            {
                plain.Add(Escaped(tuple[++at]));
            }
            else
            {
                plain.Add(tuple[at]);
            }
        }

        return [.. plain];
    }

    /// <summary>A line of COPY: also <c>\ooo</c> and <c>\xhh</c>.</summary>
    public static byte[] OfCopyLine(ReadOnlySpan<byte> line)
    {
        var plain = new List<byte>(line.Length);
        for (var at = 0; at < line.Length;)
        {
            if (line[at] != '\\' || at + 1 == line.Length)
            {
                plain.Add(line[at++]);
                continue;
            }

            var octal = Digits(line[(at + 1)..], 3, static value => value is >= (byte)'0' and <= (byte)'7');
            var hex = line[at + 1] == 'x' ? Digits(line[(at + 2)..], 2, static value => char.IsAsciiHexDigit((char)value)) : "";
            plain.Add(octal.Length > 0 ? (byte)Convert.ToInt32(octal, 8)
                : hex.Length > 0 ? byte.Parse(hex, NumberStyles.HexNumber, CultureInfo.InvariantCulture)
                : Escaped(line[at + 1]));
            at += octal.Length > 0 ? 1 + octal.Length : 2 + hex.Length;
        }

        return [.. plain];
    }

    private static string Digits(ReadOnlySpan<byte> rest, int most, Func<byte, bool> isDigit)
    {
        var length = 0;
        while (length < Math.Min(most, rest.Length) && isDigit(rest[length]))
        {
            length++;
        }

        return Encoding.ASCII.GetString(rest[..length]);
    }

    private static byte Escaped(byte letter) => letter switch
    {
        (byte)'n' => (byte)'\n',
        (byte)'r' => (byte)'\r',
        (byte)'t' => (byte)'\t',
        (byte)'b' => (byte)'\b',
        (byte)'f' => (byte)'\f',
        (byte)'v' => (byte)'\v',
        (byte)'0' => 0,
        _ => letter,
    };
}
