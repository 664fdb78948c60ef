namespace Backup.Engine.Records;

internal enum PieceKind
{
    /// <summary>It is left out if it matches.</summary>
    Record,

    /// <summary>It is kept.</summary>
    Frame,

    /// <summary>SQL: an INSERT up to its first tuple. It goes, with its tail, if all its tuples go.</summary>
    Head,

    /// <summary>SQL: what stands between two tuples.</summary>
    Separator,

    /// <summary>SQL: what follows the last tuple, with the end of the line.</summary>
    Tail,
}

/// <summary>The next piece of a file.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Length">In bytes; 0: its end is not in the bytes given.</param>
/// <param name="Problem">Why the file cannot be cut here, as a clause; null: it can.</param>
internal readonly record struct Piece(PieceKind Kind, int Length, string? Problem = null)
{
    public static Piece Incomplete => default;

    public static Piece Broken(string problem) => new(PieceKind.Frame, 0, problem);
}

/// <summary>
/// Cuts files of one format into pieces. Where a piece ends is decided by what stands before it in the same piece or is kept, never by another record: so what
/// remains when records are left out is cut in the same places. One cutter reads one file.
/// </summary>
internal abstract class RecordCutter
{
    /// <summary>The mark at the beginning of UTF-8. Some editors write it, so it is kept wherever a record begins with it.</summary>
    protected static ReadOnlySpan<byte> ByteOrderMark => [0xef, 0xbb, 0xbf];

    /// <summary>The piece with which the bytes begin.</summary>
    /// <param name="bytes">Not empty.</param>
    /// <param name="last">The file ends with them: then the answer is never incomplete.</param>
    public abstract Piece Next(ReadOnlySpan<byte> bytes, bool last);

    /// <summary>Where a record may match: itself, and what its encodings hide.</summary>
    public abstract IEnumerable<ReadOnlyMemory<byte>> Texts(ReadOnlyMemory<byte> record);

    public static RecordCutter Of(RecordRules rules, CutterMemory memory) => rules.Format switch
    {
        RecordFormat.Lines => new LineCutter(),
        RecordFormat.Csv => new CsvCutter(rules, memory),
        RecordFormat.Mbox => new MboxCutter(rules.HeadersOnly),
        RecordFormat.JsonLines => new JsonLineCutter(rules.Fields),
        _ => new SqlCutter(memory),
    };

    /// <summary>A byte order mark as a piece; null: none stands here.</summary>
    protected static Piece? Mark(ReadOnlySpan<byte> bytes, bool last) =>
        bytes.StartsWith(ByteOrderMark) ? new Piece(PieceKind.Frame, ByteOrderMark.Length)
        : !last && bytes.Length < ByteOrderMark.Length && ByteOrderMark.StartsWith(bytes) ? Piece.Incomplete
        : null;

    /// <summary>Up to and with the end of the line; 0: it is not there.</summary>
    protected static int LineLength(ReadOnlySpan<byte> bytes, bool last)
    {
        var end = bytes.IndexOf((byte)'\n');
        return end >= 0 ? end + 1 : last ? bytes.Length : 0;
    }
}

/// <summary>What was found by looking at a file, so that what remains of it is cut the same way.</summary>
internal sealed class CutterMemory
{
    public byte? Separator { get; set; }

    public SqlDialect Dialect { get; set; }
}

/// <summary>A record is a line.</summary>
internal sealed class LineCutter : RecordCutter
{
    public override Piece Next(ReadOnlySpan<byte> bytes, bool last) => Mark(bytes, last) ?? new Piece(PieceKind.Record, LineLength(bytes, last));

    public override IEnumerable<ReadOnlyMemory<byte>> Texts(ReadOnlyMemory<byte> record) => [record];
}
