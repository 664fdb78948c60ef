namespace Backup.Engine.Tests.Runs;

/// <summary>The real time, moved by hand. Pauses are over at once, so that a store that is asked again costs a test nothing; deadlines stay what they are.</summary>
internal sealed class TestClock : TimeProvider
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    private long _moved;

    public void Advance(TimeSpan time) => Interlocked.Add(ref _moved, time.Ticks);

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow().AddTicks(Interlocked.Read(ref _moved));

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        base.CreateTimer(callback, state, dueTime > TimeSpan.Zero && dueTime < LongestPause ? TimeSpan.Zero : dueTime, period);
}
