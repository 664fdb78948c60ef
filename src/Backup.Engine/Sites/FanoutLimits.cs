namespace Backup.Engine.Sites;

/// <summary>Bounds of a <see cref="Fanout"/>.</summary>
/// <param name="InFlight">How many handovers may be on their way at once, all sites together: the bound of the memory that packs
/// take.</param>
public sealed record FanoutLimits(int InFlight)
{
    /// <summary>The default of <see cref="Stall"/>.</summary>
    public static readonly TimeSpan Hang = TimeSpan.FromMinutes(30);

    public Patience Patience { get; init; } = Patience.Default;

    /// <summary>
    /// A put that lasts longer takes its site down. Default 30 minutes: 16 MiB at 10 KB/s. Stores have their own deadlines; this is for the
    /// ones that fail to keep them, such as a folder on a network disk whose server is gone.
    /// </summary>
    public TimeSpan Stall { get; init; } = Hang;

    /// <summary>
    /// How long a run waits for one site alone, all waits together, before it goes on without it. Default 15 seconds: what a slow disk or a
    /// crowded line makes up again is not worth a second copy.
    /// </summary>
    public TimeSpan Lag { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long is waited for a second copy where nothing else keeps one. Default 30 minutes.</summary>
    public TimeSpan Wait { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>How many handovers may be on their way beside <see cref="InFlight"/>, to sites that nobody waits for. Default 2.</summary>
    public int Strays { get; init; } = 2;

    /// <summary>
    /// Keeps a handover on this machine for the sites that will go without it. True if it is kept, or need not be. Default: nothing is.
    /// </summary>
    public Func<Handover, bool> Keep { get; init; } = static _ => false;

    /// <summary>Told when a handover counts among <see cref="Strays"/>: its bytes are still read, and others may take as many.</summary>
    public Action Exempt { get; init; } = static () => { };
}
