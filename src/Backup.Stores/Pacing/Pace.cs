namespace Backup.Stores.Pacing;

/// <summary>
/// Holds a stream of bytes to a rate: whoever moves bytes takes them here first, in pieces of <see cref="Piece"/> at the most, and waits as long as that
/// takes. A twentieth of a second may be saved up, so that a burst does not follow a silence. Safe for many at once.
/// </summary>
/// <param name="bytesPerSecond">Null: any rate.</param>
/// <param name="time">Measures it.</param>
/// <param name="shared">A rate that this one is part of, such as that of all sites together.</param>
public sealed class Pace(long? bytesPerSecond, TimeProvider time, Pace? shared = null)
{
    /// <summary>Small enough that a rate of 1 MB/s looks even.</summary>
    public const int Piece = 64 << 10;

    private static readonly TimeSpan Saved = TimeSpan.FromMilliseconds(50);

    private readonly Lock _lock = new();
    private readonly long _start = time.GetTimestamp();
    private TimeSpan _free;

    /// <summary>No limit.</summary>
    public static Pace Free { get; } = new(null, TimeProvider.System);

    /// <summary>Whether anything is ever waited for.</summary>
    public bool IsLimited => bytesPerSecond is not null || shared is { IsLimited: true };

    /// <summary>Returns when so many bytes may move.</summary>
    public async ValueTask TakeAsync(long bytes, CancellationToken cancellation)
    {
        if (shared is not null)
        {
            await shared.TakeAsync(bytes, cancellation);
        }

        if (bytesPerSecond is { } rate && Reserve(bytes, rate) is var wait && wait > TimeSpan.Zero)
        {
            await Task.Delay(wait, time, cancellation);
        }
    }

    /// <summary>Takes the next stretch of time for these bytes; whoever comes at the same time gets the stretch after it.</summary>
    private TimeSpan Reserve(long bytes, long rate)
    {
        lock (_lock)
        {
            var now = time.GetElapsedTime(_start);
            var begin = _free > now - Saved ? _free : now - Saved;
            _free = begin + TimeSpan.FromSeconds((double)bytes / rate);
            return begin - now;
        }
    }
}
