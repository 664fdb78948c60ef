namespace Backup.Engine.Policies;

/// <summary>A value of the policy file and where it stands. Line and column count from 1.</summary>
internal abstract class PolicyNode(int line, int column)
{
    public int Line { get; } = line;

    public int Column { get; } = column;

    /// <summary>How the value is called in a message.</summary>
    public abstract string Shape { get; }
}

/// <param name="line">From 1.</param>
/// <param name="column">From 1.</param>
/// <param name="text">The text, quotes and escapes undone.</param>
/// <param name="plain">True if it stood without quotes: only then it can be a number, a truth value or nothing.</param>
internal sealed class ScalarNode(int line, int column, string text, bool plain) : PolicyNode(line, column)
{
    public string Text { get; } = text;

    public bool Plain { get; } = plain;

    public bool IsNothing => Plain && Text is "" or "~" or "null" or "Null" or "NULL";

    public override string Shape => IsNothing ? "nothing" : "text";
}

internal sealed class ListNode(int line, int column) : PolicyNode(line, column)
{
    public List<PolicyNode> Items { get; } = [];

    public override string Shape => "a list";
}

internal sealed class MapNode(int line, int column) : PolicyNode(line, column)
{
    public List<PolicyEntry> Entries { get; } = [];

    public override string Shape => "a mapping of keys";

    public void Add(ScalarNode key, PolicyNode value) => Entries.Add(new PolicyEntry(key, value));
}

/// <summary>A class and no tuple, as everywhere in this folder: lists of own value types are compiled at run time, in each process anew.</summary>
internal sealed record PolicyEntry(ScalarNode Key, PolicyNode Value);
