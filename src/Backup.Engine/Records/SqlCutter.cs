namespace Backup.Engine.Records;

/// <summary>
/// A record is a tuple or a line of a dump; see <see cref="RecordFormat.Sql"/>. Statements begin behind a semicolon, so an INSERT within a trigger's or
/// function's body is none: these stand in comments, between dollar quotes or behind a DELIMITER.
/// </summary>
internal sealed class SqlCutter(CutterMemory memory) : RecordCutter
{
    private const string Ends = "it ends within a row";
    private const string WhoseBackslash = "a backslash stands before a quote, and nothing tells whether the dump is by mysqldump or pg_dump";

    private State _state;

    private enum State
    {
        Statements,

        /// <summary>At a tuple.</summary>
        Tuple,

        /// <summary>Behind one.</summary>
        AfterTuple,

        /// <summary>In the lines of a COPY.</summary>
        Copy,

        /// <summary>Between DELIMITER and DELIMITER ;</summary>
        Delimited,
    }

    public override Piece Next(ReadOnlySpan<byte> bytes, bool last) => _state switch
    {
        State.Tuple => NextTuple(bytes, last),
        State.AfterTuple => NextBehindTuple(bytes, last),
        State.Copy => NextLine(bytes, last),
        State.Delimited => NextDelimited(bytes, last),
        _ => NextStatements(bytes, last),
    };

    public override IEnumerable<ReadOnlyMemory<byte>> Texts(ReadOnlyMemory<byte> record)
    {
        var copy = _state == State.Copy;
        yield return record;
        if (copy ? record.Span.Contains((byte)'\\') : record.Span.ContainsAny((byte)'\\', (byte)'\''))
        {
            var escapes = memory.Dialect != SqlDialect.Postgres || record.Span.IndexOf("E'"u8) >= 0;
            yield return copy ? SqlText.OfCopyLine(record.Span) : SqlText.OfTuple(record.Span, escapes);
        }
    }

    /// <summary>Whole statements up to an INSERT with rows, or up to a COPY with its line end.</summary>
    private Piece NextStatements(ReadOnlySpan<byte> bytes, bool last)
    {
        for (var at = 0; at < bytes.Length;)
        {
            var end = EndOfBlank(bytes, at, last);
            if (end == at)
            {
                var word = bytes.Slice(at, SqlTokens.WordLength(bytes[at..]));
                var insert = SqlTokens.IsWord(word, "INSERT"u8) || SqlTokens.IsWord(word, "REPLACE"u8);
                if (insert && at > 0)
                {
                    return new Piece(PieceKind.Frame, at);
                }

                if (insert)
                {
                    return NextInsert(bytes, last);
                }

                end = EndOfStatement(bytes, at, word, last);
            }

            if (end < 0)
            {
                return at > 0 ? new Piece(PieceKind.Frame, at)
                    : end == SqlTokens.Ambiguous ? Piece.Broken(WhoseBackslash)
                    : last ? new Piece(PieceKind.Frame, bytes.Length) : Piece.Incomplete;
            }

            if (_state != State.Statements)
            {
                return new Piece(PieceKind.Frame, end);
            }

            if (Observe(bytes[at..end]) is { } problem)
            {
                return at > 0 ? new Piece(PieceKind.Frame, at) : Piece.Broken(problem);
            }

            at = end;
        }

        return new Piece(PieceKind.Frame, bytes.Length);
    }

    /// <summary>Behind a blank, a comment, a byte order mark or a command to psql; the place itself if none stands there.</summary>
    private int EndOfBlank(ReadOnlySpan<byte> bytes, int at, bool last)
    {
        if (bytes[at] <= ' ' || bytes[at] == ';')
        {
            return at + 1;
        }

        if (Mark(bytes[at..], last) is { } mark)
        {
            return mark.Length == 0 ? SqlTokens.Incomplete : at + mark.Length;
        }

        var length = bytes[at] == '\\' ? LineLength(bytes[at..], last) : SqlTokens.CommentLength(bytes[at..], last, memory.Dialect);
        return length < 0 || (length == 0 && bytes[at] == '\\') ? SqlTokens.Incomplete : at + length;
    }

    private int EndOfStatement(ReadOnlySpan<byte> bytes, int at, ReadOnlySpan<byte> word, bool last)
    {
        if (SqlTokens.IsWord(word, "DELIMITER"u8))
        {
            var line = LineLength(bytes[at..], last);
            var semicolon = line > 0 && bytes.Slice(at + word.Length, line - word.Length).Trim(" \t\r\n"u8).SequenceEqual(";"u8);
            _state = line > 0 && !semicolon ? State.Delimited : _state;
            return line > 0 ? at + line : SqlTokens.Incomplete;
        }

        var end = Through(bytes, at, last, (byte)';');
        if (end < 0 || !SqlTokens.IsWord(word, "COPY"u8) || !IsFromStdin(bytes[at..end]))
        {
            return end;
        }

        var rest = LineLength(bytes[end..], last);
        if (rest == 0)
        {
            return SqlTokens.Incomplete;
        }

        memory.Dialect = SqlDialect.Postgres;
        _state = State.Copy;
        return end + rest;
    }

