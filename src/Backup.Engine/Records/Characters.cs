using System.Buffers;
using System.Globalization;
using System.Text;

namespace Backup.Engine.Records;

/// <summary>
/// Reads the character that begins or ends at a place in bytes: as it stands (UTF-8, or where the bytes are none, Latin-1), or as one of the encodings of
/// single characters writes it (<c>%40</c>, <c>=40</c>, <c>\u0040</c>).
/// </summary>
internal static class Characters
{
    private const int MostUtf8 = 4;
    private const int UnitLength = 6;

    /// <summary>The character that begins at a place, as it stands.</summary>
    public static Rune Next(ReadOnlySpan<byte> rest, out int length, out bool latin)
    {
        latin = Rune.DecodeFromUtf8(rest, out var rune, out length) != OperationStatus.Done;
        length = latin ? 1 : length;
        return latin ? new Rune(rest[0]) : rune;
    }

    /// <summary>The character that ends at a place, as it stands.</summary>
    public static Rune Previous(ReadOnlySpan<byte> before, out int length, out bool latin)
    {
        latin = Rune.DecodeLastFromUtf8(before, out var rune, out length) != OperationStatus.Done;
        length = latin ? 1 : length;
        return latin ? new Rune(before[^1]) : rune;
    }

    /// <summary>The character that an encoding writes from a place on; false if none begins there.</summary>
    public static bool TryNextEscaped(ReadOnlySpan<byte> rest, out Rune rune, out int length, out TextForm form)
    {
        (rune, length, form) = (default, 0, FormOf(rest[0]));
        if (form == TextForm.Json)
        {
            return TryUnit(rest, out var high) && (Rune.TryCreate(high, out rune)
                ? (length = UnitLength) > 0
                : TryUnit(rest[UnitLength..], out var low) && Rune.TryCreate(high, low, out rune) && (length = 2 * UnitLength) > 0);
        }

        if (form == TextForm.Utf8)
        {
            return false;
        }

        Span<byte> raw = stackalloc byte[MostUtf8];
        var count = 0;
        while (count < MostUtf8 && TryByte(rest, 3 * count, rest[0], out raw[count]))
        {
            count++;
        }

        if (count == 0)
        {
            return false;
        }

        rune = Next(raw[..count], out var used, out _);
        length = 3 * used;
        return true;
    }

    /// <summary>The character that an encoding writes up to a place; false if none ends there.</summary>
    public static bool TryPreviousEscaped(ReadOnlySpan<byte> before, out Rune rune, out int length, out TextForm form)
    {
        (rune, length, form) = (default, 0, TextForm.Json);
        if (before.Length >= UnitLength && TryUnit(before[^UnitLength..], out var low))
        {
            return Rune.TryCreate(low, out rune)
                ? (length = UnitLength) > 0
                : before.Length >= 2 * UnitLength && TryUnit(before[^(2 * UnitLength)..], out var high) && Rune.TryCreate(high, low, out rune) &&
                  (length = 2 * UnitLength) > 0;
        }

        var mark = before.Length >= 3 ? before[^3] : (byte)0;
        form = FormOf(mark);
        if (form is not (TextForm.Percent or TextForm.QuotedPrintable))
        {
            return false;
        }

        Span<byte> raw = stackalloc byte[MostUtf8];
        var count = 0;
        while (count < MostUtf8 && TryByte(before, before.Length - (3 * (count + 1)), mark, out raw[MostUtf8 - 1 - count]))
        {
            count++;
        }

        if (count == 0)
        {
            return false;
        }

        rune = Previous(raw[(MostUtf8 - count)..], out var used, out _);
        length = 3 * used;
        return true;
    }

    /// <summary>How long the soft line break of quoted-printable is that begins at a place; 0: none does.</summary>
    public static int SoftBreakAfter(ReadOnlySpan<byte> rest) => rest.StartsWith("=\r\n"u8) ? 3 : rest.StartsWith("=\n"u8) ? 2 : 0;

    /// <summary>How long the soft line break of quoted-printable is that ends at a place; 0: none does.</summary>
    public static int SoftBreakBefore(ReadOnlySpan<byte> before) => before.EndsWith("=\r\n"u8) ? 3 : before.EndsWith("=\n"u8) ? 2 : 0;

    public static bool AreAlike(Rune a, Rune b) => a == b || Rune.ToUpperInvariant(a) == Rune.ToUpperInvariant(b);

    /// <summary>A letter with its marks, a digit or <c>_</c>: what a token is made of.</summary>
    public static bool IsWord(Rune rune) => rune.IsAscii
        ? char.IsAsciiLetterOrDigit((char)rune.Value) || rune.Value == '_'
        : Rune.IsLetterOrDigit(rune) || Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark;

    /// <summary>What joins two words to one token, as in <c>x.max@example.de</c> or <c>4711-2</c>.</summary>
    public static bool IsJoint(Rune rune) => rune.Value is '.' or '-' or '+' or '@';

    private static TextForm FormOf(byte mark) => mark switch
    {
        (byte)'%' => TextForm.Percent,
        (byte)'=' => TextForm.QuotedPrintable,
        (byte)'\\' => TextForm.Json,
        _ => TextForm.Utf8,
    };

    private static bool TryByte(ReadOnlySpan<byte> bytes, int at, byte mark, out byte value)
    {
        value = 0;
        if (at < 0 || at + 3 > bytes.Length || bytes[at] != mark || !char.IsAsciiHexDigit((char)bytes[at + 1]) || !char.IsAsciiHexDigit((char)bytes[at + 2]))
        {
            return false;
        }

        value = (byte)((HexDigit(bytes[at + 1]) << 4) | HexDigit(bytes[at + 2]));
        return true;
    }

    private static bool TryUnit(ReadOnlySpan<byte> bytes, out char unit)
    {
        unit = '\0';
        if (bytes.Length < UnitLength || bytes[0] != '\\' || bytes[1] != 'u')
        {
            return false;
        }

        foreach (var digit in bytes[2..UnitLength])
        {
            if (!char.IsAsciiHexDigit((char)digit))
            {
                return false;
            }

            unit = (char)((unit << 4) | HexDigit(digit));
        }

        return true;
    }

    private static int HexDigit(byte digit) => digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10;
}
