namespace Backup.Engine.Policies;

/// <summary>Where an entry stands with regard to the rules.</summary>
public enum RulePlace
{
    /// <summary>No rule can match it or anything below it.</summary>
    Outside,

    /// <summary>It is nobody's, and a rule may match something below it.</summary>
    OnTheWay,

    /// <summary>It lies in a domain with a subject.</summary>
    Inside,
}

/// <summary>
/// What the rules say of one entry, and how far they are with what lies below it. Immutable, so it may be kept and entered again and again.
/// Where no rule can match any more, entering gives the same object back: a walk through files without rules costs a comparison an entry.
/// </summary>
public sealed class RuleState
{
    private readonly SubjectRules _rules;
    private RuleState? _unadvanced;

    internal RuleState(SubjectRules rules, RulePlace place, DomainAssignment assignment, RuleThread[] threads, int depth)
    {
        _rules = rules;
        Place = place;
        Assignment = assignment;
        Threads = threads;
        Depth = depth;
    }

    public RulePlace Place { get; }

    /// <summary>The entry's domain; outside and on the way that of the source itself.</summary>
    public DomainAssignment Assignment { get; }

    /// <summary>The rules that may still match something below.</summary>
    internal RuleThread[] Threads { get; }

    /// <summary>The number of components. It counts only where threads are left.</summary>
    internal int Depth { get; }

    /// <summary>The person whose folder the entry lies in, else null.</summary>
    internal RuleOwner? Owner { get; init; }

    /// <summary>The rank of the rule that gave the assignment; −1 for the rest of a person's folder.</summary>
    internal int Rank { get; init; } = -1;

    /// <summary>The state of an entry of this directory.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="directory">Whether it is a directory.</param>
    public RuleState Enter(ReadOnlySpan<byte> name, bool directory) => Threads.Length == 0 ? this : _rules.Step(this, name, directory);

    /// <summary>The state of an entry whose name brought no rule further: only rules that wait at a <c>**</c> are left.</summary>
    internal RuleState Unadvanced
    {
        get
        {
            return _unadvanced ??= Make();

            RuleState Make()
            {
                var waiting = Array.FindAll(Threads, thread => thread.Waits);
                if (waiting.Length == 0 && Place == RulePlace.OnTheWay)
                {
                    return _rules.Outside;
                }

                // Inside a person's folder the depth does not matter any more: the cut is known.
                return waiting.Length == Threads.Length && Owner is not null
                    ? this
                    : new RuleState(_rules, Place, Assignment, waiting, Depth + 1) { Owner = Owner, Rank = Rank };
            }
        }
    }
}

/// <summary>The person, or family of mixed files, to whom a folder belongs.</summary>
internal sealed record RuleOwner(string Subject, int CutDepth, int Group, string? Problem);

/// <summary>A rule that has matched the path up to here.</summary>
/// <param name="Rule">The rule.</param>
/// <param name="Index">How many of its components are behind.</param>
/// <param name="Captures">What its placeholders took so far.</param>
internal sealed record RuleThread(SubjectRule Rule, int Index, byte[][] Captures)
{
    public bool Complete => Index == Rule.Components.Length;

    /// <summary>It stands at a <c>**</c>, which takes any name.</summary>
    public bool Waits => !Complete && Rule.Components[Index].AnyDepth;
}
