using System.Text;

namespace Backup.Engine.Policies;

/// <summary>One component of a path pattern: literal bytes, placeholders and stars; or <c>**</c>, any number of components.</summary>
internal sealed class PatternComponent
{
    /// <summary>Tokens of the symbol form: a byte stands for itself.</summary>
    public const int AnyByte = 256;

    /// <summary>Any number of bytes.</summary>
    public const int AnyBytes = 257;

    private readonly Token[] _tokens;

    private PatternComponent(string text, Token[] tokens, bool anyDepth)
    {
        Text = text;
        _tokens = tokens;
        AnyDepth = anyDepth;
        Symbols = ToSymbols(tokens);
        var names = new List<string>();
        foreach (var token in tokens)
        {
            if (token.Name is { } name)
            {
                names.Add(name);
            }
        }

        Placeholders = names;
    }

    public static PatternComponent Rest { get; } = new("**", [], anyDepth: true);

    /// <summary>As the policy writes it.</summary>
    public string Text { get; }

    /// <summary>True for <c>**</c>.</summary>
    public bool AnyDepth { get; }

    /// <summary>The names of its placeholders, from left to right.</summary>
    public IReadOnlyList<string> Placeholders { get; }

    /// <summary>What it matches, with placeholders and stars spelled out: for comparing patterns.</summary>
    public int[] Symbols { get; }

    public bool IsLiteral => _tokens is [{ Literal: not null }];

    public bool HasLiteral => Array.Exists(_tokens, token => token.Literal is not null);

    public static PatternComponent Literal(string name) => new(name, [new Token(Encoding.UTF8.GetBytes(name), null)], anyDepth: false);

    /// <summary>Reads one component. What is wrong with it is a clause for a message.</summary>
    public static PatternComponent? Parse(string text, out string? problem)
    {
        problem = text switch
        {
            "" => "has an empty component ('//')",
            "." or ".." => "holds '.' or '..'",
            _ => null,
        };
        if (problem is not null || text == "**")
        {
            return problem is null ? Rest : null;
        }

        var tokens = new List<Token>();
        for (var at = 0; at < text.Length && problem is null;)
        {
            problem = ReadToken(text, ref at, tokens);
        }

        return problem is null ? new PatternComponent(text, [.. tokens], anyDepth: false) : null;
    }

    /// <summary>
    /// Whether it matches a name. A placeholder takes as few bytes as it can, one at least. Taking the first place where each literal stands is
    /// enough: what stands right of it only gets more room.
    /// </summary>
    /// <param name="name">The name of an entry.</param>
    /// <param name="captures">Gets what the placeholders took, in order; as long as <see cref="Placeholders"/>.</param>
    public bool Matches(ReadOnlySpan<byte> name, Span<Range> captures)
    {
        var (at, captured) = (0, 0);
        for (var i = 0; i < _tokens.Length; i++)
        {
            var token = _tokens[i];
            if (token.Literal is { } literal)
            {
                if (!name[at..].StartsWith(literal))
                {
                    return false;
                }

                at += literal.Length;
                continue;
            }

            var least = at + (token.Name is null ? 0 : 1);
            var end = EndOfWildcard(name, least, i);
            if (end < least)
            {
                return false;
            }

            if (token.Name is not null)
            {
                captures[captured++] = at..end;
            }

            at = end;
        }

        return at == name.Length;
    }

    private int EndOfWildcard(ReadOnlySpan<byte> name, int least, int token)
    {
        if (token == _tokens.Length - 1)
        {
            return name.Length;
        }

        var following = _tokens[token + 1].Literal!;
        if (least > name.Length)
        {
            return -1;
        }

        if (token == _tokens.Length - 2)
        {
            return name[least..].EndsWith(following) ? name.Length - following.Length : -1;
        }

        var found = name[least..].IndexOf(following);
        return found < 0 ? -1 : least + found;
    }

    private static string? ReadToken(string text, ref int at, List<Token> tokens)
    {
        var afterWildcard = tokens.Count > 0 && tokens[^1].Literal is null;
        if (text[at] is not ('*' or '{'))
        {
            var end = at;
            while (end < text.Length && text[end] is not ('*' or '{' or '}' or '?'))
            {
                end++;
            }

            if (end == at)
            {
                return text[at] == '?' ? "holds '?', which is no wildcard here ('*' is)" : "holds '}' without '{'";
            }

            tokens.Add(new Token(Encoding.UTF8.GetBytes(text[at..end]), null));
            at = end;
            return null;
        }

        var start = at;
        var close = text.IndexOf('}', at);
        at = text[at] == '*' ? at + 1 : close + 1;
        if (at < text.Length && text[start] == '*' && text[at] == '*')
        {
            return "holds '**' beside other text";
        }

        if (afterWildcard)
        {
            return "has two wildcards side by side, and nothing says where the first one ends";
        }

        var name = text[start] == '*' ? null : text[(start + 1)..Math.Max(start + 1, close)];
        tokens.Add(new Token(null, name));
        return name is null || (close > start && IsPlaceholder(name)) ? null : "has a '{' that begins no placeholder like {user}";
    }

    private static bool IsPlaceholder(string name) =>
        name.Length > 0 && char.IsAsciiLetter(name[0]) && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_');

    private static int[] ToSymbols(Token[] tokens)
    {
        // No name is empty, so a placeholder alone takes what a star alone takes.
        if (tokens is [{ Literal: null }])
        {
            return [AnyBytes];
        }

        var symbols = new List<int>();
        foreach (var token in tokens)
        {
            if (token.Literal is { } literal)
            {
                foreach (var value in literal)
                {
                    symbols.Add(value);
                }

                continue;
            }

            if (token.Name is not null)
            {
                symbols.Add(AnyByte);
            }

            symbols.Add(AnyBytes);
        }

        return [.. symbols];
    }

    /// <summary>Literal bytes, or a placeholder by its name, or (neither) a star.</summary>
    private sealed record Token(byte[]? Literal, string? Name);
}
