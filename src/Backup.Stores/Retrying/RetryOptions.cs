namespace Backup.Stores.Retrying;

/// <summary>How often a request is tried, and how long one may last.</summary>
public sealed record RetryOptions
{
    /// <summary>Attempts in all. Default 4.</summary>
    public int Attempts { get; init; } = 4;

    /// <summary>The pause before the second attempt; each next one is doubled, with a random part. Default half a second.</summary>
    public TimeSpan Pause { get; init; } = TimeSpan.FromSeconds(0.5);

    /// <summary>No pause is longer, whatever the store asks for. Default 30 seconds.</summary>
    public TimeSpan LongestPause { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>After this time no further attempt is begun. Default 45 seconds: a site that hangs is given up after two attempts of 30.</summary>
    public TimeSpan GiveUp { get; init; } = TimeSpan.FromSeconds(45);

    /// <summary>How long is waited for the answer whether a site is there at all: everything waits for it. Default 20 seconds.</summary>
    public TimeSpan Probe { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>What an attempt may last, whatever it moves. Default 2 minutes.</summary>
    public TimeSpan Deadline { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Bytes per second below which a connection counts as broken: added to the deadline. Default 16 KiB/s.</summary>
    public long LeastRate { get; init; } = 16 << 10;

    /// <summary>The deadline of an attempt that moves so many bytes.</summary>
    public TimeSpan DeadlineOf(long bytes) => Deadline + TimeSpan.FromSeconds((double)bytes / LeastRate);
}
