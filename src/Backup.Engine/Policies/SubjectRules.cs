using System.Text;
using Backup.Engine.Format;

namespace Backup.Engine.Policies;

/// <summary>
/// The subject rules of one source, compiled: for every path the domain in which it lies. The person's folder (the path up to the last component that
/// gives a part of the identifier) belongs to the person, its own name and everything below it included, whatever the rest of the pattern says.
/// Safe for use by several threads.
/// </summary>
public sealed class SubjectRules
{
    private readonly IReadOnlyList<SubjectRule> _rules;
    private readonly RetentionClass? _class;
    private CachedHash? _hash;

    /// <param name="rules">Compiled and ranked: see <see cref="RuleOverlap"/>.</param>
    /// <param name="sourceClass">The class of what no rule matches, or null.</param>
    internal SubjectRules(IReadOnlyList<SubjectRule> rules, RetentionClass? sourceClass)
    {
        _rules = rules;
        _class = sourceClass;
        var elsewhere = OfSource(subject: null, cutDepth: -1, problem: null);
        Outside = new RuleState(this, RulePlace.Outside, elsewhere, [], 0);
        var threads = new RuleThread[rules.Count];
        for (var i = 0; i < threads.Length; i++)
        {
            threads[i] = new RuleThread(rules[i], 0, []);
        }

        Root = rules.Count == 0 ? Outside : new RuleState(this, RulePlace.OnTheWay, elsewhere, threads, 0);
    }

    /// <summary>The rules of a source that has none, and no class either.</summary>
    public static SubjectRules None { get; } = new([], null);

    /// <summary>The state of <c>/</c>, where every walk begins.</summary>
    public RuleState Root { get; }

    /// <summary>SHA-256 over everything that decides in which domain a path lies. The order of the rules does not.</summary>
    public Hash Hash => (_hash ??= new CachedHash(ComputeHash())).Value;

    internal RuleState Outside { get; }

    /// <summary>The state of a path, for one that does not walk.</summary>
    /// <param name="path">Absolute.</param>
    /// <param name="directory">Whether the last component is a directory.</param>
    public RuleState Find(ReadOnlySpan<byte> path, bool directory)
    {
        var state = Root;
        foreach (var range in path.Split((byte)'/'))
        {
            var name = path[range];
            state = name.IsEmpty ? state : state.Enter(name, directory || range.End.GetOffset(path.Length) < path.Length);
        }

        return state;
    }

    internal RuleState Step(RuleState from, ReadOnlySpan<byte> name, bool directory)
    {
        List<RuleThread>? next = null;
        foreach (var thread in from.Threads)
        {
            var index = thread.Waits ? thread.Index + 1 : thread.Index;
            if (Capture(thread.Rule.Components[index], name, thread.Captures) is { } captures)
            {
                next ??= new List<RuleThread>(from.Threads.Length);
                next.Add(new RuleThread(thread.Rule, index + 1, captures));
            }
        }

        if (next is null)
        {
            return from.Unadvanced;
        }

        var depth = from.Depth + 1;
        var owner = from.Owner ?? FindOwner(next, depth);
        foreach (var thread in from.Threads)
        {
            if (thread.Waits)
            {
                next.Add(thread);
            }
        }

        return owner is not null ? Inside(from, next, owner, directory)
            : Hiding(from, next, name, depth) is { } hidden ? new RuleState(this, RulePlace.Inside, hidden, [.. next], depth)
            : new RuleState(this, RulePlace.OnTheWay, from.Assignment, [.. next], depth);
    }

    /// <summary>The placeholders so far, with those of one component added; null if the component does not match.</summary>
    private static byte[][]? Capture(PatternComponent component, ReadOnlySpan<byte> name, byte[][] before)
    {
        var count = component.Placeholders.Count;
        Span<Range> taken = stackalloc Range[count];
        if (!component.Matches(name, taken))
        {
            return null;
        }

        if (count == 0)
        {
            return before;
        }

        var captures = new byte[before.Length + count][];
        before.CopyTo(captures, 0);
        for (var i = 0; i < count; i++)
        {
            captures[before.Length + i] = name[taken[i]].ToArray();
        }

        return captures;
    }

