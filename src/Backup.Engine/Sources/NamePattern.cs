using System.Buffers;
using System.Text;

namespace Backup.Engine.Sources;

/// <summary>
/// A pattern for one component of a path: <c>*</c> any characters, <c>?</c> one, <c>[a-z]</c> one of these, <c>[!a-z]</c> one of the
/// others, <c>\</c> takes the next character as it is. A name is bytes: where it is UTF-8 a character is what a reader calls so, else it
/// is one byte.
/// </summary>
internal sealed class NamePattern
{
    // A byte that is no UTF-8 counts as a character beyond Unicode: '*', '?' and [!…] match it, nothing else does.
    private const int NoCharacter = 0x110000;

    private readonly List<Token> _tokens = [];

    /// <exception cref="FormatException">The pattern is no pattern; the message says why.</exception>
    public NamePattern(string text)
    {
        var runes = text.EnumerateRunes().Select(static rune => rune.Value).ToArray();
        for (var i = 0; i < runes.Length;)
        {
            _tokens.Add(runes[i++] switch
            {
                '*' => new Token(TokenKind.Any, null, false),
                '?' => new Token(TokenKind.One, [new CharacterRange(0, int.MaxValue)], false),
                '[' => ParseSet(runes, ref i),
                '\\' when i == runes.Length => throw new FormatException("it ends with a lone backslash; write \\\\ for a backslash"),
                '\\' => Literal(runes[i++]),
                var character => Literal(character),
            });
        }
    }

    private enum TokenKind
    {
        Any,
        One,
    }

    public bool Matches(ReadOnlySpan<byte> name)
    {
        int token = 0, at = 0, lastAny = -1, resume = 0;
        while (at < name.Length)
        {
            if (token < _tokens.Count && _tokens[token].Kind is TokenKind.Any)
            {
                lastAny = token++;
                resume = at;
                continue;
            }

            var length = Decode(name[at..], out var character);
            if (token < _tokens.Count && _tokens[token].Matches(character))
            {
                token++;
                at += length;
            }
            else if (lastAny >= 0)
            {
                token = lastAny + 1;
                resume += Decode(name[resume..], out _);
                at = resume;
            }
            else
            {
                return false;
            }
        }

        while (token < _tokens.Count && _tokens[token].Kind is TokenKind.Any)
        {
            token++;
        }

        return token == _tokens.Count;
    }

    private static int Decode(ReadOnlySpan<byte> text, out int character)
    {
        if (text[0] < 0x80)
        {
            character = text[0];
            return 1;
        }

        if (Rune.DecodeFromUtf8(text, out var rune, out var consumed) is OperationStatus.Done)
        {
            character = rune.Value;
            return consumed;
        }

        character = NoCharacter + text[0];
        return 1;
    }

    private static Token Literal(int character) => new(TokenKind.One, [new CharacterRange(character, character)], false);

    private static Token ParseSet(int[] text, ref int at)
    {
        var negated = at < text.Length && text[at] is '!' or '^';
        if (negated) at++;
        var spans = new List<CharacterRange>();
        for (var first = true; ; first = false)
        {
            if (at >= text.Length) throw new FormatException("'[' has no ']'; write \\[ for a bracket");
            if (text[at] == ']' && !first) break;
            if (text[at] == '[' && at + 1 < text.Length && text[at + 1] == ':')
            {
                throw new FormatException("classes like [:alpha:] are not known; write the characters");
            }

            var low = SetCharacter(text, ref at);
            var high = low;
            if (at + 1 < text.Length && text[at] == '-' && text[at + 1] != ']')
            {
                at++;
                high = SetCharacter(text, ref at);
            }

            spans.Add(new CharacterRange(low, high));
        }

        at++;
        return new Token(TokenKind.One, spans, negated);
    }

    private static int SetCharacter(int[] text, ref int at)
    {
        if (text[at] == '\\' && at + 1 < text.Length) at++;
        return text[at++];
    }

    private readonly record struct CharacterRange(int Low, int High);

    private readonly record struct Token(TokenKind Kind, List<CharacterRange>? Spans, bool Negated)
    {
        public bool Matches(int character)
        {
            foreach (var span in Spans!)
            {
                if (character >= span.Low && character <= span.High) return !Negated;
            }

            return Negated;
        }
    }
}
