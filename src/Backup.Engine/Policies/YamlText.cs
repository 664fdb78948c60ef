using System.Globalization;
using System.Text;

namespace Backup.Engine.Policies;

/// <summary>Writes block-style YAML. What is null or empty is left out, section heads included.</summary>
internal sealed class YamlText
{
    private readonly StringBuilder _text = new();
    private string _indent = "";
    private bool _item;

    /// <summary>A key with its value as it stands; nothing if there is none.</summary>
    public void Line(string key, string? value)
    {
        if (value is not null)
        {
            Begin().Append(key).Append(": ").Append(value).Append('\n');
        }
    }

    public void Text(string key, string? value) => Line(key, value is null ? null : Quoted(value));

    public void Number(string key, int value) => Line(key, value.ToString(CultureInfo.InvariantCulture));

    /// <summary>A number of which zero means that nothing was said.</summary>
    public void Count(string key, int value) => Line(key, value > 0 ? value.ToString(CultureInfo.InvariantCulture) : null);

    public void Flag(string key, bool value) => Line(key, value ? "true" : "false");

    public void Size(string key, long bytes) => Line(key, Quantity.FormatSize(bytes));

    public void Rate(string key, long? bytes) => Line(key, bytes is { } rate ? Quantity.FormatSize(rate) + "/s" : null);

    public void Duration(string key, TimeSpan duration) => Line(key, Quantity.Format(duration));

    public void Texts(string key, IReadOnlyList<string> values) =>
        Line(key, values.Count > 0 ? "[" + string.Join(", ", values.Select(Quoted)) + "]" : null);

    /// <summary>A key with keys below it; nothing if none is written, unless the key alone says something.</summary>
    public void Section(string key, Action content, bool always = false)
    {
        var start = _text.Length;
        var wasItem = _item;
        Begin().Append(key).Append(":\n");
        var empty = _text.Length;
        var indent = _indent;
        _indent += "  ";
        content();
        _indent = indent;
        if (_text.Length == empty)
        {
            _text.Length = start;
            _item = wasItem;
            Line(key, always ? "{}" : null);
        }
    }

    /// <summary>A key with a list of mappings below it; nothing if there are none.</summary>
    public void List<T>(string key, IReadOnlyList<T> items, Action<T> content)
    {
        if (items.Count == 0)
        {
            return;
        }

        Begin().Append(key).Append(":\n");
        var indent = _indent;
        foreach (var item in items)
        {
            _indent = indent + "    ";
            _item = true;
            content(item);
        }

        _indent = indent;
    }

    public override string ToString() => _text.ToString();

    private StringBuilder Begin()
    {
        _text.Append(_item ? _indent[..^2] + "- " : _indent);
        _item = false;
        return _text;
    }

    /// <summary>Double quotes wherever plain text could be taken for something else.</summary>
    public static string Quoted(string text)
    {
        var plain = text.Length > 0 && (char.IsAsciiLetter(text[0]) || text[0] == '/') &&
            text.All(c => char.IsAsciiLetterOrDigit(c) || c is '/' or '-' or '_' or '.' or '@') &&
            text is not ("true" or "false" or "null" or "yes" or "no" or "on" or "off");
        if (plain)
        {
            return text;
        }

        var quoted = new StringBuilder("\"");
        foreach (var c in text)
        {
            quoted.Append(c switch { '"' => "\\\"", '\\' => "\\\\", '\n' => "\\n", '\t' => "\\t", _ => c.ToString() });
        }

        return quoted.Append('"').ToString();
    }
}
