using System.Text;

namespace Backup.Cli.Output;

/// <summary>Rows in aligned columns, for output that is read by eye and cut by tools alike: no frames, two blanks between columns.</summary>
internal sealed class Columns(params Column[] columns)
{
    private readonly List<string[]> _rows = [];

    public int Count => _rows.Count;

    public void Add(params string[] cells) => _rows.Add(cells);

    /// <summary>The lines, a heading first unless every heading is empty.</summary>
    public IEnumerable<string> Lines(string indent = "")
    {
        var widths = new int[columns.Length];
        for (var i = 0; i < columns.Length; i++)
        {
            widths[i] = _rows.Aggregate(Width(columns[i].Heading), (widest, row) => Math.Max(widest, Width(row[i])));
        }

        if (columns.Any(column => column.Heading.Length > 0))
        {
            yield return Format(columns.Select(column => column.Heading).ToArray(), widths, indent);
        }

        foreach (var row in _rows)
        {
            yield return Format(row, widths, indent);
        }
    }

    private string Format(string[] cells, int[] widths, string indent)
    {
        var line = new StringBuilder(indent);
        for (var i = 0; i < cells.Length; i++)
        {
            var padding = widths[i] - Width(cells[i]);
            if (i > 0)
            {
                line.Append("  ");
            }

            line.Append(' ', columns[i].Right ? padding : 0).Append(cells[i]).Append(' ', columns[i].Right ? 0 : padding);
        }

        return line.ToString().TrimEnd();
    }

    /// <summary>Columns on a terminal, near enough: a code point is one wide, combining marks none, East Asian wide ones two.</summary>
    private static int Width(string text)
    {
        var width = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            width += rune.Value switch
            {
                >= 0x300 and <= 0x36f => 0,
                (>= 0x1100 and <= 0x115f) or (>= 0x2e80 and <= 0xa4cf) or (>= 0xac00 and <= 0xd7a3) or (>= 0xf900 and <= 0xfaff) or (>= 0xff00 and <= 0xff60) or >= 0x1f300 => 2,
                _ => 1,
            };
        }

        return width;
    }
}

/// <param name="Heading">Empty: no heading.</param>
/// <param name="Right">Figures stand at the right.</param>
internal sealed record Column(string Heading, bool Right = false);
