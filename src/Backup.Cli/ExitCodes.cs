using Backup.Engine;

namespace Backup.Cli;

/// <summary>What the process tells its caller. The table of the contract; numbers are never reused.</summary>
internal enum ExitCode
{
    Done = 0,
    Failed = 1,
    Usage = 2,

    /// <summary>Done, but some entries could not be read or restored.</summary>
    Incomplete = 3,

    /// <summary>None of the sites asked holds this repository.</summary>
    NoRepository = 10,

    /// <summary>Another process or host owns the repository, or another repository holds the place.</summary>
    NotOwner = 11,

    WrongKey = 12,

    /// <summary>Fewer sites or cities than the placement demands, or a stale site was all there was.</summary>
    Degraded = 20,

    /// <summary>Damage was met, even when all came back from elsewhere.</summary>
    Damage = 21,

    ErasureIncomplete = 22,
    ControlFails = 23,
    EvidenceMissing = 24,

    /// <summary>A hold, a restriction, or a missing approval or purpose.</summary>
    Refused = 25,

    Interrupted = 130,
}

/// <summary>From kinds of failure to exit codes, and which code wins when several apply.</summary>
internal static class ExitCodes
{
    /// <summary>The first that applies is the exit code. An interruption ends everything, so it stands before all of them.</summary>
    private static readonly ExitCode[] Precedence =
    [
        ExitCode.Interrupted, ExitCode.Usage, ExitCode.WrongKey, ExitCode.NoRepository, ExitCode.NotOwner, ExitCode.Refused, ExitCode.Failed, ExitCode.Damage,
        ExitCode.ErasureIncomplete, ExitCode.ControlFails, ExitCode.EvidenceMissing, ExitCode.Degraded, ExitCode.Incomplete, ExitCode.Done,
    ];

    /// <summary>0 for the code that wins over all others.</summary>
    public static int Rank(ExitCode code) => Array.IndexOf(Precedence, code);

    public static ExitCode Of(FailureKind kind) => kind switch
    {
        FailureKind.Usage => ExitCode.Usage,
        FailureKind.NoRepository => ExitCode.NoRepository,
        FailureKind.NotOwner => ExitCode.NotOwner,
        FailureKind.WrongKey => ExitCode.WrongKey,
        FailureKind.Degraded => ExitCode.Degraded,
        FailureKind.Damage => ExitCode.Damage,
        FailureKind.Refused => ExitCode.Refused,
        _ => ExitCode.Failed,
    };
}
