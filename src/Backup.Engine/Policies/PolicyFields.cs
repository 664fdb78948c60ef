using System.Globalization;

namespace Backup.Engine.Policies;

/// <summary>
/// The keys of one mapping. Every method tells what is wrong and then gives the default or a harmless value, so that the reading goes on and finds all.
/// </summary>
internal sealed class PolicyFields
{
    private readonly MapNode _map;
    private readonly string _what;

    private PolicyFields(PolicyReading reading, MapNode map, string what)
    {
        Reading = reading;
        _map = map;
        _what = what;
    }

    public PolicyReading Reading { get; }

    public PolicyFaults Faults => Reading.Faults;

    public PolicyNode Node => _map;

    /// <summary>The keys of a mapping, each of them known and there once.</summary>
    /// <param name="node">The value; a fault if it is no mapping.</param>
    /// <param name="what">The mapping with its article, for messages: "a site".</param>
    /// <param name="known">Every key that it may have.</param>
    /// <param name="reading">The policy.</param>
    public static PolicyFields? Of(PolicyNode node, string what, IReadOnlyList<string> known, PolicyReading reading)
    {
        var fields = OfAny(node, what, reading);
        if (fields is not null)
        {
            fields.CheckKeys(what, known);
        }

        return fields;
    }

    /// <summary>The keys of a mapping whose keys are names that the policy gives.</summary>
    public static PolicyFields? OfAny(PolicyNode node, string what, PolicyReading reading)
    {
        if (node is not MapNode map)
        {
            reading.Faults.Add(
                node,
                $"Here {what} is expected, as a mapping of keys, and not {node.Shape}.",
                "Write '{ key: value, … }', or one 'key: value' a line.");
            return null;
        }

        var fields = new PolicyFields(reading, map, what);
        fields.CheckTwice();
        return fields;
    }

    /// <summary>The names of a mapping with their values.</summary>
    public List<PolicyEntry> Entries => _map.Entries;

    /// <summary>The kind of a site or source: one of the words that <see cref="PolicyKinds"/> was given; empty if nothing tells it.</summary>
    public string Kind { get; set; } = "";

    /// <summary>Where a key's value stands; where the mapping begins if the key is missing.</summary>
    public PolicyNode At(string key) => Value(key) ?? _map;

    public bool Has(string key) => Value(key) is not null;

    public void Fault(string key, string message, string remedy) => Faults.Add(At(key), message, remedy);

    /// <summary>The value of a key; null if it is missing. A key without a value is a fault.</summary>
    public PolicyNode? Find(string key)
    {
        var value = Value(key);
        if (value is ScalarNode { IsNothing: true })
        {
            Faults.Add(value, $"The key '{key}' has no value.", $"Give it one, or remove '{key}'.");
            return null;
        }

        return value;
    }

    public PolicyNode? Require(string key)
    {
        if (!Has(key))
        {
            Faults.Add(_map, $"The key '{key}' is missing in {_what}.", $"Add '{key}: …'.");
        }

        return Find(key);
    }

    public string? Text(string key) => Find(key) is { } node ? TextOf(node, $"'{key}'") : null;

    public string RequiredText(string key) => Require(key) is { } node ? TextOf(node, $"'{key}'") ?? "" : "";

    public bool Flag(string key, bool otherwise = false)
    {
        var node = Find(key);
        if (node is null or ScalarNode { Plain: true, Text: "true" or "True" or "TRUE" or "false" or "False" or "FALSE" })
        {
            return node is ScalarNode flag ? flag.Text is "true" or "True" or "TRUE" : otherwise;
        }

        Faults.Add(node, $"'{key}' is true or false, and not {Shown(node)}.", $"Write '{key}: true' or '{key}: false'.");
        return otherwise;
    }

