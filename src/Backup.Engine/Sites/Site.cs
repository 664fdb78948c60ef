using Backup.Engine.Stores;

namespace Backup.Engine.Sites;

/// <summary>Why a site takes no further part in a run.</summary>
public sealed record SiteFailure(StoreFault Fault, string Reason);

/// <summary>
/// How often a call is tried when a store says that trying again can help, and how long is waited before the first repetition; each next
/// wait is doubled.
/// </summary>
public sealed record Patience(int Attempts, TimeSpan Pause)
{
    /// <summary>Three attempts, 2 and 4 seconds apart. The stores themselves have repeated what a network loses in passing.</summary>
    public static Patience Default { get; } = new(3, TimeSpan.FromSeconds(2));
}

/// <summary>
/// A store in a named city, for the length of one run: up, or down since the first fault that time did not mend. A site that is down is an
/// outcome, not an error; it stays down for the rest of the run, so that nothing is put to it that rests on what it did not get.
/// </summary>
public sealed class Site
{
    private readonly Lock _lock = new();
    private readonly List<string> _backlog = [];
    private TaskCompletionSource _quiet = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _strays;
    private SiteFailure? _failure;
    private long _objectsPut;
    private long _bytesPut;

    public required string Id { get; init; }

    public required string City { get; init; }

    /// <summary>Two letters, ISO 3166-1.</summary>
    public required string Country { get; init; }

    /// <summary>Degrees north and east, if the policy says.</summary>
    public (double Latitude, double Longitude)? Location { get; init; }

    public required IObjectStore Store { get; init; }

    /// <summary>How many puts may run at once.</summary>
    public int Connections { get; init; } = 1;

    public bool IsUp => Failure is null;

    /// <summary>It shows an older state than another one: read only where no other has an object, and what it lacks is no damage.</summary>
    public bool IsReserve { get; set; }

    /// <summary>The first reason why the site is down; null while it is up.</summary>
    public SiteFailure? Failure => Volatile.Read(ref _failure);

    /// <summary>Objects this run has put; those that stood there already do not count, unless put in a batch.</summary>
    public long ObjectsPut => Interlocked.Read(ref _objectsPut);

    /// <summary>Bytes of <see cref="ObjectsPut"/>.</summary>
    public long BytesPut => Interlocked.Read(ref _bytesPut);

    /// <summary>The names of what was handed over and is not known to stand here.</summary>
    public IReadOnlyCollection<string> Backlog
    {
        get
        {
            lock (_lock)
            {
                return [.. _backlog];
            }
        }
    }

    /// <summary>Ends when no put is under way here that the others went on without.</summary>
    public Task Quiet
    {
        get
        {
            lock (_lock)
            {
                return _strays == 0 ? Task.CompletedTask : _quiet.Task;
            }
        }
    }

    /// <summary>Ends the part of this site in the run. The first reason stays.</summary>
    public void GoDown(SiteFailure failure) => Interlocked.CompareExchange(ref _failure, failure, null);

    public override string ToString() => Id;

    internal void Lacks(string name)
    {
        lock (_lock)
        {
            _backlog.Add(name);
        }
    }

    /// <summary>What was thought to be backlog came to stand here after all.</summary>
    internal void Takes(string name)
    {
        lock (_lock)
        {
            _backlog.Remove(name);
        }
    }

    /// <summary>The backlog becomes the caller's to bring here.</summary>
    internal IReadOnlyList<string> TakeBacklog()
    {
        lock (_lock)
        {
            string[] taken = [.. _backlog];
            _backlog.Clear();
            return taken;
        }
    }

    internal void Stray()
    {
        lock (_lock)
        {
            _strays++;
        }
    }

    internal void StrayEnds()
    {
        lock (_lock)
        {
            if (--_strays == 0)
            {
                _quiet.SetResult();
                _quiet = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }
        }
    }

    internal void CountPut(int objects, long bytes)
    {
        Interlocked.Add(ref _objectsPut, objects);
        Interlocked.Add(ref _bytesPut, bytes);
    }

    /// <summary>
    /// Makes a call to the store, again if that can help. What is wrong with the object alone (not there, damaged) is an answer; every
    /// other fault that stays takes the site down.
    /// </summary>
    /// <returns>Null if the call succeeded, else the fault.</returns>
    internal async Task<StoreFault?> AskAsync(Func<Task> call, Patience patience, TimeProvider time, CancellationToken cancellation)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await call();
                return null;
            }
            catch (StoreException e) when (e.Fault is StoreFault.NotFound or StoreFault.Damaged)
            {
                return e.Fault;
            }
            catch (StoreException e) when (e.Retryable && attempt < patience.Attempts && IsUp)
            {
                await Task.Delay(patience.Pause * Math.Pow(2, attempt - 1), time, cancellation);
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                throw;
            }
            catch (Exception e)
            {
                // The edge of a site: whatever its store does, a mistake in it included, the other sites go on.
                var fault = (e as StoreException)?.Fault ?? StoreFault.Unreachable;
                GoDown(new SiteFailure(fault, e.Message));
                return fault;
            }
        }
    }
}