    private static RuleOwner? FindOwner(List<RuleThread> threads, int depth)
    {
        foreach (var (rule, index, captures) in threads)
        {
            if (index == rule.FolderLength)
            {
                var bytes = rule.Subject.Fill(name => rule.Value(name, captures));
                var text = TextTemplate.ToText(bytes);
                string? reason = null;
                var known = text is not null && SubjectIdentifier.TryNormalize(text, out text, out reason);
                var problem = known ? null : $"no identifier can be formed from its name: {reason ?? "it is not UTF-8"}";
                return new RuleOwner(known ? text! : SubjectIdentifier.Raw(bytes), depth - (index - rule.CutLength), rule.Group, problem);
            }
        }

        return null;
    }

    /// <summary>
    /// Below the cut and above the person's folder, names must not show either: what is there and in nobody's folder lies in a domain of that name.
    /// </summary>
    private DomainAssignment? Hiding(RuleState from, List<RuleThread> threads, ReadOnlySpan<byte> name, int depth)
    {
        if (from.Place == RulePlace.Inside)
        {
            return from.Assignment;
        }

        foreach (var (rule, index, _) in threads)
        {
            if (index == rule.CutLength + 1)
            {
                return OfSource(SubjectIdentifier.Raw(name), depth - 1, problem: null);
            }
        }

        return null;
    }

    private RuleState Inside(RuleState from, List<RuleThread> threads, RuleOwner owner, bool directory)
    {
        var entered = from.Owner is null;
        var (rank, assignment) = (from.Rank, from.Assignment);
        if (entered)
        {
            // Nobody's folder lies in another's: rules of other groups, and those still above this folder, are done.
            threads.RemoveAll(thread => thread.Rule.Group != owner.Group || thread.Index < thread.Rule.FolderLength);
            (rank, assignment) = (-1, OfSource(owner.Subject, owner.CutDepth, owner.Problem));
        }

        foreach (var thread in threads)
        {
            if (thread.Complete && thread.Rule.Rank > rank && Applies(thread.Rule, directory))
            {
                (rank, assignment) = (thread.Rule.Rank, Assign(owner, thread));
            }
        }

        var live = threads.FindAll(thread => !thread.Complete && thread.Rule.Rank > rank);
        return new RuleState(this, RulePlace.Inside, assignment, [.. live], from.Depth + 1) { Owner = owner, Rank = rank };
    }

    /// <summary>A name directly in the person's place is the person's, directory or not; further down <c>/**</c> asks for a directory.</summary>
    private static bool Applies(SubjectRule rule, bool directory) =>
        directory || !rule.Pattern.IsDirectory || rule.FolderLength == rule.Components.Length;

    /// <summary>What no rule gives a class lies in the source's.</summary>
    private DomainAssignment OfSource(string? subject, int cutDepth, string? problem) =>
        new(subject, _class?.Name, _class?.MtimePeriod ?? PeriodSource.None, cutDepth, Mixed: false, problem);

    private static DomainAssignment Assign(RuleOwner owner, RuleThread thread)
    {
        var period = thread.Rule.Period(thread.Captures, out var problem);
        return new DomainAssignment(owner.Subject, thread.Rule.Class, period, owner.CutDepth, thread.Rule.Config.Mixed, owner.Problem ?? problem);
    }

    /// <summary>One line a rule, sorted, fields separated by a character that no pattern can hold.</summary>
    private Hash ComputeHash()
    {
        var lines = new List<string>();
        foreach (var rule in _rules)
        {
            var (cut, unit, mixed) = ($"{rule.CutLength}", $"{rule.PeriodUnit}", rule.Config.Mixed ? "mixed" : "");
            lines.Add(string.Join('\u001f', rule.Pattern.Text, rule.Subject.Text, cut, rule.Class, rule.PeriodText?.Text, unit, mixed));
        }

        lines.Sort(StringComparer.Ordinal);
        lines.Insert(0, string.Join('\u001f', "subject rules 1", _class?.Name, $"{_class?.MtimePeriod.Unit}"));
        return Format.Hash.Of(Encoding.UTF8.GetBytes(string.Join('\n', lines)));
    }

    private sealed record CachedHash(Hash Value);
}
