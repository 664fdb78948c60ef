using System.Text;
using System.Text.Unicode;

namespace Backup.Engine.Policies;

/// <summary>Reads the table form of a subjects file; see <see cref="SubjectsFile"/>. A row is one line: no identifier has a line break.</summary>
internal static class SubjectsCsv
{
    public static void Read(ReadOnlySpan<byte> content, TiedIdentifiers persons, PolicyFaults faults)
    {
        content = NamedFile.WithoutMark(content);
        List<string?>? columns = null;
        char? separator = null;
        var number = 0;
        foreach (var range in content.Split((byte)'\n'))
        {
            number++;
            var bytes = content[range].TrimEnd((byte)'\r');
            if (!Utf8.IsValid(bytes))
            {
                faults.Add(number, Column(bytes), "The file is not UTF-8 here.", "Save the file as UTF-8.");
                continue;
            }

            var line = Encoding.UTF8.GetString(bytes);
            if (string.IsNullOrWhiteSpace(line) || line.AsSpan().TrimStart().StartsWith('#'))
            {
                continue;
            }

            separator ??= FindSeparator(line);
            if (Cells(line, number, separator ?? ';', faults) is not { } cells)
            {
                continue;
            }

            if (columns is null)
            {
                columns = Header(cells, faults) ?? [];
                if (columns.Count > 0)
                {
                    continue;
                }
            }

            for (var i = 0; i < cells.Count; i++)
            {
                cells[i] = cells[i] with { Typed = Typed(cells[i].Typed, i < columns.Count ? columns[i] : null) };
            }

            persons.Add(cells.FindAll(static cell => cell.Typed.Length > 0));
        }
    }

    private static int Column(ReadOnlySpan<byte> line)
    {
        var column = 1;
        while (Rune.DecodeFromUtf8(line, out _, out var length) == System.Buffers.OperationStatus.Done)
        {
            line = line[length..];
            column++;
        }

        return column;
    }

    /// <summary>The one of <c>;</c> and <c>,</c> that stands first outside of quotes.</summary>
    private static char? FindSeparator(string line)
    {
        var quoted = false;
        foreach (var character in line)
        {
            quoted ^= character == '"';
            if (!quoted && character is ';' or ',')
            {
                return character;
            }
        }

        return null;
    }

    /// <summary>The cells of a row with their columns, empty ones too; null, and a fault, if a quote is wrong.</summary>
    private static List<PlacedIdentifier>? Cells(string line, int number, char separator, PolicyFaults faults)
    {
        var cells = new List<PlacedIdentifier>();
        for (var at = 0; at <= line.Length;)
        {
            while (at < line.Length && line[at] is ' ' or '\t')
            {
                at++;
            }

            var begins = at;
            string text;
            if (at < line.Length && line[at] == '"')
            {
                if (Quoted(line, ref at) is not { } inside)
                {
                    faults.Add(number, begins + 1, "A quote opens here and does not close in this line.", "Close it; write a quote inside as two (\"\").");
                    return null;
                }

                text = inside;
            }
            else
            {
                text = line[at..Next(line, at, separator)];
                at += text.Length;
            }

            var end = Next(line, at, separator);
            if (!string.IsNullOrWhiteSpace(line[at..end]))
            {
                faults.Add(number, at + 1, "Text follows the quote that closes a cell.", "Put the whole cell in quotes; write a quote inside as two (\"\").");
                return null;
            }

            cells.Add(new PlacedIdentifier(text.Trim(), number, begins + 1));
            at = end + 1;
        }

        return cells;
    }

    private static int Next(string line, int at, char separator) => line.IndexOf(separator, at) is var found && found >= 0 ? found : line.Length;

    /// <summary>The text in quotes; <paramref name="at"/> goes behind them. Null: they do not close.</summary>
    private static string? Quoted(string line, ref int at)
    {
        var text = new StringBuilder();
        for (at++; at < line.Length; at++)
        {
            if (line[at] != '"')
            {
                text.Append(line[at]);
            }
            else if (at + 1 < line.Length && line[at + 1] == '"')
            {
                text.Append(line[at++]);
            }
            else
            {
                at++;
                return text.ToString();
            }
        }

        return null;
    }

    /// <summary>The types of the columns if the row names some; null: it is a person.</summary>
    private static List<string?>? Header(List<PlacedIdentifier> cells, PolicyFaults faults)
    {
        var types = cells.ConvertAll(static cell => TypeOf(cell.Typed));
        if (types.TrueForAll(static type => type is null) || cells.Exists(static cell => cell.Typed.Contains(':', StringComparison.Ordinal)))
        {
            return null;
        }

        foreach (var (cell, type) in cells.Zip(types))
        {
            if (type is null && cell.Typed.Length > 0)
            {
                faults.Add(
                    cell.Line,
                    cell.Column,
                    $"The column {PolicyReading.Quote(cell.Typed)} is no type of identifier; the nearest known one is " +
                    $"'{KnownKeys.Nearest(cell.Typed, TiedIdentifiers.Types)}'.",
                    $"Remove the column, or name it by its type. Known here: {string.Join(", ", TiedIdentifiers.Types)}, also with a number (email_2).");
            }
        }

        return types;
    }

    /// <summary><c>email</c>, <c>Email2</c> and <c>email_2</c> name the same type.</summary>
    private static string? TypeOf(string column)
    {
        var name = column.TrimEnd("0123456789".ToCharArray()).TrimEnd('_', '-', ' ').ToLowerInvariant();
        return TiedIdentifiers.Types.Contains(name, StringComparer.Ordinal) ? name : null;
    }

    /// <summary>The text of a cell with its type, its own or its column's.</summary>
    private static string Typed(string text, string? type)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        var own = colon > 0 && SubjectIdentifier.Types.Contains(text[..colon], StringComparer.Ordinal);
        return own || text.Length == 0 || type is null ? text : $"{type}:{text}";
    }
}
