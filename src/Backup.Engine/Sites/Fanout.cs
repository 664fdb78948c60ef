using System.Threading.Channels;

namespace Backup.Engine.Sites;

/// <summary>
/// Puts objects to all sites at once, from one copy in memory, each site at its own pace with an outcome of its own. A site that lags gets
/// what it can take in time, and the rest is its backlog (<see cref="FanoutRoom"/>); a failing one goes down. Neither holds up the others.
/// </summary>
/// <remarks>
/// Per site, what rests on other objects must come after them: packs, then index, then inventory, then snapshot, then ledger entry. So a
/// caller awaits
/// <see cref="FlushAsync"/> between two kinds, and puts nothing of the next to a site that has a backlog.
/// </remarks>
public sealed class Fanout : IAsyncDisposable
{
    private readonly IReadOnlyList<Site> _sites;
    private readonly FanoutLimits _limits;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _ended;
    private readonly FanoutRoom _room;

    /// <summary>Ends what the next flush leaves behind.</summary>
    private CancellationTokenSource _round;

    /// <summary>Unbounded as such: <see cref="_room"/> is the bound.</summary>
    private readonly Dictionary<Site, Channel<Handover>> _queues;
    private readonly Task _workers;

    /// <param name="sites">Those of the run. One that is down already gets nothing, and what is handed over is its backlog.</param>
    /// <param name="limits">How much may be under way.</param>
    /// <param name="time">Measures pauses and stalls.</param>
    /// <param name="cancellation">Ends the run: what is under way is given up, and is backlog.</param>
    public Fanout(IReadOnlyList<Site> sites, FanoutLimits limits, TimeProvider time, CancellationToken cancellation)
    {
        ArgumentOutOfRangeException.ThrowIfZero(sites.Count, nameof(sites));
        ArgumentOutOfRangeException.ThrowIfLessThan(limits.InFlight, 1, nameof(limits));
        _sites = sites;
        _limits = limits;
        _time = time;
        _ended = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        _round = CancellationTokenSource.CreateLinkedTokenSource(_ended.Token);
        _room = new FanoutRoom(sites, limits, time, _ended.Token);
        _queues = sites.ToDictionary(site => site, _ => Channel.CreateUnbounded<Handover>());
        _workers = Task.WhenAll(sites.SelectMany(site => Enumerable.Repeat(site, site.Connections)).Select(site => Task.Run(() => WorkAsync(site))));
    }

    /// <summary>
    /// Hands an object over to every site that is up, as soon as there is room. Returns when it is on its way, not when it stands.
    /// </summary>
    /// <param name="name">The object's name, which its bytes determine: a name that is taken at a site means that it stands there.</param>
    /// <param name="content">Must not change until <paramref name="owner"/> is disposed.</param>
    /// <param name="owner">Disposed when no site can read <paramref name="content"/> any more; also if this call is cancelled.</param>
    /// <param name="cancellation">Ends the wait for room.</param>
    public Task<Handover> PutAsync(string name, ReadOnlyMemory<byte> content, IDisposable? owner, CancellationToken cancellation) =>
        PutManyAsync([(name, content)], owner, cancellation);

    /// <summary>Hands several small objects over that become durable together, as one handover that stands when all of them do.</summary>
    /// <inheritdoc cref="PutAsync" path="/param"/>
    public async Task<Handover> PutManyAsync(
        IReadOnlyList<(string Name, ReadOnlyMemory<byte> Content)> objects, IDisposable? owner, CancellationToken cancellation)
    {
        try
        {
            await EnterAsync(cancellation);
        }
        catch
        {
            owner?.Dispose();
            throw;
        }

        var handover = new Handover(objects, owner, _sites) { Released = _room.Released, GivenUp = Volatile.Read(ref _round).Token };
        _room.Add(handover);
        foreach (var site in _sites)
        {
            if ((!site.IsUp || !_queues[site].Writer.TryWrite(handover)) && handover.TryBegin(site))
            {
                handover.LetGo();
                Report(handover, site, stands: false);
            }
        }

        return handover;
    }

    /// <summary>Until what this gives is disposed, somebody waits for the memory of what is on its way: sites that lag go without it.</summary>
    public IDisposable Press() => _room.Press();

