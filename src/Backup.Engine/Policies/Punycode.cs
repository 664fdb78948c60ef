using System.Text;

namespace Backup.Engine.Policies;

/// <summary>
/// Writes an internationalized host name in ASCII: RFC 3492 (Punycode) and RFC 5891 section 4.4, over text that is already lower case and NFC.
/// Written out, and not left to the platform's ICU, because an identifier of a person must be the same on every machine and in ten years.
/// </summary>
internal static class Punycode
{
    private const int Base = 36;
    private const int LeastThreshold = 1;
    private const int MostThreshold = 26;
    private const int Skew = 38;
    private const int Damp = 700;
    private const int InitialBias = 72;
    private const int InitialCode = 128;

    /// <summary>The host name with each label that is not ASCII as <c>xn--…</c>. The four dots of RFC 3490 section 3.1 all separate labels.</summary>
    public static string ToAscii(string host)
    {
        if (Ascii.IsValid(host))
        {
            return host;
        }

        var labels = host.Replace('\u3002', '.').Replace('\uFF0E', '.').Replace('\uFF61', '.').Split('.');
        for (var i = 0; i < labels.Length; i++)
        {
            labels[i] = Ascii.IsValid(labels[i]) ? labels[i] : "xn--" + Encode(labels[i]);
        }

        return string.Join('.', labels);
    }

    /// <summary>RFC 3492 section 6.3. A label is far too short for any of the sums to overflow.</summary>
    internal static string Encode(string label)
    {
        var output = new StringBuilder();
        var codes = new List<int>(label.Length);
        foreach (var rune in label.EnumerateRunes())
        {
            codes.Add(rune.Value);
            if (rune.IsAscii)
            {
                output.Append((char)rune.Value);
            }
        }

        var basic = output.Length;
        if (basic > 0)
        {
            output.Append('-');
        }

        var (code, delta, bias) = (InitialCode, 0L, InitialBias);
        for (var handled = basic; handled < codes.Count;)
        {
            var next = Smallest(codes, code);
            delta += (long)(next - code) * (handled + 1);
            foreach (var each in codes)
            {
                if (each < next)
                {
                    delta++;
                }
                else if (each == next)
                {
                    AppendNumber(output, delta, bias);
                    bias = Adapt(delta, handled + 1, first: handled == basic);
                    delta = 0;
                    handled++;
                }
            }

            delta++;
            code = next + 1;
        }

        return output.ToString();
    }

    private static int Smallest(List<int> codes, int atLeast)
    {
        var smallest = int.MaxValue;
        foreach (var code in codes)
        {
            smallest = code >= atLeast && code < smallest ? code : smallest;
        }

        return smallest;
    }

    private static void AppendNumber(StringBuilder output, long number, int bias)
    {
        for (var weight = Base; ; weight += Base)
        {
            var threshold = Math.Clamp(weight - bias, LeastThreshold, MostThreshold);
            if (number < threshold)
            {
                output.Append(Digit((int)number));
                return;
            }

            output.Append(Digit(threshold + (int)((number - threshold) % (Base - threshold))));
            number = (number - threshold) / (Base - threshold);
        }
    }

    private static int Adapt(long delta, int count, bool first)
    {
        delta = first ? delta / Damp : delta / 2;
        delta += delta / count;
        var steps = 0;
        for (; delta > (Base - LeastThreshold) * MostThreshold / 2; steps += Base)
        {
            delta /= Base - LeastThreshold;
        }

        return steps + (int)((Base - LeastThreshold + 1) * delta / (delta + Skew));
    }

    private static char Digit(int value) => (char)(value < 26 ? 'a' + value : '0' + value - 26);
}
