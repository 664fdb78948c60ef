using System.Text;

namespace Backup.Engine.Policies;

/// <summary>A text with placeholders that a match fills: <c>email:{user}@{domain}</c>.</summary>
internal sealed class TextTemplate
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly List<Part> _parts;

    private TextTemplate(string text, List<Part> parts)
    {
        Text = text;
        _parts = parts;
    }

    /// <summary>As the policy writes it.</summary>
    public string Text { get; }

    public IEnumerable<string> Placeholders
    {
        get
        {
            foreach (var (_, name) in _parts)
            {
                if (name is not null)
                {
                    yield return name;
                }
            }
        }
    }

    /// <summary>Reads a template; null if a brace has no partner or a placeholder no name.</summary>
    public static TextTemplate? Parse(string text)
    {
        var parts = new List<Part>();
        for (var at = 0; at < text.Length;)
        {
            var end = at;
            while (end < text.Length && text[end] is not ('{' or '}'))
            {
                end++;
            }

            if (end > at)
            {
                parts.Add(new Part(Encoding.UTF8.GetBytes(text[at..end]), null));
            }

            at = end;
            if (at == text.Length)
            {
                break;
            }

            var close = text.IndexOf('}', at);
            if (text[at] == '}' || close <= at + 1)
            {
                return null;
            }

            parts.Add(new Part(null, text[(at + 1)..close]));
            at = close + 1;
        }

        return new TextTemplate(text, parts);
    }

    /// <summary>The bytes with each placeholder replaced by what it took.</summary>
    public byte[] Fill(Func<string, byte[]> value)
    {
        var filled = new List<byte>();
        foreach (var (literal, name) in _parts)
        {
            filled.AddRange(literal ?? value(name!));
        }

        return [.. filled];
    }

    /// <summary>The bytes as text, or null if they are not UTF-8.</summary>
    public static string? ToText(byte[] bytes)
    {
        try
        {
            return Strict.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    /// <summary>Literal bytes, or a placeholder by its name.</summary>
    private sealed record Part(byte[]? Literal, string? Name);
}