    private Piece NextInsert(ReadOnlySpan<byte> bytes, bool last)
    {
        var afterValues = false;
        for (var at = 0; at < bytes.Length;)
        {
            if (afterValues && bytes[at] == '(')
            {
                _state = State.Tuple;
                return Observe(bytes[..at]) is { } problem ? Piece.Broken(problem) : new Piece(PieceKind.Head, at);
            }

            var end = bytes[at] == '(' ? Through(bytes, at, last, (byte)')') : SqlTokens.End(bytes, at, last, memory.Dialect);
            if (end < 0)
            {
                return end == SqlTokens.Ambiguous ? Piece.Broken(WhoseBackslash) : last ? Piece.Broken(Ends) : Piece.Incomplete;
            }

            var token = bytes[at..end];
            if (token.SequenceEqual(";"u8))
            {
                return new Piece(PieceKind.Frame, end);
            }

            var blank = token[0] <= ' ' || token.StartsWith("--"u8) || token.StartsWith("/*"u8);
            afterValues = SqlTokens.IsWord(token, "VALUES"u8) || SqlTokens.IsWord(token, "VALUE"u8) || (afterValues && blank);
            at = end;
        }

        return last ? Piece.Broken(Ends) : Piece.Incomplete;
    }

    private Piece NextTuple(ReadOnlySpan<byte> bytes, bool last)
    {
        var end = Through(bytes, 0, last, (byte)')');
        if (end < 0)
        {
            return end == SqlTokens.Ambiguous ? Piece.Broken(WhoseBackslash) : last ? Piece.Broken(Ends) : Piece.Incomplete;
        }

        _state = State.AfterTuple;
        return new Piece(PieceKind.Record, end);
    }

    private Piece NextBehindTuple(ReadOnlySpan<byte> bytes, bool last)
    {
        var comma = false;
        for (var at = 0; at < bytes.Length;)
        {
            if (comma && bytes[at] == '(')
            {
                _state = State.Tuple;
                return new Piece(PieceKind.Separator, at);
            }

            var end = bytes[at] <= ' ' ? at + 1 : SqlTokens.End(bytes, at, last, memory.Dialect);
            if (end < 0)
            {
                return end == SqlTokens.Ambiguous ? Piece.Broken(WhoseBackslash) : last ? Piece.Broken(Ends) : Piece.Incomplete;
            }

            var blank = bytes[at] <= ' ' || bytes[at..].StartsWith("--"u8) || bytes[at..].StartsWith("/*"u8);
            if (!blank && (comma || bytes[at] != ','))
            {
                return comma ? Piece.Broken("an INSERT has a comma behind its last row") : NextTail(bytes, at, last);
            }

            comma |= !blank;
            at = end;
        }

        return last ? Piece.Broken(Ends) : Piece.Incomplete;
    }

    private Piece NextTail(ReadOnlySpan<byte> bytes, int at, bool last)
    {
        var end = Through(bytes, at, last, (byte)';');
        var rest = end < 0 ? default : bytes[end..];
        if (end < 0 || (!last && (rest.IsEmpty || rest.SequenceEqual("\r"u8))))
        {
            return end == SqlTokens.Ambiguous ? Piece.Broken(WhoseBackslash) : last ? Piece.Broken(Ends) : Piece.Incomplete;
        }

        _state = State.Statements;
        return new Piece(PieceKind.Tail, end + (rest.StartsWith("\r\n"u8) ? 2 : rest.StartsWith("\n"u8) ? 1 : 0));
    }

    private Piece NextLine(ReadOnlySpan<byte> bytes, bool last)
    {
        var length = LineLength(bytes, last);
        var end = bytes[..length].TrimEnd("\r\n"u8).SequenceEqual("\\."u8);
        _state = end ? State.Statements : _state;
        return new Piece(end ? PieceKind.Frame : PieceKind.Record, length);
    }

    private Piece NextDelimited(ReadOnlySpan<byte> bytes, bool last)
    {
        var length = LineLength(bytes, last);
        var words = bytes[..length].Trim(" \t\r\n"u8);
        var word = SqlTokens.WordLength(words);
        if (SqlTokens.IsWord(words[..word], "DELIMITER"u8) && words[word..].Trim(" \t"u8).SequenceEqual(";"u8))
        {
            _state = State.Statements;
        }

        return new Piece(PieceKind.Frame, length);
    }

    /// <summary>Behind the byte that closes at the level of the place.</summary>
    private int Through(ReadOnlySpan<byte> bytes, int at, bool last, byte closing)
    {
        for (var depth = 0; at < bytes.Length;)
        {
            var value = bytes[at];
            at = SqlTokens.End(bytes, at, last, memory.Dialect);
            if (at < 0)
            {
                return at;
            }

            depth += value == '(' ? 1 : value == ')' ? -1 : 0;
            if (value == closing && (closing == ';' || depth == 0))
            {
                return at;
            }
        }

        return SqlTokens.Incomplete;
    }

    private static bool IsFromStdin(ReadOnlySpan<byte> statement)
    {
        var text = System.Text.Encoding.Latin1.GetString(statement);
        return text.TrimEnd(';', ' ', '\t').EndsWith("FROM stdin", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Learns from what is kept who wrote the dump.</summary>
    private string? Observe(ReadOnlySpan<byte> kept)
    {
        if (memory.Dialect == SqlDialect.Unknown)
        {
            memory.Dialect = kept.IndexOf("PostgreSQL database dump"u8) >= 0 || kept.IndexOf("standard_conforming_strings"u8) >= 0 ? SqlDialect.Postgres
                : kept.IndexOf("MySQL dump"u8) >= 0 || kept.IndexOf("MariaDB dump"u8) >= 0 || kept.StartsWith("/*!"u8) || kept.Contains((byte)'`') ? SqlDialect.MySql
                : SqlDialect.Unknown;
        }

        return kept.IndexOf("standard_conforming_strings = off"u8) >= 0
            ? "its strings are written with standard_conforming_strings off, which this program does not read"
            : null;
    }
}
