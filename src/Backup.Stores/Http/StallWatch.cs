namespace Backup.Stores.Http;

/// <summary>Ends what has not moved for some time: a connection that is open and silent would be waited for for ever.</summary>
internal sealed class StallWatch : IDisposable
{
    private readonly TimeSpan _patience;
    private readonly CancellationTokenSource _source;
    private readonly ITimer _timer;
    private readonly CancellationToken _asked;

    /// <param name="patience">How long nothing may move.</param>
    /// <param name="time">Measures it.</param>
    /// <param name="cancellation">Of the caller.</param>
    public StallWatch(TimeSpan patience, TimeProvider time, CancellationToken cancellation)
    {
        _patience = patience;
        _asked = cancellation;
        _source = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        _timer = time.CreateTimer(static state => ((CancellationTokenSource)state!).Cancel(), _source, patience, Timeout.InfiniteTimeSpan);
    }

    public CancellationToken Token => _source.Token;

    /// <summary>Whether it was this watch, and not the caller, that ended it.</summary>
    public bool HasStalled => _source.IsCancellationRequested && !_asked.IsCancellationRequested;

    /// <summary>Something moved.</summary>
    public void Touch() => _timer.Change(_patience, Timeout.InfiniteTimeSpan);

    /// <summary>What is waited for now is the pace of the site, and no stall.</summary>
    public void Pause() => _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

    public TimeoutException Stalled(Exception inner) => new($"Nothing has moved for {_patience.TotalSeconds:0} seconds.", inner);

    /// <inheritdoc/>
    public void Dispose()
    {
        _timer.Dispose();
        _source.Dispose();
    }
}
