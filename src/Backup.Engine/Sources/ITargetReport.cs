namespace Backup.Engine.Sources;

/// <summary>
/// Where a target says what it did not restore, or not whole. Paths are those in the target. Called from every thread that uses the target.
/// </summary>
public interface ITargetReport
{
    /// <summary>An entry that was not restored, and what lies in it.</summary>
    void Failed(byte[] path, string reason);

    /// <summary>An entry that was restored without something: <paramref name="what"/> names it and the reason.</summary>
    void Incomplete(byte[] path, string what);

    /// <summary>
    /// Something that exists was left as it is, as the overwrite mode demands or because it belongs to the backup itself.
    /// </summary>
    void Skipped(byte[] path, string reason);

    /// <summary>Something that is not in the snapshot was removed.</summary>
    void Removed(byte[] path);
}

/// <summary>The target cannot be written.</summary>
/// <param name="message">With the path.</param>
/// <param name="remedy">What to do now.</param>
/// <param name="endsRun">True if every other entry would fail as well: no space, read-only, a broken disk.</param>
public sealed class TargetException(string message, string? remedy = null, bool endsRun = false)
    : BackupException(FailureKind.Failed, message, remedy)
{
    public bool EndsRun { get; } = endsRun;
}