    public int Integer(string key, int otherwise, int least, int most)
    {
        if (Find(key) is not { } node)
        {
            return otherwise;
        }

        if (node is ScalarNode { Plain: true } scalar &&
            int.TryParse(scalar.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most)
        {
            return number;
        }

        Faults.Add(
            node,
            $"'{key}' is a whole number from {least} to {most}, and not {Shown(node)}.",
            $"Write '{key}: {Math.Clamp(otherwise, least, most)}' or another number, without quotes.");
        return otherwise;
    }

    /// <summary>A value that is written as text of a certain form; false if the key is missing or the text is none.</summary>
    /// <param name="key">The key.</param>
    /// <param name="form">The form in words: "a size, like 64MiB".</param>
    /// <param name="read">Reads the text; false if it has not the form.</param>
    public bool Formed(string key, string form, Func<string, bool> read)
    {
        if (Find(key) is not { } node)
        {
            return false;
        }

        if (node is ScalarNode scalar && read(scalar.Text))
        {
            return true;
        }

        Faults.Add(node, $"'{key}' cannot be {Shown(node)}.", $"Write {form}.");
        return false;
    }

    /// <summary>A number of bytes.</summary>
    public long Size(string key, long otherwise)
    {
        var bytes = otherwise;
        return Formed(key, Quantity.SizeForm, text => Quantity.TrySize(text, out bytes)) ? bytes : otherwise;
    }

    /// <summary>Bytes per second, or null: unlimited.</summary>
    public long? Rate(string key)
    {
        var rate = 0L;
        return Formed(key, Quantity.RateForm, text => Quantity.TryRate(text, out rate)) ? rate : null;
    }

    public TimeSpan Duration(string key, TimeSpan otherwise)
    {
        var duration = otherwise;
        return Formed(key, Quantity.ExactDurationForm, text => Quantity.TryDuration(text, out duration)) ? duration : otherwise;
    }

    public CalendarPeriod? Period(string key)
    {
        var period = CalendarPeriod.Zero;
        return Formed(key, Quantity.DurationForm, text => Quantity.TryPeriod(text, out period)) ? period : null;
    }

    /// <summary>One of several words, as its place among them.</summary>
    public int Word(string key, int otherwise, string[] words)
    {
        if (Find(key) is not { } node || TextOf(node, $"'{key}'") is not { } text)
        {
            return otherwise;
        }

        var word = Array.IndexOf(words, text);
        if (word < 0)
        {
            Faults.Add(
                node,
                $"'{key}' is {PolicyReading.Quote(text)}, which is none of {string.Join(", ", words)}.",
                $"Write '{key}: {KnownKeys.Nearest(text, words)}'.");
        }

        return word < 0 ? otherwise : word;
    }

    /// <summary>The texts of a list; empty if the key is missing.</summary>
    public IReadOnlyList<string> Texts(string key, bool required = false, bool script = false)
    {
        var texts = new List<string>();
        foreach (var item in Items(key, required))
        {
            if (TextOf(item, $"each item of '{key}'", script) is { } text)
            {
                texts.Add(text);
            }
        }

        return texts;
    }

    /// <summary>The values of a list; none if the key is missing.</summary>
    public IReadOnlyList<PolicyNode> Items(string key, bool required = false)
    {
        var node = required ? Require(key) : Find(key);
        if (node is not (null or ListNode))
        {
            Faults.Add(node, $"'{key}' is a list, and not {node.Shape}.", $"Write '{key}: [ … ]', or one '- …' a line.");
        }

        var items = (node as ListNode)?.Items ?? [];
        if (required && node is ListNode && items.Count == 0)
        {
            Faults.Add(node, $"The list '{key}' is empty.", "Add at least one item.");
        }

        return items;
    }

    /// <summary>A file or folder, relative to the policy file, as an absolute path.</summary>
    public string? FilePath(string key)
    {
        if (Text(key) is not { } text)
        {
            return null;
        }

        if (text == "~" || text.StartsWith("~/", StringComparison.Ordinal))
        {
            Fault(key, $"'{key}' begins with '~', which only a shell understands.", "Write the whole path.");
            return null;
        }

        return Reading.Absolute(text);
    }

    /// <summary>A file that the run will open; <see cref="Policy.CheckFiles"/> looks whether it is there.</summary>
    public string? File(string key, PolicyPart part, string? id, bool secret)
    {
        var path = FilePath(key);
        if (path is not null)
        {
            var place = At(key);
            Reading.Files.Add(new FileReference(Reading.Tenant, part, id, key, path, secret) { Line = place.Line, Column = place.Column });
        }

        return path;
    }

    /// <summary>A text that is not empty and holds no control character; a script may have several lines.</summary>
    public string? TextOf(PolicyNode node, string what, bool script = false)
    {
        if (node is not ScalarNode { IsNothing: false } scalar)
        {
            Faults.Add(
                node,
                $"{Capital(what)} is text, and not {node.Shape}.",
                "Write one text; put it in quotes if it holds ':', '#', brackets or braces.");
            return null;
        }

        var control = HoldsControl(scalar.Text, script);
        if (control || string.IsNullOrWhiteSpace(scalar.Text))
        {
            Faults.Add(
                node,
                $"{Capital(what)} {(control ? "holds a control character or a line break" : "is empty")}.",
                "Write one line of text.");
            return null;
        }

        return scalar.Text;
    }

    private static bool HoldsControl(string text, bool script)
    {
        foreach (var character in text)
        {
            if (char.IsControl(character) && !(script && character is '\n' or '\t'))
            {
                return true;
            }
        }

        return false;
    }

    private static string Capital(string what) => char.ToUpperInvariant(what[0]) + what[1..];

    private static string Shown(PolicyNode node) =>
        node is ScalarNode scalar ? PolicyReading.Quote(scalar.Text) + (scalar.Plain ? "" : " in quotes") : node.Shape;

    private PolicyNode? Value(string key)
    {
        foreach (var entry in _map.Entries)
        {
            if (entry.Key.Text == key)
            {
                return entry.Value;
            }
        }

        return null;
    }

    /// <summary>A fault for each key that is not known.</summary>
    public void CheckKeys(string what, IReadOnlyList<string> known)
    {
        foreach (var key in _map.Entries.Select(entry => entry.Key))
        {
            if (known.Contains(key.Text, StringComparer.Ordinal))
            {
                continue;
            }

            if (key.Text == "<<")
            {
                Faults.Add(key, "Merge keys ('<<') are not supported.", "Write the keys out, or use an alias for a whole value.");
                continue;
            }

            var nearest = KnownKeys.Nearest(key.Text, known);
            var typo = KnownKeys.Distance(key.Text, nearest) <= Math.Max(2, key.Text.Length / 3);
            Faults.Add(
                key,
                $"Unknown key {PolicyReading.Quote(key.Text)} in {what}; the nearest known one is '{nearest}'.",
                $"{(typo ? $"Write '{nearest}'" : "Remove it")}. Known here: {string.Join(", ", known)}.");
        }
    }

    private void CheckTwice()
    {
        var seen = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var key in _map.Entries.Select(entry => entry.Key))
        {
            if (!seen.TryAdd(key.Text, key.Line))
            {
                Faults.Add(
                    key,
                    $"The key {PolicyReading.Quote(key.Text)} stands twice in {_what}, first in line {seen[key.Text]}.",
                    "Keep one of the two.");
            }
        }
    }
}
