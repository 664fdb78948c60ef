using System.Text.RegularExpressions;

namespace Backup.Engine.Records;

/// <summary>How a file that mixes people is divided into records.</summary>
public enum RecordFormat
{
    /// <summary>A line with its end (LF, CRLF, or none at the end of the file). A CR alone ends no line.</summary>
    Lines,

    /// <summary>A row after RFC 4180, which may span lines. The header is no record.</summary>
    Csv,

    /// <summary>
    /// A message from its line <c>From </c> up to the next one, each at the beginning of the file or behind an empty line: mboxo and mboxrd, RFC 4155. Files
    /// that count by Content-Length instead (mboxcl2) may hold such a line within a message, which then counts as two.
    /// </summary>
    Mbox,

    /// <summary>A line that holds a JSON value.</summary>
    JsonLines,

    /// <summary>
    /// A dump by mysqldump or pg_dump: a tuple of an <c>INSERT … VALUES</c>, or a line between <c>COPY … FROM stdin;</c> and <c>\.</c>. All else is no
    /// record.
    /// </summary>
    Sql,
}

/// <summary>Which records of a file are left out.</summary>
internal sealed record RecordRules
{
    public required RecordFormat Format { get; init; }

    /// <summary>What makes a record match: one of these as a whole token, in any case and any <see cref="TextForm"/>.</summary>
    public required IReadOnlyList<string> Texts { get; init; }

    /// <summary>Or one of these. They must not backtrack: a record is up to 64 MiB.</summary>
    public IReadOnlyList<Regex> Patterns { get; init; } = [];

    /// <summary>CSV: what divides cells; null: the one of <c>, ; tab |</c> that stands most often in the first row.</summary>
    public char? Separator { get; init; }

    /// <summary>CSV: the first row names the columns and is kept. Default true.</summary>
    public bool HasHeader { get; init; } = true;

    /// <summary>CSV: where to look, by name (in any case) or number from 1; none: everywhere.</summary>
    public IReadOnlyList<string> Columns { get; init; } = [];

    /// <summary>
    /// JSON lines: where to look, as keys from the outside in, <c>user.email</c>; of a list each item, or by number from 0. None: everywhere. A line that is
    /// no JSON has no fields, so it is looked through as a whole.
    /// </summary>
    public IReadOnlyList<string> Fields { get; init; } = [];

    /// <summary>Mbox: look only into the <c>From </c> line and the header fields of the message itself.</summary>
    public bool HeadersOnly { get; init; }
}
