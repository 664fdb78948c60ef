using System.Text;

namespace Backup.Engine.Records;

/// <summary>
/// One text that is looked for, as a whole token and in any case of its letters. A token is letters, digits and <c>_</c>, also joined by single
/// <c>. - + @</c>: <c>max@example.de</c> does not stand in <c>climax@example.de</c>, <c>x.max@example.de</c> or <c>max@example.dev</c>, but in
/// <c>&lt;max@example.de&gt;.</c>.
/// </summary>
internal sealed class TokenText
{
    private readonly Rune[] _runes;

    public TokenText(string text)
    {
        ArgumentException.ThrowIfNullOrEmpty(text);
        Text = text;
        _runes = [.. text.EnumerateRunes()];
    }

    public string Text { get; }

    /// <summary>The most bytes from which a hit can be told: the text in its longest form, and what decides on both sides whether a token ends there.</summary>
    public int Reach => (Text.Length * 12) + 256;

    /// <summary>Where the text begins if its character <paramref name="index"/> begins at a place, as UTF-8, Latin-1 or with single characters encoded.</summary>
    /// <returns>The offset, or −1: it does not stand there as a whole token.</returns>
    public int Find(ReadOnlySpan<byte> bytes, int at, int index, out TextForm form)
    {
        form = TextForm.Utf8;
        var (from, to) = (at, at);
        for (var i = index; i < _runes.Length; i++)
        {
            to += i > index ? SoftBreaksAfter(bytes[to..], ref form) : 0;
            if (!TakeNext(bytes, ref to, _runes[i], ref form))
            {
                return -1;
            }
        }

        for (var i = index - 1; i >= 0; i--)
        {
            from -= SoftBreaksBefore(bytes[..from], ref form);
            if (!TakePrevious(bytes, ref from, _runes[i], ref form))
            {
                return -1;
            }
        }

        return EndsBefore(bytes[..from], form) && EndsAfter(bytes[to..], form) ? from : -1;
    }

    /// <summary>Whether the text stands at a place as UTF-16 and as a whole token.</summary>
    public bool IsUtf16(ReadOnlySpan<byte> bytes, int from, bool bigEndian)
    {
        var length = 2 * Text.Length;
        if (from < 0 || from + length > bytes.Length)
        {
            return false;
        }

        Span<char> found = Text.Length <= 256 ? stackalloc char[Text.Length] : new char[Text.Length];
        for (var i = 0; i < found.Length; i++)
        {
            found[i] = Unit(bytes, from + (2 * i), bigEndian)!.Value;
        }

        return found.Equals(Text, StringComparison.OrdinalIgnoreCase) &&
            IsFree(Unit(bytes, from - 2, bigEndian), Unit(bytes, from - 4, bigEndian)) &&
            IsFree(Unit(bytes, from + length, bigEndian), Unit(bytes, from + length + 2, bigEndian));
    }

    private static bool TakeNext(ReadOnlySpan<byte> bytes, ref int at, Rune wanted, ref TextForm form)
    {
        if (at >= bytes.Length)
        {
            return false;
        }

        var length = 0;
        var escaped = TextForm.Utf8;
        var literal = Characters.AreAlike(Characters.Next(bytes[at..], out var plain, out var latin), wanted);
        if (!literal && !(Characters.TryNextEscaped(bytes[at..], out var rune, out length, out escaped) && Characters.AreAlike(rune, wanted)))
        {
            return false;
        }

        at += literal ? plain : length;
        form = literal ? Merge(form, latin) : escaped;
        return true;
    }

