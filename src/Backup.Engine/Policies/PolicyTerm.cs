namespace Backup.Engine.Policies;

/// <summary>A text of the policy that its reader cannot judge, only who reads the source: a root, a pattern.</summary>
/// <param name="Id">The source's id.</param>
/// <param name="Key">The key, like <c>roots</c>.</param>
/// <param name="Text">What the policy says there; a path is absolute.</param>
public sealed record PolicyTerm(string Id, string Key, string Text)
{
    /// <summary>Where the policy says it, from 1.</summary>
    public int Line { get; init; }

    /// <summary>Where the policy says it, from 1.</summary>
    public int Column { get; init; }
}

/// <summary>
/// Does with one term of a policy what a run would do before it reads anything. The composition gives it, so that the rule is the run's own; the policy may
/// have faults elsewhere.
/// </summary>
/// <exception cref="BackupException"><see cref="FailureKind.Usage"/>: the run would refuse it.</exception>
public delegate void TermJudge(Policy policy, PolicyTerm term);
