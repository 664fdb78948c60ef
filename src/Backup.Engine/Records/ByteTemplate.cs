using System.Text;

namespace Backup.Engine.Records;

/// <summary>How what an anchor finds leads to the text around it.</summary>
internal enum TemplateKind
{
    /// <summary>UTF-8, Latin-1 and the encodings of single characters.</summary>
    Plain,

    /// <summary>UTF-16 in either order: the bytes that both have in common.</summary>
    Utf16,

    Utf16LittleEndian,
    Utf16BigEndian,
    Base64,
}

/// <summary>One place of a template: the byte that stands there, or the one of two if a letter has two cases.</summary>
/// <param name="Known">False: any byte may stand there.</param>
/// <param name="A">The one.</param>
/// <param name="B">The other, or the same.</param>
/// <param name="Index">The character, or in base64 the digit, that begins here; negative: none does.</param>
internal readonly record struct TemplatePlace(bool Known, byte A, byte B, int Index)
{
    public static TemplatePlace Gap { get; } = new(false, 0, 0, -1);

    /// <summary>Something of unknown length may stand here.</summary>
    public bool IsGap => this == Gap;
}

/// <summary>The bytes of a text in one form, as far as they are known.</summary>
/// <param name="Kind">How to go on from a place.</param>
/// <param name="Alignment">In base64, how many bytes of the first group stand before the text.</param>
/// <param name="Places">The bytes in order.</param>
internal sealed record ByteTemplate(TemplateKind Kind, int Alignment, IReadOnlyList<TemplatePlace> Places)
{
    /// <summary>With fewer letters and digits of ASCII, which no encoding of single characters touches, each form needs a template of its own.</summary>
    private const int FewestSolid = 3;

    /// <summary>The index of a place inside a character.</summary>
    private const int Inside = -2;

    private delegate byte[] Encode(Rune rune);

    /// <summary>Templates of which each form that the text may have fits one.</summary>
    public static IEnumerable<ByteTemplate> Of(string text)
    {
        Rune[] lower = [.. text.ToLowerInvariant().EnumerateRunes()];
        Rune[] upper = [.. text.ToUpperInvariant().EnumerateRunes()];
        var solid = lower.Count(IsSolid);
        if (solid >= FewestSolid)
        {
            yield return new ByteTemplate(TemplateKind.Plain, 0, Zip(lower, upper, static rune => IsSolid(rune) ? [(byte)rune.Value] : []));
        }
        else
        {
            foreach (var encode in new Encode[] { Utf8, Latin1, static rune => Escaped(rune, "%"), static rune => Escaped(rune, "="), JsonEscaped })
            {
                yield return new ByteTemplate(TemplateKind.Plain, 0, Zip(lower, upper, encode));
            }
        }

        if (Array.TrueForAll(lower, static rune => rune.Value <= 0xff) && Array.TrueForAll(upper, static rune => rune.Value <= 0xff))
        {
            // The final zero is the little-endian form's only.
            yield return new ByteTemplate(TemplateKind.Utf16, 0, Zip(lower, upper, Utf16)[..^1]);
        }
        else
        {
            yield return new ByteTemplate(TemplateKind.Utf16LittleEndian, 0, Zip(lower, upper, Utf16));
            yield return new ByteTemplate(TemplateKind.Utf16BigEndian, 0, Zip(lower, upper, static rune => Encoding.BigEndianUnicode.GetBytes(rune.ToString())));
        }

        var bytes = Zip(lower, upper, Utf8);
        for (var alignment = 0; alignment < 3; alignment++)
        {
            yield return new ByteTemplate(TemplateKind.Base64, alignment, Base64(bytes, alignment));
        }
    }

    private static bool IsSolid(Rune rune) => rune.IsAscii && char.IsAsciiLetterOrDigit((char)rune.Value);

    private static byte[] Utf8(Rune rune) => Encoding.UTF8.GetBytes(rune.ToString());

    private static byte[] Utf16(Rune rune) => Encoding.Unicode.GetBytes(rune.ToString());

    private static byte[] Latin1(Rune rune) => rune.Value <= 0xff ? [(byte)rune.Value] : [];

    private static byte[] Escaped(Rune rune, string mark) => IsSolid(rune)
        ? [(byte)rune.Value]
        : Encoding.ASCII.GetBytes(string.Concat(Utf8(rune).Select(value => $"{mark}{value:X2}")));

    private static byte[] JsonEscaped(Rune rune) => IsSolid(rune)
        ? [(byte)rune.Value]
        : Encoding.ASCII.GetBytes(string.Concat(rune.ToString().Select(static unit => $"\\u{(int)unit:X4}")));

    /// <summary>The places of both cases laid over each other; a gap where their lengths differ or there is no such form.</summary>
    private static List<TemplatePlace> Zip(Rune[] lower, Rune[] upper, Encode encode)
    {
        var places = new List<TemplatePlace>();
        for (var i = 0; i < lower.Length; i++)
        {
            var (a, b) = (encode(lower[i]), encode(upper[i]));
            if (a.Length != b.Length || a.Length == 0)
            {
                places.Add(TemplatePlace.Gap);
                continue;
            }

            for (var at = 0; at < a.Length; at++)
            {
                // A hexadecimal digit has cases of its own, and then there may be more than two bytes.
                var digit = a.Length > 4 || (a.Length == 3 && a[0] is (byte)'%' or (byte)'=');
                var known = !digit || at == 0 || (a[at] == b[at] && !char.IsAsciiLetter((char)a[at]));
                places.Add(new TemplatePlace(known, a[at], b[at], at == 0 ? i : Inside));
            }
        }

        return places;
    }

    /// <summary>The digits to base 64; each depends on the case of one letter at most, so that two are possible at most, unless letters beyond ASCII meet.</summary>
    private static List<TemplatePlace> Base64(List<TemplatePlace> bytes, int alignment)
    {
        var known = bytes.FindIndex(static place => place.IsGap) is var gap && gap >= 0 ? bytes[..gap] : bytes;
        var places = new List<TemplatePlace>();
        for (var digit = 0; digit * 6 < 8 * (alignment + known.Count); digit++)
        {
            var first = (digit * 6 / 8) - alignment;
            var last = (((digit * 6) + 5) / 8) - alignment;
            var values = first < 0 || last >= known.Count ? [] : Digits(known[first], known[last], digit % 4);
            places.Add(values.Length is 1 or 2 && Array.TrueForAll(values, static value => value < 62)
                ? new TemplatePlace(true, Base64Text.Digit(values[0]), Base64Text.Digit(values[^1]), digit)
                : new TemplatePlace(false, 0, 0, digit));
        }

        return places;
    }

    private static int[] Digits(TemplatePlace first, TemplatePlace second, int digit)
    {
        var values = new HashSet<int>();
        foreach (var high in new[] { first.A, first.B })
        {
            foreach (var low in new[] { second.A, second.B })
            {
                values.Add(digit switch
                {
                    0 => high >> 2,
                    1 => ((high & 3) << 4) | (low >> 4),
                    2 => ((high & 15) << 2) | (low >> 6),
                    _ => low & 63,
                });
            }
        }

        return [.. values];
    }
}
