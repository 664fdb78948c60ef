using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Backup.Engine.Records;

/// <summary>
/// Up to three bytes of a template, the rarest ones near to each other, that are looked for at full speed; where they stand a text is compared. Each letter
/// in both cases.
/// </summary>
internal sealed class TextAnchor
{
    private const int LongestWindow = 8;
    private const int LongestSearched = 64;

    /// <summary>Letters of text and names by how often they stand there, the most frequent first.</summary>
    private const string ByFrequency = "enaisrtdolmhucgbkfpwvzyjxq";

    private readonly TemplatePlace[] _tests;
    private readonly int[] _offsets;

    private TextAnchor(int text, ByteTemplate template, int[] places)
    {
        Text = text;
        Kind = template.Kind;
        Alignment = template.Alignment;
        Index = template.Places[places[0]].Index;
        _tests = [.. places.Select(place => template.Places[place])];
        _offsets = [.. places.Select(place => place - places[0])];
    }

    /// <summary>The number of the text.</summary>
    public int Text { get; }

    public TemplateKind Kind { get; }

    public int Alignment { get; }

    /// <summary>The character, or in base64 the digit, at which it stands.</summary>
    public int Index { get; }

    /// <summary>The anchors of a text.</summary>
    /// <param name="text">The number of the text.</param>
    /// <param name="template">One of its templates. A line break may cut the text once, so there are two that do not overlap, except in UTF-16.</param>
    public static IEnumerable<TextAnchor> Of(int text, ByteTemplate template)
    {
        var windows = Windows(template);
        if (windows.Count == 0)
        {
            return [];
        }

        var best = windows.MinBy(static window => window.Weight)!;
        var (first, second, weight) = (best, (Window?)null, double.MaxValue);
        if (template.Kind is TemplateKind.Plain or TemplateKind.Base64)
        {
            foreach (var a in windows)
            {
                foreach (var b in windows)
                {
                    var both = a.Weight + b.Weight;
                    if (a.Places[^1] < b.Places[0] && both < weight)
                    {
                        (first, second, weight) = (a, b, both);
                    }
                }
            }
        }

        var anchor = new TextAnchor(text, template, first.Places);
        return second is null ? [anchor] : [anchor, new TextAnchor(text, template, second.Places)];
    }

    /// <summary>The first place from <paramref name="from"/> on where it stands, or −1.</summary>
    public int Find(ReadOnlySpan<byte> bytes, int from)
    {
        var last = bytes.Length - _offsets[^1] - 1;
        var width = Vector256<byte>.Count;
        if (last - from < width)
        {
            return FindShort(bytes, from, last);
        }

        ref var start = ref MemoryMarshal.GetReference(bytes);
        var (second, third) = (_offsets[Math.Min(1, _offsets.Length - 1)], _offsets[^1]);
        var (a0, b0) = (Vector256.Create(_tests[0].A), Vector256.Create(_tests[0].B));
        var (a1, b1) = (Vector256.Create(_tests[Math.Min(1, _tests.Length - 1)].A), Vector256.Create(_tests[Math.Min(1, _tests.Length - 1)].B));
        var (a2, b2) = (Vector256.Create(_tests[^1].A), Vector256.Create(_tests[^1].B));
        for (var at = from; ; at += width)
        {
            // The last step goes back to the last place, so that nothing is read behind the end; what it sees twice had no hit.
            at = Math.Min(at, last - width + 1);
            var x = Vector256.LoadUnsafe(ref start, (nuint)at);
            var y = Vector256.LoadUnsafe(ref start, (nuint)(at + second));
            var z = Vector256.LoadUnsafe(ref start, (nuint)(at + third));
            var hits = (Vector256.Equals(x, a0) | Vector256.Equals(x, b0)) & (Vector256.Equals(y, a1) | Vector256.Equals(y, b1)) &
                (Vector256.Equals(z, a2) | Vector256.Equals(z, b2));
            if (hits != Vector256<byte>.Zero)
            {
                return at + BitOperations.TrailingZeroCount(hits.ExtractMostSignificantBits());
            }

            if (at == last - width + 1)
            {
                return -1;
            }
        }
    }

    private int FindShort(ReadOnlySpan<byte> bytes, int from, int last)
    {
        for (var at = from; at <= last; at++)
        {
            var stands = true;
            for (var i = 0; stands && i < _tests.Length; i++)
            {
                var value = bytes[at + _offsets[i]];
                stands = value == _tests[i].A || value == _tests[i].B;
            }

            if (stands)
            {
                return at;
            }
        }

        return -1;
    }

    /// <summary>For each beginning and end the three places, or fewer, that are rarest together.</summary>
    private static List<Window> Windows(ByteTemplate template)
    {
        var places = template.Places;
        var windows = new List<Window>();
        for (var i = 0; i < Math.Min(places.Count, LongestSearched); i++)
        {
            if (!places[i].Known || places[i].Index < 0)
            {
                continue;
            }

            var weight = Weight(places[i]);
            windows.Add(new Window([i], weight));
            for (var k = i + 1; k < Math.Min(places.Count, i + LongestWindow) && !places[k].IsGap; k++)
            {
                if (!places[k].Known)
                {
                    continue;
                }

                var between = Enumerable.Range(i + 1, k - i - 1).Where(place => places[place].Known);
                var middle = between.DefaultIfEmpty(-1).MinBy(place => place < 0 ? 1 : Weight(places[place]));
                windows.Add(middle < 0
                    ? new Window([i, k], weight * Weight(places[k]))
                    : new Window([i, middle, k], weight * Weight(places[middle]) * Weight(places[k])));
            }
        }

        return windows;
    }

    private static double Weight(TemplatePlace place) => Frequency(place.A) + (place.A == place.B ? 0 : Frequency(place.B));

    private static double Frequency(byte value) => value switch
    {
        0 => 0.4,
        (byte)' ' => 0.15,
        >= (byte)'0' and <= (byte)'9' => 0.04,
        >= (byte)'a' and <= (byte)'z' => 0.1 * Math.Pow(0.88, ByFrequency.IndexOf((char)value)),
        _ => 0.02,
    };

    private sealed record Window(int[] Places, double Weight);
}
