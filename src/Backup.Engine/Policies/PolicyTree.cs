using System.Globalization;
using YamlDotNet.Core;
using YamlDotNet.Core.Tokens;

namespace Backup.Engine.Policies;

/// <summary>
/// Turns YAML text into nodes with positions. It takes the part of YAML 1.2 that a policy needs: one document, mappings with text keys, lists, text,
/// anchors and aliases. Depth and number of values are bounded, aliases counted as often as they are used.
/// It stands on the library's scanner and not on its parser, whose first use compiles regular expressions: 20 ms of every command.
/// </summary>
internal sealed class PolicyTree
{
    private const string Look = "Check indentation (spaces, no tabs), quotes and brackets here and in the line above.";
    private const int DeepestNesting = 16;
    private const int MostNodes = 100_000;

    private readonly PolicyFaults _faults;
    private readonly Scanner _scanner;
    private readonly Dictionary<string, Anchored> _anchors = new(StringComparer.Ordinal);
    private int _weight;

    private PolicyTree(string text, PolicyFaults faults)
    {
        _faults = faults;
        _scanner = new Scanner(new StringReader(text));
    }

    /// <summary>The token that is read next.</summary>
    private Token Current => _scanner.Current!;

    /// <summary>The document, or null and at least one fault.</summary>
    public static PolicyNode? Parse(string text, PolicyFaults faults)
    {
        var tree = new PolicyTree(text, faults);
        try
        {
            return tree.ReadDocument();
        }
        catch (TreeException refused)
        {
            faults.Add(refused.Line, refused.Column, refused.Message, refused.Remedy);
        }
        catch (YamlException broken)
        {
            var line = Math.Max(1, (int)broken.Start.Line);
            if (!TellTab(text, line, faults) && !TellTab(text, line + 1, faults))
            {
                faults.Add(line, Math.Max(1, (int)broken.Start.Column), $"This is not YAML: {broken.Message.TrimEnd('.')}.", Look);
            }
        }

        return null;
    }

    /// <summary>A tab in the indentation is the usual reason for text that cannot be read, and invisible.</summary>
    private static bool TellTab(string text, int line, PolicyFaults faults)
    {
        var lines = text.Split('\n', line + 1);
        var start = line <= lines.Length ? lines[line - 1] : "";
        var indent = start.Length - start.TrimStart(' ', '\t').Length;
        var tab = start.IndexOf('\t', StringComparison.Ordinal);
        if (tab < 0 || tab >= indent)
        {
            return false;
        }

        faults.Add(line, tab + 1, "A tab stands in the indentation, which YAML does not allow.", "Indent with spaces.");
        return true;
    }

    private PolicyNode? ReadDocument()
    {
        Next();
        Next();
        while (Current is VersionDirective)
        {
            Next();
        }

        if (Current is TagDirective)
        {
            throw Refuse("Tags have no meaning in a policy.", "Remove the line.");
        }

        var begun = Current is DocumentStart;
        if (begun)
        {
            Next();
        }

        if (Current is StreamEnd or DocumentEnd)
        {
            _faults.Add(1, 1, "The policy is empty.", "Start from a sample of the folder policies/.");
            return null;
        }

        var root = ReadNode(depth: 0, indentless: false);
        while (Current is DocumentEnd)
        {
            Next();
        }

        return Current switch
        {
            StreamEnd => root,
            DocumentStart => throw Refuse(
                "A policy is one YAML document; here a second one begins.",
                "Remove the line '---' and what follows, or make it a file of its own."),
            _ => throw Unexpected(),
        };
    }

    private void Next()
    {
        try
        {
            _scanner.MoveNext();
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException)
        {
            // The scanner gives up so on some texts with open brackets or odd anchors; where it stands is near enough.
            var mark = _scanner.CurrentPosition;
            throw new TreeException(
                (int)mark.Line,
                (int)mark.Column,
                "This is not YAML: a bracket is not closed, or an anchor has an odd name.",
                Look);
        }

        if (Current is Error error)
        {
            throw Broken(error.Value.TrimEnd('.'));
        }
    }

    /// <summary>Reads one value.</summary>
    /// <param name="depth">The number of values around it.</param>
    /// <param name="indentless">The value of a key: a list may begin without being indented.</param>
    private PolicyNode ReadNode(int depth, bool indentless)
    {
        if (depth > DeepestNesting)
        {
            throw Refuse(
                string.Create(CultureInfo.InvariantCulture, $"Values are nested more than {DeepestNesting} levels deep."),
                "No part of a policy is that deep: check brackets and indentation.");
        }

        Weigh(1);
        if (Current is AnchorAlias alias)
        {
            var target = Resolve(alias.Value.Value);
            Next();
            return target;
        }

        if (Current is not Anchor anchor)
        {
            return ReadContent(depth, indentless);
        }

        var (name, before) = (anchor.Value.Value, _weight);
        var anchored = new Anchored();
        _anchors[name] = anchored;
        Next();
        anchored.Node = ReadContent(depth, indentless);
        anchored.Weight = _weight - before + 1;
        return anchored.Node;
    }

    private PolicyNode ReadContent(int depth, bool indentless)
    {
        switch (Current)
        {
            case Scalar scalar:
                var text = new ScalarNode((int)scalar.Start.Line, (int)scalar.Start.Column, scalar.Value, scalar.Style == ScalarStyle.Plain);
                Next();
                return text;
            case BlockMappingStart:
                return ReadBlockMap(depth);
            case FlowMappingStart:
                return ReadFlowMap(depth);
            case BlockSequenceStart:
                Next();
                var list = ReadBlockList(depth);
                Expect(Current is BlockEnd);
                Next();
                return list;
            case BlockEntry when indentless:
                return ReadBlockList(depth);
            case FlowSequenceStart:
                return ReadFlowList(depth);
            case Tag:
                throw Refuse(
                    "Tags (words that begin with '!') have no meaning in a policy.",
                    "Remove the tag; put text that begins with '!' in quotes.");
            default:
                throw Unexpected();
        }
    }

