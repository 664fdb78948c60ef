using System.Text;

namespace Backup.Engine.Policies;

/// <summary>The SQL expressions of a data map, as far as they must be understood: which tables they name, and under which name.</summary>
public static class MapExpression
{
    /// <summary>The tables whose columns an expression names.</summary>
    public static IReadOnlySet<string> TablesOf(string text)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        _ = Rename(text, name =>
        {
            names.Add(name);
            return name;
        });
        return names;
    }

    /// <summary>The expression with each table under another name. What stands in quotes is not looked at.</summary>
    /// <param name="text">The expression.</param>
    /// <param name="rename">Gives the name to write, quoted.</param>
    public static string Rename(string text, Func<string, string> rename)
    {
        var written = new StringBuilder(text.Length + 32);
        for (var at = 0; at < text.Length;)
        {
            var character = text[at];
            var end = at + 1;
            if (character is '\'' or '"' or '`')
            {
                end = text.IndexOf(character, end) is var close and >= 0 ? close + 1 : text.Length;
                written.Append(text, at, end - at);
            }
            else if (IsNamePart(character))
            {
                while (end < text.Length && IsNamePart(text[end]))
                {
                    end++;
                }

                var name = text[at..end];
                var isTable = !char.IsAsciiDigit(character) && end + 1 < text.Length && text[end] == '.' && (IsNamePart(text[end + 1]) || text[end + 1] is '`' or '"') && (at == 0 || text[at - 1] != '.');
                written.Append(isTable ? rename(name) : name);
            }
            else
            {
                written.Append(character);
            }

            at = end;
        }

        return written.ToString();
    }

    private static bool IsNamePart(char character) => char.IsLetterOrDigit(character) || character is '_' or '$';
}
