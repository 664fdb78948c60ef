namespace Backup.Engine.Policies;

/// <summary>One thing that is wrong with a policy, or, as a warning, that the reader should know.</summary>
/// <param name="File">The policy file as it was named.</param>
/// <param name="Line">From 1; 0 when no place in the file is to blame.</param>
/// <param name="Column">From 1; 0 when no place in the file is to blame.</param>
/// <param name="Message">What is wrong, with which thing. Never a secret.</param>
/// <param name="Remedy">What to do now.</param>
public sealed record PolicyFault(string File, int Line, int Column, string Message, string Remedy)
{
    /// <summary><c>file:line:column: message remedy</c>, as compilers print it.</summary>
    public override string ToString() => Line > 0 ? $"{File}:{Line}:{Column}: {Message} {Remedy}" : $"{File}: {Message} {Remedy}";
}

/// <summary>A policy that cannot be used. It carries everything that is wrong, not only the first thing.</summary>
public sealed class PolicyException : BackupException
{
    public PolicyException(IReadOnlyList<PolicyFault> faults)
        : base(FailureKind.Usage, Describe(faults), faults.Count == 1 ? faults[0].Remedy : "Correct each place that is named.") => Faults = faults;

    /// <summary>At least one, in the order of the file.</summary>
    public IReadOnlyList<PolicyFault> Faults { get; }

    private static string Describe(IReadOnlyList<PolicyFault> faults)
    {
        var first = faults[0];
        return faults.Count > 1 ? $"The policy {first.File} has {faults.Count} faults."
            : first.Line > 0 ? $"{first.File}:{first.Line}:{first.Column}: {first.Message}"
            : $"{first.File}: {first.Message}";
    }
}