    private MapNode ReadBlockMap(int depth)
    {
        var map = new MapNode((int)Current.Start.Line, (int)Current.Start.Column);
        for (Next(); Current is not BlockEnd;)
        {
            Expect(Current is Key);
            Next();
            var key = ReadKey(depth);
            Expect(Current is Value);
            Next();
            map.Add(key, Current is Key or BlockEnd ? Nothing(key.Line, key.Column) : ReadNode(depth + 1, indentless: true));
        }

        Next();
        return map;
    }

    private MapNode ReadFlowMap(int depth)
    {
        var map = new MapNode((int)Current.Start.Line, (int)Current.Start.Column);
        for (Next(); Current is not FlowMappingEnd;)
        {
            Expect(Current is Key);
            Next();
            var key = ReadKey(depth);
            Expect(Current is Value);
            Next();
            map.Add(key, Current is FlowEntry or FlowMappingEnd ? Nothing(key.Line, key.Column) : ReadNode(depth + 1, indentless: false));
            ReadSeparator(map, Current is FlowMappingEnd);
        }

        Next();
        return map;
    }

    private ListNode ReadBlockList(int depth)
    {
        var list = new ListNode((int)Current.Start.Line, (int)Current.Start.Column);
        while (Current is BlockEntry)
        {
            var dash = Current.Start;
            Next();
            list.Items.Add(Current is BlockEntry or Key or BlockEnd ? Nothing((int)dash.Line, (int)dash.Column) : ReadNode(depth + 1, indentless: false));
        }

        return list;
    }

    private ListNode ReadFlowList(int depth)
    {
        var list = new ListNode((int)Current.Start.Line, (int)Current.Start.Column);
        for (Next(); Current is not FlowSequenceEnd;)
        {
            if (Current is Key)
            {
                throw Refuse("A key stands in a list without braces.", "Write [ { key: value } ], or put text that holds ': ' in quotes.");
            }

            list.Items.Add(ReadNode(depth + 1, indentless: false));
            ReadSeparator(list, Current is FlowSequenceEnd);
        }

        Next();
        return list;
    }

    private ScalarNode ReadKey(int depth)
    {
        var (line, column) = ((int)Current.Start.Line, (int)Current.Start.Column);
        return ReadNode(depth + 1, indentless: false) as ScalarNode ?? throw new TreeException(
            line,
            column,
            "A key must be text.",
            "Write 'key: value'.");
    }

    private void ReadSeparator(PolicyNode around, bool atEnd)
    {
        if (Current is StreamEnd)
        {
            throw new TreeException(around.Line, around.Column, "This is not YAML: the bracket that opens here is never closed.", Look);
        }

        Expect(atEnd || Current is FlowEntry);
        if (!atEnd)
        {
            Next();
        }
    }

    private static ScalarNode Nothing(int line, int column) => new(line, column, "", plain: true);

    private PolicyNode Resolve(string anchor)
    {
        if (!_anchors.TryGetValue(anchor, out var target))
        {
            throw Refuse($"No '&{anchor}' stands before '*{anchor}'.", "Define the anchor first; put text that begins with '*' in quotes.");
        }

        Weigh(target.Weight);
        return target.Node ?? throw Refuse($"'*{anchor}' stands inside its own '&{anchor}'.", "Write the value out.");
    }

    private void Weigh(int nodes)
    {
        _weight += nodes;
        if (_weight > MostNodes)
        {
            throw Refuse(
                string.Create(CultureInfo.InvariantCulture, $"The policy has more than {MostNodes} values, each alias counted as what it stands for."),
                "Split the policy, or use fewer aliases.");
        }
    }

    private void Expect(bool fits)
    {
        if (!fits)
        {
            throw Unexpected();
        }
    }

    private TreeException Unexpected() => Broken(Current switch
    {
        StreamEnd => "the text ends in the middle of a value",
        FlowMappingEnd => "a '}' has no '{', or stands where a value is expected",
        FlowSequenceEnd => "a ']' has no '[', or stands where a value is expected",
        FlowEntry => "a ',' stands where a value is expected",
        BlockEntry => "a '-' stands where no list is",
        Scalar => "text stands where a 'key:', a ',' or the end of the line is expected",
        BlockEnd => "the indentation ends in the middle of a value",
        Key or Value or BlockMappingStart =>
            "a 'key:' stands where it cannot be: its indentation differs from its neighbours', or a ',' or '}' is missing before it",
        _ => "this cannot stand here",
    });

    private TreeException Broken(string what) => Refuse($"This is not YAML: {what}.", Look);

    private TreeException Refuse(string message, string remedy) => new((int)Current.Start.Line, (int)Current.Start.Column, message, remedy);

    /// <summary>What an anchor stands for; no node while it is read.</summary>
    private sealed class Anchored
    {
        public PolicyNode? Node { get; set; }

        public int Weight { get; set; }
    }

    /// <summary>Never leaves this class.</summary>
    private sealed class TreeException(int line, int column, string message, string remedy) : Exception(message)
    {
        public int Line { get; } = line;

        public int Column { get; } = column;

        public string Remedy { get; } = remedy;
    }
}