    /// <summary>
    /// Waits until everything that was handed over stands at every site that is up and does not lag. What is missing somewhere is that site's
    /// backlog, and what was still under way to it is given up: it would be in the way of keys and ledger, which every site gets.
    /// </summary>
    /// <exception cref="OperationCanceledException">The run was cancelled: something may be missing at sites that are up.</exception>
    public async Task FlushAsync(CancellationToken cancellation)
    {
        var round = Interlocked.Exchange(ref _round, CancellationTokenSource.CreateLinkedTokenSource(_ended.Token));
        await _room.SettleAsync(cancellation);
        _ended.Token.ThrowIfCancellationRequested();
        await round.CancelAsync();
        round.Dispose();
    }

    /// <summary>Gives up what is still under way, as backlog. After <see cref="FlushAsync"/> that is nothing.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var queue in _queues.Values)
        {
            queue.Writer.TryComplete();
        }

        await _ended.CancelAsync();
        await _workers;
        await _room.DisposeAsync();
        _round.Dispose();
        _ended.Dispose();
    }

    private async Task EnterAsync(CancellationToken cancellation)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, _ended.Token);
        await _room.EnterAsync(either.Token);
        if (cancellation.IsCancellationRequested || _ended.IsCancellationRequested)
        {
            // What is given up makes room too, a moment before the linked token has heard of it.
            _room.Leave();
            cancellation.ThrowIfCancellationRequested();
            _ended.Token.ThrowIfCancellationRequested();
        }
    }

    private async Task WorkAsync(Site site)
    {
        await foreach (var handover in _queues[site].Reader.ReadAllAsync(CancellationToken.None))
        {
            // A put that the others went on without holds memory: until it ends this site begins no further one.
            await site.Quiet;
            if (!handover.TryBegin(site))
            {
                continue;
            }

            var put = Task.CompletedTask;
            var stands = false;
            try
            {
                stands = site.IsUp && await StandsAsync(site, () => put = StoreAsync(site, handover.Objects, handover.GivenUp), handover.GivenUp);
            }
            catch (OperationCanceledException)
            {
                // The run ends, or goes on without this site; what it did not get is its backlog, and no fault of its own.
            }

            LetGo(put, handover);
            Report(handover, site, stands);
        }
    }

    private async Task<bool> StandsAsync(Site site, Func<Task> put, CancellationToken givenUp)
    {
        var fault = await site.AskAsync(() => WithoutStallAsync(put, givenUp), _limits.Patience, _time, givenUp);
        if (fault is not null)
        {
            // What is wrong with one object alone is still a hole that nothing may be put upon.
            site.GoDown(new SiteFailure(fault.Value, "It did not take an object."));
        }

        return fault is null;
    }

    private async Task WithoutStallAsync(Func<Task> call, CancellationToken givenUp)
    {
        givenUp.ThrowIfCancellationRequested();
        var put = call();
        try
        {
            await put.WaitAsync(_limits.Stall, _time, _ended.Token);
        }
        catch (OperationCanceledException) when (_ended.IsCancellationRequested && !givenUp.IsCancellationRequested)
        {
            // The token of the round is linked to that of the run, and hears of it a moment later: until then it would be a fault of the site.
            await Task.Delay(Timeout.InfiniteTimeSpan, _time, givenUp);
        }
        catch (TimeoutException e) when (!put.IsCompleted)
        {
            throw new TimeoutException($"A put has not ended within {_limits.Stall.TotalMinutes:0.#} minutes.", e);
        }
    }

    private static async Task StoreAsync(
        Site site, IReadOnlyList<(string Name, ReadOnlyMemory<byte> Content)> objects, CancellationToken cancellation)
    {
        if (objects.Count != 1)
        {
            await site.Store.PutManyAsync(objects, cancellation);
            site.CountPut(objects.Count, objects.Sum(part => (long)part.Content.Length));
        }
        else if (await site.Store.PutAsync(objects[0].Name, objects[0].Content, cancellation))
        {
            site.CountPut(1, objects[0].Content.Length);
        }
    }

    /// <summary>
    /// A put that was given up may still be reading the bytes: they are let go when it ends, whenever that is, and nobody waits for it.
    /// </summary>
    private static void LetGo(Task put, Handover handover)
    {
        if (put.IsCompleted)
        {
            handover.LetGo();
        }
        else
        {
            _ = put.ContinueWith(_ => handover.LetGo(), TaskScheduler.Default);
        }
    }

    private void Report(Handover handover, Site site, bool stands) => _room.Reported(handover, handover.Report(site, stands));
}
