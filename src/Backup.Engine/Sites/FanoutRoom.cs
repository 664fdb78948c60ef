using System.Collections.Concurrent;
using System.Threading.Channels;

namespace Backup.Engine.Sites;

/// <summary>
/// The room for handovers, and which of them give way. When somebody waits for room and the oldest handover waits only for sites that lag, it
/// is overtaken: what stands at two sites, or at one and on this machine, is safe, and the rest is the backlog of the sites that lag.
/// </summary>
/// <remarks>
/// A site lags when the run has waited <see cref="FanoutLimits.Lag"/> for it alone, and a third of the time at that: below that share the
/// others would hardly be faster without it. It lags until the end of the run, for what it skipped is to be copied to it anyhow.
/// </remarks>
internal sealed class FanoutRoom : IAsyncDisposable
{
    private const int Copies = 2;
    private const int LeastShare = 3;
    private static readonly TimeSpan LeastPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan MostPause = TimeSpan.FromMinutes(1);

    private readonly IReadOnlyList<Site> _sites;
    private readonly FanoutLimits _limits;
    private readonly TimeProvider _time;
    private readonly CancellationToken _ended;
    private readonly SemaphoreSlim _free;
    private readonly ConcurrentDictionary<Handover, long> _open = new();
    private readonly Channel<bool> _news = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly Task _watch;

    /// <summary>Guards what follows, and every step from open to overtaken to exempt.</summary>
    private readonly Lock _gate = new();
    private readonly HashSet<Handover> _exempt = [];
    private readonly List<Handover> _held = [];
    private int _pressed;
    private int _settling;
    private long _settlingSince;
    private long _number;
    private long _settledLast;

    // Of the watch alone.
    private readonly Dictionary<Site, TimeSpan> _waitedFor = [];
    private readonly HashSet<Site> _laggards = [];
    private readonly HashSet<Site> _awaited = [];
    private readonly long _began;
    private long _last;
    private long? _stuckSince;
    private bool _isPatienceOver;

    public FanoutRoom(IReadOnlyList<Site> sites, FanoutLimits limits, TimeProvider time, CancellationToken ended)
    {
        (_sites, _limits, _time, _ended) = (sites, limits, time, ended);
        _free = new SemaphoreSlim(limits.InFlight);
        _began = _last = time.GetTimestamp();
        _watch = Task.Run(WatchAsync, CancellationToken.None);
    }

    /// <summary>Waits for room.</summary>
    public async Task EnterAsync(CancellationToken cancellation)
    {
        if (!_free.Wait(TimeSpan.Zero, cancellation))
        {
            using var pressure = Press();
            await _free.WaitAsync(cancellation);
        }
    }

    /// <summary>Gives back room that was not used.</summary>
    public void Leave() => _free.Release();

    public void Add(Handover handover) => _open[handover] = Interlocked.Increment(ref _number);

    /// <summary>Until what this gives is disposed, somebody waits for the memory of handovers.</summary>
    public IDisposable Press() => new Pressure(this);

    /// <summary>Something has changed: a site has reported.</summary>
    /// <param name="handover">Of which it was.</param>
    /// <param name="last">Whether it was the last one.</param>
    public void Reported(Handover handover, bool last)
    {
        lock (_gate)
        {
            Volatile.Write(ref _settledLast, last ? _time.GetTimestamp() : _settledLast);
            if (last && (_open.TryRemove(handover, out _) || _held.Remove(handover)))
            {
                _free.Release();
            }
        }

        _news.Writer.TryWrite(true);
    }

    /// <summary>No site reads the bytes of a handover any more.</summary>
    public void Released(Handover handover)
    {
        lock (_gate)
        {
            _exempt.Remove(handover);
        }

        _news.Writer.TryWrite(true);
    }

    /// <summary>Waits until everything that is open is settled, for sites that lag no longer than they are worth it.</summary>
    public async Task SettleAsync(CancellationToken cancellation)
    {
        lock (_gate)
        {
            _settlingSince = _settling++ == 0 ? _time.GetTimestamp() : _settlingSince;
        }

        try
        {
            _news.Writer.TryWrite(true);
            await Task.WhenAll(_open.Keys.Select(static handover => handover.SettledAsync())).WaitAsync(cancellation);
        }
        finally
        {
            lock (_gate)
            {
                _settling--;
            }
        }
    }

    /// <summary>To be called when everything has reported.</summary>
    public async ValueTask DisposeAsync()
    {
        _news.Writer.TryComplete();
        await _watch;
        _free.Dispose();
    }

    private async Task WatchAsync()
    {
        while (true)
        {
            var pause = Step();
            using var timeout = new CancellationTokenSource(pause, _time);
            try
            {
                if (!await _news.Reader.WaitToReadAsync(timeout.Token))
                {
                    return;
                }

                _news.Reader.TryRead(out _);
            }
            catch (OperationCanceledException)
            {
                // The pause is over.
            }
        }
    }

