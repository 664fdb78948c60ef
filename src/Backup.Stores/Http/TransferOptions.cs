using Backup.Stores.Pacing;

namespace Backup.Stores.Http;

/// <summary>How bytes travel between this machine and a site.</summary>
public sealed record TransferOptions
{
    public Pace Upload { get; init; } = Pace.Free;

    public Pace Download { get; init; } = Pace.Free;

    /// <summary>A request in which nothing moves for so long has failed. Default 30 seconds.</summary>
    public TimeSpan Stall { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>A connection that does not come about within this time has failed. Default 15 seconds.</summary>
    public TimeSpan Connect { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Measures all of it.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>How many requests of one site may be under way at once. Default 4.</summary>
    public int Connections { get; init; } = 4;
}
