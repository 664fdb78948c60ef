namespace Backup.Engine;

/// <summary>What kind of failure it was; the CLI maps each to the exit code of the contract.</summary>
public enum FailureKind
{
    /// <summary>Exit 1: it failed, and nothing more specific is known.</summary>
    Failed,

    /// <summary>Exit 2: the command line or the policy is wrong.</summary>
    Usage,

    /// <summary>Exit 10: none of the sites asked holds this repository.</summary>
    NoRepository,

    /// <summary>Exit 11: another process or host owns the repository, or another repository holds the place.</summary>
    NotOwner,

    /// <summary>Exit 12: the passphrase, recovery key or key file is wrong or malformed.</summary>
    WrongKey,

    /// <summary>Exit 20: fewer sites or cities than demanded.</summary>
    Degraded,

    /// <summary>Exit 21: bytes that should be there are missing or not what was written.</summary>
    Damage,

    /// <summary>Exit 25: refused by a hold, a restriction or a missing approval.</summary>
    Refused,
}

/// <summary>An error that a person reads: what happened, to which thing, and what to do now.</summary>
/// <param name="kind">Decides the exit code.</param>
/// <param name="message">One sentence: what happened, to which thing. Never a secret, never file content.</param>
/// <param name="remedy">One sentence for the reader: what to do now.</param>
/// <param name="inner">The cause, if another exception was.</param>
public class BackupException(FailureKind kind, string message, string? remedy = null, Exception? inner = null) : Exception(message, inner)
{
    public FailureKind Kind { get; } = kind;

    public string? Remedy { get; } = remedy;

    /// <summary>Whether trying the same again later can help.</summary>
    public virtual bool Retryable => false;
}
