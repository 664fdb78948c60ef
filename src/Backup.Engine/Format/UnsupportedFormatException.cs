namespace Backup.Engine.Format;

/// <summary>
/// The bytes are sound, but of a later format than this program knows: a critical key, a suite, a feature or a kind it cannot read.
/// </summary>
/// <param name="message">Which thing, and what in it is unknown.</param>
public sealed class UnsupportedFormatException(string message)
    : BackupException(FailureKind.Failed, message, "Use a newer version of this program; nothing is wrong with the repository.");
