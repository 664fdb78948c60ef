namespace Backup.Engine.Policies;

/// <summary>Collects what is wrong with one policy file while it is read.</summary>
internal sealed class PolicyFaults(string file)
{
    /// <summary>Who has read a hundred knows enough; a file of rubbish must not fill the screen.</summary>
    private const int Most = 100;

    private readonly List<PolicyFault> _faults = [];
    private int _unlisted;

    public string File { get; } = file;

    public bool Any => _faults.Count > 0;

    public void Add(PolicyNode at, string message, string remedy) => Add(at.Line, at.Column, message, remedy);

    public void Add(int line, int column, string message, string remedy)
    {
        var fault = new PolicyFault(File, line, column, message, remedy);
        if (_faults.Contains(fault))
        {
            return;
        }

        if (_faults.Count < Most)
        {
            _faults.Add(fault);
        }
        else
        {
            _unlisted++;
        }
    }

    /// <summary>What is wrong in another file that belongs to the policy: told with that file's name and place.</summary>
    public void AddOthers(PolicyException other) => _faults.AddRange(other.Faults.Where(fault => !_faults.Contains(fault)));

    /// <summary>What is wrong with files that the policy names.</summary>
    public void AddProblems(IEnumerable<FileReference> files)
    {
        foreach (var named in files)
        {
            if (named.Problem() is { } problem)
            {
                Add(named.Line, named.Column, problem.Message, problem.Remedy);
            }
        }
    }

    /// <summary>What a judge refuses of a policy. Where something is wrong already, that is enough.</summary>
    public void AddRefusals(Policy policy, TermJudge judge)
    {
        foreach (var term in policy.Terms.Where(term => !_faults.Exists(fault => (fault.Line, fault.Column) == (term.Line, term.Column))))
        {
            try
            {
                judge(policy, term);
            }
            catch (BackupException refusal)
            {
                // Any other kind is no matter of the policy: a root that is not there now may be mounted by the source's own command.
                if (refusal.Kind == FailureKind.Usage)
                {
                    Add(term.Line, term.Column, refusal.Message, refusal.Remedy ?? "Correct it.");
                }
            }
        }
    }

    /// <summary>All of them in the order of the file.</summary>
    public IReadOnlyList<PolicyFault> ToList()
    {
        var sorted = new List<PolicyFault>(_faults);
        sorted.Sort((a, b) => a.Line != b.Line ? a.Line.CompareTo(b.Line) : a.Column.CompareTo(b.Column));
        if (_unlisted > 0)
        {
            sorted.Add(new PolicyFault(File, 0, 0, $"{_unlisted} more faults are not listed.", "Correct these first."));
        }

        return sorted;
    }

    public void ThrowIfAny()
    {
        if (Any)
        {
            throw new PolicyException(ToList());
        }
    }
}
