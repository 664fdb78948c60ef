using System.Text;

namespace Backup.Engine.Records;

/// <summary>Where a text stands.</summary>
/// <param name="Text">Its number.</param>
/// <param name="Offset">Of its first byte; in base64 of the digit in which it begins.</param>
/// <param name="Form">How it is written.</param>
internal readonly record struct FoundText(int Text, int Offset, TextForm Form);

/// <summary>Texts that are looked for together, each as a whole token (see <see cref="TokenText"/>), in every <see cref="TextForm"/>.</summary>
internal sealed class TextSet
{
    private readonly TokenText[] _texts;
    private readonly TextAnchor[] _anchors;

    public TextSet(IReadOnlyList<string> texts)
    {
        _texts = [.. texts.Select(static text => new TokenText(text))];
        _anchors = [.. texts.SelectMany(static (text, number) => ByteTemplate.Of(text).SelectMany(template => TextAnchor.Of(number, template)))];
        Reach = _texts.Select(static text => text.Reach).DefaultIfEmpty(0).Max();
    }

    public int Count => _texts.Length;

    /// <summary>The most bytes on either side of a text's beginning from which a hit can be told.</summary>
    public int Reach { get; }

    /// <summary>Whether one of them stands in the bytes.</summary>
    public bool IsIn(ReadOnlySpan<byte> bytes)
    {
        foreach (var anchor in _anchors)
        {
            for (var at = anchor.Find(bytes, 0); at >= 0; at = anchor.Find(bytes, at + 1))
            {
                if (Look(bytes, anchor, at, parity: 0) is not null)
                {
                    return true;
                }
            }
        }

        return false;
    }

    /// <summary>Every place where one of them stands, each once, in order.</summary>
    /// <param name="bytes">All that is known: nothing stands before and behind it.</param>
    /// <param name="offset">The offset of the first byte in the whole: tells even places from odd ones.</param>
    public IEnumerable<FoundText> Find(ReadOnlySpan<byte> bytes, long offset)
    {
        var found = new HashSet<FoundText>();
        foreach (var anchor in _anchors)
        {
            for (var at = anchor.Find(bytes, 0); at >= 0; at = anchor.Find(bytes, at + 1))
            {
                if (Look(bytes, anchor, at, (int)(offset & 1)) is { } hit)
                {
                    found.Add(hit);
                }
            }
        }

        return found.OrderBy(static hit => hit.Offset).ThenBy(static hit => hit.Text);
    }

    private FoundText? Look(ReadOnlySpan<byte> bytes, TextAnchor anchor, int at, int parity)
    {
        var text = _texts[anchor.Text];
        if (anchor.Kind == TemplateKind.Base64)
        {
            return LookInBase64(bytes, anchor, at);
        }

        if (anchor.Kind == TemplateKind.Plain)
        {
            var from = text.Find(bytes, at, anchor.Index, out var form);
            return from < 0 ? null : new FoundText(anchor.Text, from, form);
        }

        var start = at - (2 * Utf16Index(text.Text, anchor.Index));
        var big = anchor.Kind == TemplateKind.Utf16 ? start - 1 : start;
        var isLittle = anchor.Kind != TemplateKind.Utf16BigEndian && text.IsUtf16(bytes, start, bigEndian: false);
        var isBig = anchor.Kind != TemplateKind.Utf16LittleEndian && text.IsUtf16(bytes, big, bigEndian: true);

        // Among other ASCII in UTF-16 both orders can be read; the units of a file begin at even places.
        return isLittle && (!isBig || (start & 1) == parity) ? new FoundText(anchor.Text, start, TextForm.Utf16LittleEndian)
            : isBig ? new FoundText(anchor.Text, big, TextForm.Utf16BigEndian)
            : null;
    }

    private FoundText? LookInBase64(ReadOnlySpan<byte> bytes, TextAnchor anchor, int at)
    {
        var text = _texts[anchor.Text];
        var length = anchor.Alignment + Encoding.UTF8.GetByteCount(text.Text);
        if (Base64Text.Decode(bytes, at, anchor.Index, length, out var group) is not { } decoded)
        {
            return null;
        }

        var begins = decoded.Before + anchor.Alignment;
        return text.Find(decoded.Bytes, begins, 0, out _) == begins
            ? new FoundText(anchor.Text, Base64Text.Forward(bytes, group, anchor.Alignment), TextForm.Base64)
            : null;
    }

    private static int Utf16Index(string text, int rune) => text.EnumerateRunes().Take(rune).Sum(static each => each.Utf16SequenceLength);
}
