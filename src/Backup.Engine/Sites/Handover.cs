namespace Backup.Engine.Sites;

/// <summary>One object, or a batch that belongs together, on its way to all sites.</summary>
public sealed class Handover
{
    private readonly Lock _lock = new();
    private readonly HashSet<Site> _queued;
    private readonly HashSet<Site> _underWay = [];
    private readonly List<Site> _standing = [];
    private readonly List<(int Copies, TaskCompletionSource<int> Reached)> _waiting = [];
    private readonly IDisposable? _owner;
    private bool _overtaken;
    private int _users;

    /// <param name="objects">What is to be put. The bytes are read by all sites, changed by none.</param>
    /// <param name="owner">Disposed as soon as no site can read the bytes any more.</param>
    /// <param name="sites">Those that will report.</param>
    internal Handover(IReadOnlyList<(string Name, ReadOnlyMemory<byte> Content)> objects, IDisposable? owner, IReadOnlyCollection<Site> sites)
    {
        Objects = objects;
        _owner = owner;
        _queued = [.. sites];
        _users = sites.Count;
    }

    public IEnumerable<string> Names => Objects.Select(part => part.Name);

    /// <summary>Where it stands so far: whole, durable, in the order in which the sites said so.</summary>
    public IReadOnlyList<Site> Standing
    {
        get
        {
            lock (_lock)
            {
                return [.. _standing];
            }
        }
    }

    internal IReadOnlyList<(string Name, ReadOnlyMemory<byte> Content)> Objects { get; }

    /// <summary>Sites from which it is not known yet whether it will stand there.</summary>
    internal IReadOnlyCollection<Site> Awaited
    {
        get
        {
            lock (_lock)
            {
                return _overtaken ? [] : [.. _queued, .. _underWay];
            }
        }
    }

    /// <summary>Whether sites that were not begun would go without it if it was overtaken now.</summary>
    internal bool IsQueued
    {
        get
        {
            lock (_lock)
            {
                return _queued.Count > 0;
            }
        }
    }

    /// <summary>True when no site can read the bytes any more.</summary>
    internal bool IsReleased => Volatile.Read(ref _users) <= 0;

    /// <summary>Ends the puts that are still under way.</summary>
    internal CancellationToken GivenUp { get; init; }

    /// <summary>Called once, when no site can read the bytes any more.</summary>
    internal Action<Handover>? Released { get; init; }

    /// <summary>Waits until it stands at so many sites, or at as many as it can still come to.</summary>
    /// <returns>At how many it stands: fewer than asked only if nobody waits for a further site any more.</returns>
    public Task<int> StandsAtAsync(int copies)
    {
        lock (_lock)
        {
            if (_standing.Count >= copies || IsSettled)
            {
                return Task.FromResult(_standing.Count);
            }

            var reached = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Add((copies, reached));
            return reached.Task;
        }
    }

    /// <summary>Waits until every site has it, will not get it in this run, or is waited for no more.</summary>
    /// <returns>At how many sites it stands.</returns>
    public Task<int> SettledAsync() => StandsAtAsync(int.MaxValue);

    private bool IsSettled => _overtaken || (_queued.Count == 0 && _underWay.Count == 0);

    /// <summary>A site begins to put it.</summary>
    /// <returns>False if it need not any more.</returns>
    internal bool TryBegin(Site site)
    {
        lock (_lock)
        {
            return _queued.Remove(site) && _underWay.Add(site);
        }
    }

    /// <summary>
    /// Takes it from the sites that have not begun: it is their backlog. So it is for those where it is under way, until it stands there.
    /// </summary>
    /// <param name="withStrays">Whether it may be under way somewhere.</param>
    /// <returns>At how many sites it is under way; null if nothing was done: all have reported, or it is under way and must not be.</returns>
    internal int? Overtake(bool withStrays)
    {
        Site[] withdrawn;
        int strays;
        lock (_lock)
        {
            if (IsSettled || (_underWay.Count > 0 && !withStrays))
            {
                return null;
            }

            _overtaken = true;
            withdrawn = [.. _queued];
            strays = _underWay.Count;
            _queued.Clear();
            foreach (var site in withdrawn.Concat(_underWay))
            {
                Lack(site);
            }

            foreach (var site in _underWay)
            {
                site.Stray();
            }

            Wake();
        }

        foreach (var _ in withdrawn)
        {
            LetGo();
        }

        return strays;
    }

    /// <summary>A site that will not read the bytes any more says so once.</summary>
    internal void LetGo()
    {
        if (Interlocked.Decrement(ref _users) == 0)
        {
            _owner?.Dispose();
            Released?.Invoke(this);
        }
    }

    /// <summary>Each site reports once, unless it was taken from it.</summary>
    /// <returns>True for the last report.</returns>
    internal bool Report(Site site, bool stands)
    {
        lock (_lock)
        {
            if (!_queued.Remove(site) && !_underWay.Remove(site))
            {
                return false;
            }

            if (stands)
            {
                _standing.Add(site);
            }

            Settle(site, stands);
            Wake();
            return _queued.Count == 0 && _underWay.Count == 0;
        }
    }

    private void Settle(Site site, bool stands)
    {
        if (!_overtaken && !stands)
        {
            Lack(site);
        }
        else if (_overtaken)
        {
            foreach (var name in stands ? Names : [])
            {
                site.Takes(name);
            }

            site.StrayEnds();
        }
    }

    private void Lack(Site site)
    {
        foreach (var name in Names)
        {
            site.Lacks(name);
        }
    }

    private void Wake()
    {
        foreach (var waiting in _waiting.Where(waiting => IsSettled || _standing.Count >= waiting.Copies).ToList())
        {
            waiting.Reached.SetResult(_standing.Count);
            _waiting.Remove(waiting);
        }
    }
}
