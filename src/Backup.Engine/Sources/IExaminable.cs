namespace Backup.Engine.Sources;

/// <summary>A source that can be tried before it is read. Nothing of it is saved or changed, and nobody who writes to it waits.</summary>
public interface IExaminable
{
    /// <summary>Reaches the source as a backup does, and looks whether what the policy says of it fits.</summary>
    /// <exception cref="BackupException">It cannot be reached, or not be read at all.</exception>
    SourceExamination Examine();
}

/// <summary>What was found of a source.</summary>
/// <param name="What">Kind, version and size, for whoever reads it.</param>
/// <param name="Risks">Everything worth saying, faults first.</param>
public sealed record SourceExamination(string What, IReadOnlyList<SourceRisk> Risks);

/// <summary>Something about a source that matters to whoever relies on its backup.</summary>
/// <param name="IsFault">A backup would fail, or be loaded with an error. False: it should be known.</param>
/// <param name="What">What it is, to which table and column: the middle of a sentence, without its full stop.</param>
/// <param name="Remedy">What to do about it.</param>
public sealed record SourceRisk(bool IsFault, string What, string Remedy);