    private static bool TakePrevious(ReadOnlySpan<byte> bytes, ref int at, Rune wanted, ref TextForm form)
    {
        if (at <= 0)
        {
            return false;
        }

        var length = 0;
        var escaped = TextForm.Utf8;
        var literal = Characters.AreAlike(Characters.Previous(bytes[..at], out var plain, out var latin), wanted);

        // The last digit of %40 must not be taken for a 0 of the text.
        if (Characters.TryPreviousEscaped(bytes[..at], out var rune, out length, out escaped) && Characters.AreAlike(rune, wanted))
        {
            literal = false;
        }
        else if (!literal)
        {
            return false;
        }

        at -= literal ? plain : length;
        form = literal ? Merge(form, latin) : escaped;
        return true;
    }

    private static TextForm Merge(TextForm form, bool latin) => latin && form == TextForm.Utf8 ? TextForm.Latin1 : form;

    private static int SoftBreaksAfter(ReadOnlySpan<byte> rest, ref TextForm form)
    {
        var length = Characters.SoftBreakAfter(rest);
        form = length > 0 ? TextForm.QuotedPrintable : form;
        return length;
    }

    private static int SoftBreaksBefore(ReadOnlySpan<byte> before, ref TextForm form)
    {
        var length = Characters.SoftBreakBefore(before);
        form = length > 0 ? TextForm.QuotedPrintable : form;
        return length;
    }

    private static bool EndsBefore(ReadOnlySpan<byte> before, TextForm form)
    {
        var near = EdgeBefore(ref before, form);
        return IsFree(near, near is { } rune && Characters.IsJoint(rune) ? EdgeBefore(ref before, form) : null);
    }

    private static bool EndsAfter(ReadOnlySpan<byte> rest, TextForm form)
    {
        var near = EdgeAfter(ref rest, form);
        return IsFree(near, near is { } rune && Characters.IsJoint(rune) ? EdgeAfter(ref rest, form) : null);
    }

    private static bool IsFree(Rune? near, Rune? far) =>
        near is not { } rune || (!Characters.IsWord(rune) && !(Characters.IsJoint(rune) && far is { } next && Characters.IsWord(next)));

    private static bool IsFree(char? near, char? far) => IsFree(
        near is { } first && Rune.TryCreate(first, out var a) ? a : null,
        far is { } second && Rune.TryCreate(second, out var b) ? b : null);

    /// <summary>
    /// The character before a text. Of quoted-printable only a <c>=3D</c> counts where the text itself is not written so: what else looks like it is a value
    /// that follows an equals sign.
    /// </summary>
    private static Rune? EdgeBefore(ref ReadOnlySpan<byte> before, TextForm form)
    {
        before = before[..^Characters.SoftBreakBefore(before)];
        if (before.IsEmpty)
        {
            return null;
        }

        if (Characters.TryPreviousEscaped(before, out var rune, out var length, out var escaped) &&
            (escaped != TextForm.QuotedPrintable || form == TextForm.QuotedPrintable || rune.Value == '='))
        {
            before = before[..^length];
            return rune;
        }

        // "\n" and the like, as JSON, SQL and logs write them.
        if (before.Length >= 2 && before[^2] == '\\' && before[^1] is (byte)'n' or (byte)'r' or (byte)'t')
        {
            return new Rune(' ');
        }

        rune = Characters.Previous(before, out length, out _);
        before = before[..^length];
        return rune;
    }

    private static Rune? EdgeAfter(ref ReadOnlySpan<byte> rest, TextForm form)
    {
        rest = rest[Characters.SoftBreakAfter(rest)..];
        if (rest.IsEmpty)
        {
            return null;
        }

        if (!Characters.TryNextEscaped(rest, out var rune, out var length, out var escaped) ||
            (escaped == TextForm.QuotedPrintable && form != TextForm.QuotedPrintable))
        {
            rune = Characters.Next(rest, out length, out _);
        }

        rest = rest[length..];
        return rune;
    }

    private static char? Unit(ReadOnlySpan<byte> bytes, int at, bool bigEndian) =>
        at < 0 || at + 2 > bytes.Length ? null
        : bigEndian ? (char)((bytes[at] << 8) | bytes[at + 1])
        : (char)((bytes[at + 1] << 8) | bytes[at]);
}