    /// <summary>Lets handovers give way as far as somebody waits for it.</summary>
    /// <returns>After what time something may have changed that nobody tells.</returns>
    private TimeSpan Step()
    {
        Charge();
        var settling = Volatile.Read(ref _settling) > 0;
        if (_ended.IsCancellationRequested || (!settling && (Volatile.Read(ref _pressed) == 0 || ExemptHeld())))
        {
            _stuckSince = null;
            return Timeout.InfiniteTimeSpan;
        }

        var overtaken = false;
        foreach (var (handover, _) in _open.ToArray().OrderBy(static item => item.Value))
        {
            var awaited = handover.Awaited;
            if (awaited.Count == 0 || handover.Standing.Count == 0)
            {
                continue;
            }

            if (_awaited.Count == 0)
            {
                _awaited.UnionWith(awaited.Where(site => !IsLate(site, settling)));
            }

            if (awaited.All(site => IsLate(site, settling)) && TryOvertake(handover, settling))
            {
                overtaken = true;
                if (!settling)
                {
                    break;
                }
            }
        }

        _stuckSince = overtaken || _open.IsEmpty ? null : _stuckSince ?? _last;
        var pause = Pause(settling);
        return _stuckSince is { } since && !_isPatienceOver ? Least(pause, _limits.Wait - WaitedSince(since)) : pause;
    }

    /// <summary>What the last pause cost is put down to the sites that were waited for.</summary>
    private void Charge()
    {
        var now = _time.GetTimestamp();
        foreach (var site in _awaited)
        {
            _waitedFor[site] = _waitedFor.GetValueOrDefault(site) + _time.GetElapsedTime(_last, now);
        }

        _awaited.Clear();
        _last = now;
    }

    private bool IsLate(Site site, bool settling)
    {
        if (!site.IsUp || _laggards.Contains(site))
        {
            return true;
        }

        var waited = _waitedFor.GetValueOrDefault(site);
        var isLate = (waited >= _limits.Lag && waited * LeastShare >= _time.GetElapsedTime(_began, _last))
            || (settling && _time.GetElapsedTime(_settlingSince, _last) >= _limits.Lag);
        return isLate && _laggards.Add(site);
    }

    private TimeSpan Pause(bool settling)
    {
        if (_awaited.Count == 0)
        {
            return MostPause;
        }

        var pause = _limits.Lag - (settling ? _time.GetElapsedTime(_settlingSince, _last) : _awaited.Max(site => _waitedFor.GetValueOrDefault(site)));
        var least = _limits.Lag < LeastPause ? _limits.Lag : LeastPause;
        return pause < least ? least : Least(pause, MostPause);
    }

    /// <summary>For how long nothing has settled though somebody waits for it.</summary>
    private TimeSpan WaitedSince(long stuck) => _time.GetElapsedTime(Math.Min(Math.Max(stuck, Volatile.Read(ref _settledLast)), _last), _last);

    private static TimeSpan Least(TimeSpan pause, TimeSpan other) => other > pause ? pause : other > TimeSpan.Zero ? other : TimeSpan.FromMilliseconds(1);

    private bool TryOvertake(Handover handover, bool settling)
    {
        bool MayStray() => _exempt.Count < _limits.Strays;

        _isPatienceOver |= _stuckSince is { } since && WaitedSince(since) >= _limits.Wait;
        var isSafe = _isPatienceOver || handover.Standing.Count >= Math.Min(Copies, _sites.Count(static site => site.IsUp));
        if ((handover.IsQueued || !isSafe) && !_limits.Keep(handover) && !isSafe)
        {
            return false;
        }

        lock (_gate)
        {
            if (handover.Overtake(settling || MayStray()) is not { } strays || !_open.TryRemove(handover, out _))
            {
                return false;
            }

            if (strays > 0 && !MayStray())
            {
                _held.Add(handover);
                return true;
            }

            MakeRoom(handover);
            return true;
        }
    }

    /// <summary>What was overtaken and still counted counts no more, if there is room beside.</summary>
    private bool ExemptHeld()
    {
        lock (_gate)
        {
            if (_held.Count == 0 || _exempt.Count >= _limits.Strays)
            {
                return false;
            }

            MakeRoom(_held[0]);
            _held.RemoveAt(0);
            return true;
        }
    }

    private void MakeRoom(Handover handover)
    {
        if (!handover.IsReleased)
        {
            _exempt.Add(handover);
            _limits.Exempt();
        }

        _free.Release();
    }

    private sealed class Pressure : IDisposable
    {
        private readonly FanoutRoom _room;

        public Pressure(FanoutRoom room)
        {
            _room = room;
            Interlocked.Increment(ref room._pressed);
            room._news.Writer.TryWrite(true);
        }

        public void Dispose()
        {
            Interlocked.Decrement(ref _room._pressed);
            _room._news.Writer.TryWrite(true);
        }
    }
}
