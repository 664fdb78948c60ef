using System.Globalization;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Backup.Engine.Policies;

/// <summary>
/// Turns YAML text into nodes with positions. It takes the part of YAML 1.2 that a policy needs: one document, mappings with text keys, lists, text,
/// anchors and aliases. Depth and number of values are bounded, aliases counted as often as they are used.
/// </summary>
internal sealed class PolicyTree
{
    private const int DeepestNesting = 16;
    private const int MostNodes = 100_000;

    private readonly PolicyFaults _faults;
    private readonly Parser _parser;
    private readonly Dictionary<string, (PolicyNode? Node, int Weight)> _anchors = new(StringComparer.Ordinal);
    private int _weight;

    private PolicyTree(string text, PolicyFaults faults)
    {
        _faults = faults;
        _parser = new Parser(new Scanner(new StringReader(text)));
    }

    private ParsingEvent Current => _parser.Current!;

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
            var message = $"This is not YAML: {broken.Message.TrimEnd('.')}.";
            faults.Add((int)broken.Start.Line, (int)broken.Start.Column, message, "Check indentation (spaces, no tabs), quotes and brackets here and in the line above.");
        }

        return null;
    }

    private PolicyNode? ReadDocument()
    {
        Next();
        Next();
        if (Current is StreamEnd)
        {
            _faults.Add(1, 1, "The policy is empty.", "Start from a sample of the folder policies/.");
            return null;
        }

        Next();
        var root = ReadNode(depth: 0);
        Next();
        Next();
        return Current is StreamEnd ? root : throw Refuse("A policy is one YAML document; here a second one begins.", "Remove the line '---' and what follows, or make it a file of its own.");
    }

    private void Next()
    {
        if (!_parser.MoveNext())
        {
            throw new YamlException("the text ends too early");
        }
    }

    private PolicyNode ReadNode(int depth)
    {
        if (depth > DeepestNesting)
        {
            throw Refuse(string.Create(CultureInfo.InvariantCulture, $"Values are nested more than {DeepestNesting} levels deep."), "No part of a policy is that deep: check brackets and indentation.");
        }

        Weigh(1);
        if (Current is AnchorAlias alias)
        {
            return Resolve(alias.Value.Value);
        }

        var start = (NodeEvent)Current;
        if (!start.Tag.IsEmpty)
        {
            throw Refuse("Tags (words that begin with '!') have no meaning in a policy.", "Remove the tag; put text that begins with '!' in quotes.");
        }

        var anchor = start.Anchor.IsEmpty ? null : start.Anchor.Value;
        var before = _weight;
        if (anchor is not null)
        {
            _anchors[anchor] = (null, 0);
        }

        var node = ReadContent(start, depth);
        if (anchor is not null)
        {
            _anchors[anchor] = (node, _weight - before + 1);
        }

        return node;
    }

    private PolicyNode ReadContent(NodeEvent start, int depth)
    {
        var (line, column) = ((int)start.Start.Line, (int)start.Start.Column);
        switch (start)
        {
            case Scalar scalar:
                return new ScalarNode(line, column, scalar.Value, scalar.Style == ScalarStyle.Plain);
            case SequenceStart:
                var list = new ListNode(line, column);
                for (Next(); Current is not SequenceEnd; Next())
                {
                    list.Items.Add(ReadNode(depth + 1));
                }

                return list;
            default:
                var map = new MapNode(line, column);
                for (Next(); Current is not MappingEnd; Next())
                {
                    var key = ReadNode(depth + 1) as ScalarNode ?? throw Refuse("A key must be text.", "Write 'key: value'.");
                    Next();
                    map.Entries.Add((key, ReadNode(depth + 1)));
                }

                return map;
        }
    }

    private PolicyNode Resolve(string anchor)
    {
        if (!_anchors.TryGetValue(anchor, out var target))
        {
            throw Refuse($"No '&{anchor}' stands before '*{anchor}'.", "Define the anchor first; put text that begins with '*' in quotes.");
        }

        if (target.Node is null)
        {
            throw Refuse($"'*{anchor}' stands inside its own '&{anchor}'.", "Write the value out.");
        }

        Weigh(target.Weight);
        return target.Node;
    }

    private void Weigh(int nodes)
    {
        _weight += nodes;
        if (_weight > MostNodes)
        {
            throw Refuse(string.Create(CultureInfo.InvariantCulture, $"The policy has more than {MostNodes} values, each alias counted as what it stands for."), "Split the policy, or use fewer aliases.");
        }
    }

    private TreeException Refuse(string message, string remedy) => new((int)Current.Start.Line, (int)Current.Start.Column, message, remedy);

    /// <summary>Never leaves this class.</summary>
    private sealed class TreeException(int line, int column, string message, string remedy) : Exception(message)
    {
        public int Line { get; } = line;

        public int Column { get; } = column;

        public string Remedy { get; } = remedy;
    }
}
