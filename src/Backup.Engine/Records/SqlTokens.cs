using System.Buffers;

namespace Backup.Engine.Records;

/// <summary>Who wrote a dump: that decides what a backslash in a string means.</summary>
internal enum SqlDialect
{
    /// <summary>Nothing has told it yet.</summary>
    Unknown,

    /// <summary>MySQL and MariaDB: a backslash escapes, also a quote.</summary>
    MySql,

    /// <summary>PostgreSQL: a backslash is a character, except in <c>E'…'</c>.</summary>
    Postgres,
}

/// <summary>Finds the ends of SQL's tokens, so far as they hide quotes, brackets and semicolons.</summary>
internal static class SqlTokens
{
    /// <summary>The end of a token is not in the bytes.</summary>
    public const int Incomplete = -1;

    /// <summary>The end depends on who wrote the dump, which nothing has told.</summary>
    public const int Ambiguous = -2;

    private static readonly SearchValues<byte> WordBytes = SearchValues.Create(
        [.. "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_"u8, .. Enumerable.Range(128, 128).Select(static value => (byte)value)]);

    /// <summary>The end of the token that begins at a place, or one of the two other answers.</summary>
    /// <param name="bytes">The text.</param>
    /// <param name="at">Where the token begins; not the end of the text.</param>
    /// <param name="last">Nothing follows the text.</param>
    /// <param name="dialect">Who wrote it.</param>
    public static int End(ReadOnlySpan<byte> bytes, int at, bool last, SqlDialect dialect)
    {
        var rest = bytes[at..];
        switch (rest[0])
        {
            case (byte)'\'' or (byte)'"':
                return Offset(at, StringLength(rest, last, rest[0] == '"' && dialect != SqlDialect.MySql ? SqlDialect.Postgres : dialect));
            case (byte)'`':
                return Offset(at, StringLength(rest, last, SqlDialect.Postgres));
            case (byte)'-' or (byte)'/' or (byte)'#' when CommentLength(rest, last, dialect) is var length && length != 0:
                return Offset(at, length);
            case (byte)'$' when dialect != SqlDialect.MySql && DollarLength(rest, last) is var length && length != 0:
                return Offset(at, length);
        }

        var word = WordLength(rest);
        if (word == 0)
        {
            return at + 1;
        }

        if (word == rest.Length && !last)
        {
            return Incomplete;
        }

        return word == 1 && (rest[0] | 0x20) == 'e' && word < rest.Length && rest[1] == '\''
            ? Offset(at + 1, StringLength(rest[1..], last, SqlDialect.MySql))
            : at + word;
    }

    public static int WordLength(ReadOnlySpan<byte> rest) => rest.IndexOfAnyExcept(WordBytes) is var end && end >= 0 ? end : rest.Length;

    public static bool IsWord(ReadOnlySpan<byte> word, ReadOnlySpan<byte> upper) => System.Text.Ascii.EqualsIgnoreCase(word, upper);

    /// <summary>How long the comment is that begins here; 0: none does.</summary>
    public static int CommentLength(ReadOnlySpan<byte> rest, bool last, SqlDialect dialect)
    {
        if (rest.Length == 1 && !last && rest[0] is (byte)'-' or (byte)'/')
        {
            return Incomplete;
        }

        if (rest.StartsWith("/*"u8))
        {
            return rest[2..].IndexOf("*/"u8) is var end && end >= 0 ? end + 4 : Incomplete;
        }

        // To MySQL two dashes begin a comment only before a blank: 5--3 is a sum.
        var dashes = rest.StartsWith("--"u8) && (dialect == SqlDialect.Postgres || rest.Length == 2 || rest[2] <= ' ');
        if (!dashes && !(rest[0] == '#' && dialect == SqlDialect.MySql))
        {
            return 0;
        }

        return rest.IndexOf((byte)'\n') is var line && line >= 0 ? line + 1 : last ? rest.Length : Incomplete;
    }

    private static int Offset(int at, int length) => length < 0 ? length : at + length;

    /// <summary>Up to and with the quote that closes; a doubled one does not.</summary>
    private static int StringLength(ReadOnlySpan<byte> rest, bool last, SqlDialect dialect)
    {
        var quote = rest[0];
        for (var at = 1; at < rest.Length;)
        {
            var found = rest[at..].IndexOfAny(quote, (byte)'\\');
            if (found < 0)
            {
                return Incomplete;
            }

            at += found;
            if (rest[at] == quote)
            {
                if (at + 1 == rest.Length)
                {
                    return last ? at + 1 : Incomplete;
                }

                if (rest[at + 1] != quote)
                {
                    return at + 1;
                }

                at += 2;
                continue;
            }

            var run = rest[at..].IndexOfAnyExcept((byte)'\\') is var end && end >= 0 ? end : rest.Length - at;
            if (dialect == SqlDialect.Unknown && at + run < rest.Length && rest[at + run] == quote && run % 2 == 1)
            {
                return Ambiguous;
            }

            at += run + (dialect == SqlDialect.MySql ? run % 2 : 0);
        }

        return Incomplete;
    }

    /// <summary>How long <c>$tag$…$tag$</c> is; 0: none begins here.</summary>
    private static int DollarLength(ReadOnlySpan<byte> rest, bool last)
    {
        var word = WordLength(rest[1..]) + 1;
        if (word == rest.Length)
        {
            return last ? 0 : Incomplete;
        }

        if (rest[word] != '$' || (word > 1 && char.IsAsciiDigit((char)rest[1])))
        {
            return 0;
        }

        var tag = rest[..(word + 1)];
        return rest[tag.Length..].IndexOf(tag) is var end && end >= 0 ? tag.Length + end + tag.Length : Incomplete;
    }
}
