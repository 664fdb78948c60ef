namespace Backup.Engine.Format;

/// <summary>Bytes are not what a writer of this format can have written: truncated, altered, or never ours.</summary>
/// <param name="message">Which thing, and what is wrong with it.</param>
/// <param name="inner">The cause, if another exception was.</param>
public sealed class DamagedException(string message, Exception? inner = null)
    : BackupException(FailureKind.Damage, message, "Run 'verify --heal': another site may hold the object undamaged.", inner);
