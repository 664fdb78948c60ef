using Backup.Engine;

namespace Backup.Cli;

/// <summary>One thing a run came to, and the exit code it asks for.</summary>
/// <param name="Code">The exit code if nothing worse applies.</param>
/// <param name="Message">One sentence.</param>
/// <param name="Remedy">What to do now, if anything.</param>
internal sealed record Conclusion(ExitCode Code, string Message, string? Remedy = null)
{
    public static Conclusion Of(BackupException failure) => new(ExitCodes.Of(failure.Kind), failure.Message, failure.Remedy);
}

/// <summary>What a command came to: one conclusion or several, the one that decides the exit code first.</summary>
internal sealed class Verdict
{
    private Verdict(Conclusion[] conclusions) => Conclusions = conclusions;

    public static Verdict Done { get; } = new([]);

    /// <summary>By precedence; empty when everything is as it should be and nothing needs to be said.</summary>
    public IReadOnlyList<Conclusion> Conclusions { get; }

    public ExitCode Code => Conclusions.Count == 0 ? ExitCode.Done : Conclusions[0].Code;

    public string Message => string.Join(' ', Conclusions.Select(conclusion => conclusion.Message));

    /// <summary>The remedy of the first conclusion that has one.</summary>
    public string? Remedy => Conclusions.Select(conclusion => conclusion.Remedy).FirstOrDefault(remedy => remedy is not null);

    public static Verdict Of(params IEnumerable<Conclusion> conclusions) =>
        new([.. conclusions.OrderBy(conclusion => ExitCodes.Rank(conclusion.Code))]);

    /// <summary>Both; what is good news is dropped as soon as there is bad news.</summary>
    public Verdict And(Verdict other)
    {
        var all = Conclusions.Concat(other.Conclusions).ToArray();
        return Of(Array.Exists(all, conclusion => conclusion.Code != ExitCode.Done) ? all.Where(conclusion => conclusion.Code != ExitCode.Done) : all);
    }
}
