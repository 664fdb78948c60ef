namespace Backup.Engine.Sites;

/// <summary>One object, or a batch that belongs together, on its way to all sites.</summary>
public sealed class Handover
{
    private readonly Lock _lock = new();
    private readonly List<Site> _standing = [];
    private readonly List<(int Copies, TaskCompletionSource<int> Reached)> _waiting = [];
    private readonly IDisposable? _owner;
    private int _pending;
    private int _users;

    /// <param name="objects">What is to be put. The bytes are read by all sites, changed by none.</param>
    /// <param name="owner">Disposed as soon as no site can read the bytes any more.</param>
    /// <param name="sites">How many sites will report.</param>
    internal Handover(IReadOnlyList<(string Name, ReadOnlyMemory<byte> Content)> objects, IDisposable? owner, int sites)
    {
        Objects = objects;
        _owner = owner;
        _pending = sites;
        _users = sites;
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

    /// <summary>Waits until it stands at so many sites, or at as many as it can still come to.</summary>
    /// <returns>At how many it stands: fewer than asked only if no further site will get it in this run.</returns>
    public Task<int> StandsAtAsync(int copies)
    {
        lock (_lock)
        {
            if (_standing.Count >= copies || _pending == 0)
            {
                return Task.FromResult(_standing.Count);
            }

            var reached = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Add((copies, reached));
            return reached.Task;
        }
    }

    /// <summary>Waits until every site has it or will not get it in this run.</summary>
    /// <returns>At how many sites it stands.</returns>
    public Task<int> SettledAsync() => StandsAtAsync(int.MaxValue);

    /// <summary>A site that will not read the bytes any more says so once.</summary>
    internal void LetGo()
    {
        if (Interlocked.Decrement(ref _users) <= 0)
        {
            _owner?.Dispose();
        }
    }

    /// <summary>Each site reports once.</summary>
    /// <returns>True for the last report.</returns>
    internal bool Report(Site site, bool stands)
    {
        lock (_lock)
        {
            _pending--;
            if (stands)
            {
                _standing.Add(site);
            }

            foreach (var waiting in _waiting.Where(waiting => _pending == 0 || _standing.Count >= waiting.Copies).ToList())
            {
                waiting.Reached.SetResult(_standing.Count);
                _waiting.Remove(waiting);
            }

            return _pending == 0;
        }
    }
}
