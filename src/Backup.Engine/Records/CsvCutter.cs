using System.Globalization;
using System.Text;

namespace Backup.Engine.Records;

/// <summary>
/// A record is a row after RFC 4180. A quote opens only at the beginning of a cell; within quotes two stand for one, and line ends and separators are text.
/// </summary>
internal sealed class CsvCutter(RecordRules rules, CutterMemory memory) : RecordCutter
{
    private const string OpenQuote = "its last row opens a quote that is never closed";

    private bool _begun;
    private int[] _columns = [];

    public override Piece Next(ReadOnlySpan<byte> bytes, bool last)
    {
        if (Mark(bytes, last) is { } mark)
        {
            return mark;
        }

        memory.Separator ??= rules.Separator is { } given ? (byte)given : FindSeparator(bytes, last);
        if (memory.Separator is not { } separator)
        {
            return Piece.Incomplete;
        }

        var length = RowLength(bytes, separator, out var quoted);
        if (length == 0 && (!last || quoted))
        {
            return last ? Piece.Broken(OpenQuote) : Piece.Incomplete;
        }

        length = length == 0 ? bytes.Length : length;
        if (_begun)
        {
            return new Piece(PieceKind.Record, length);
        }

        _begun = true;
        return FindColumns(bytes[..length], separator) is { } problem ? Piece.Broken(problem)
            : new Piece(rules.HasHeader ? PieceKind.Frame : PieceKind.Record, length);
    }

    public override IEnumerable<ReadOnlyMemory<byte>> Texts(ReadOnlyMemory<byte> record)
    {
        if (rules.Columns.Count == 0)
        {
            yield return record;
            if (!record.Span.Contains((byte)'"'))
            {
                yield break;
            }
        }

        var cells = Cells(record.Span, memory.Separator!.Value);
        for (var i = 0; i < cells.Count; i++)
        {
            if (rules.Columns.Count == 0 || _columns.Contains(i))
            {
                yield return cells[i];
            }
        }
    }

    /// <summary>The cells of a row, quotes undone.</summary>
    private static List<byte[]> Cells(ReadOnlySpan<byte> row, byte separator)
    {
        row = row.EndsWith("\r\n"u8) ? row[..^2] : row.EndsWith("\n"u8) ? row[..^1] : row;
        var cells = new List<byte[]>();
        var cell = new List<byte>();
        var quoted = false;
        var begins = true;
        for (var at = 0; at < row.Length; at++)
        {
            var value = row[at];
            if (quoted && value == '"')
            {
                quoted = at + 1 < row.Length && row[at + 1] == '"';
                if (quoted)
                {
                    cell.Add(row[at++]);
                }
            }
            else if (!quoted && begins && value == '"')
            {
                quoted = true;
            }
            else if (!quoted && value == separator)
            {
                cells.Add([.. cell]);
                cell.Clear();
                begins = true;
                continue;
            }
            else
            {
                cell.Add(value);
            }

            begins = false;
        }

        cells.Add([.. cell]);
        return cells;
    }

    /// <summary>Up to and with the end of the row; 0: it is not there.</summary>
    private static int RowLength(ReadOnlySpan<byte> bytes, byte separator, out bool quoted)
    {
        quoted = false;
        for (var at = 0; at < bytes.Length;)
        {
            if (bytes[at] == '"')
            {
                quoted = true;
                if (!SkipQuoted(bytes, ref at))
                {
                    return 0;
                }

                quoted = false;
            }

            var end = bytes[at..].IndexOfAny(separator, (byte)'\n');
            if (end < 0)
            {
                return 0;
            }

            at += end + 1;
            if (bytes[at - 1] == '\n')
            {
                return at;
            }
        }

        return 0;
    }

    /// <summary>Goes behind the quote that closes; a quote at the very end may be the first of two.</summary>
    private static bool SkipQuoted(ReadOnlySpan<byte> bytes, ref int at)
    {
        for (at++; ; at += 2)
        {
            var close = bytes[Math.Min(at, bytes.Length)..].IndexOf((byte)'"');
            if (close < 0)
            {
                return false;
            }

            at += close;
            if (at + 1 == bytes.Length || bytes[at + 1] != '"')
            {
                at++;
                return true;
            }
        }
    }

    /// <summary>The separator that stands most often in the first row, outside of quotes; null: the row is not there as a whole.</summary>
    private static byte? FindSeparator(ReadOnlySpan<byte> bytes, bool last)
    {
        var candidates = ",;\t|"u8;
        Span<int> counts = [0, 0, 0, 0];
        var quoted = false;
        var complete = last;
        foreach (var value in bytes)
        {
            quoted ^= value == '"';
            if (!quoted && value == '\n')
            {
                complete = true;
                break;
            }

            if (!quoted && candidates.IndexOf(value) is var candidate && candidate >= 0)
            {
                counts[candidate]++;
            }
        }

        var best = 0;
        for (var i = 1; i < counts.Length; i++)
        {
            best = counts[i] > counts[best] ? i : best;
        }

        return complete ? candidates[best] : null;
    }

    /// <summary>Where the columns are that the rules name; what is wrong with one is a clause.</summary>
    private string? FindColumns(ReadOnlySpan<byte> first, byte separator)
    {
        var names = rules.HasHeader ? Cells(first, separator).ConvertAll(static cell => Encoding.UTF8.GetString(cell).Trim()) : [];
        var columns = new List<int>();
        foreach (var column in rules.Columns)
        {
            var index = names.FindIndex(name => name.Equals(column.Trim(), StringComparison.OrdinalIgnoreCase));
            if (index < 0 && int.TryParse(column, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= 1)
            {
                index = number - 1;
            }

            if (index < 0)
            {
                return $"its first row has no column '{column}'";
            }

            columns.Add(index);
        }

        _columns = [.. columns];
        return null;
    }
}
