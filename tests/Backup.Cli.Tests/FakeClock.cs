namespace Backup.Cli.Tests;

/// <summary>A clock that moves only when told, one hour east of UTC.</summary>
internal sealed class FakeClock : TimeProvider
{
    private readonly List<FakeTimer> _timers = [];

    public DateTimeOffset Now { get; private set; } = new(2026, 11, 23, 2, 20, 0, TimeSpan.Zero);

    public override TimeZoneInfo LocalTimeZone { get; } = TimeZoneInfo.CreateCustomTimeZone("test", TimeSpan.FromHours(1), "test", "test");

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => Now;

    public override long GetTimestamp() => Now.Ticks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new FakeTimer { Fire = () => callback(state), Due = Now + dueTime, Period = period };
        _timers.Add(timer);
        return timer;
    }

    public void Advance(TimeSpan time)
    {
        var end = Now + time;
        while (_timers.Where(timer => !timer.Ended && timer.Due <= end).MinBy(timer => timer.Due) is { } next)
        {
            Now = next.Due;
            next.Due += next.Period;
            next.Fire();
        }

        Now = end;
    }

    private sealed class FakeTimer : ITimer
    {
        public required Action Fire { get; init; }

        public required TimeSpan Period { get; init; }

        public DateTimeOffset Due { get; set; }

        public bool Ended { get; private set; }

        public bool Change(TimeSpan dueTime, TimeSpan period) => throw new NotSupportedException();

        public void Dispose() => Ended = true;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
