using System.Runtime.ExceptionServices;

namespace Backup.Engine.Sources;

/// <summary>How much a thread may be ahead of the one that takes.</summary>
/// <param name="Items">The most items.</param>
/// <param name="Weight">About their most weight together; one that is heavier goes alone.</param>
internal readonly record struct AheadLimits(int Items, long Weight);

/// <summary>Makes items on a thread of its own, ahead of the one that takes them, in bounded memory.</summary>
/// <remarks>
/// Who waits for the other is woken when the other has made some room, or some items, and not for each: to wake a thread takes as long as to list a folder.
/// </remarks>
internal sealed class Ahead<T>
    where T : class, IDisposable
{
    private readonly Queue<(T Item, long Weight)> _waiting = new();
    private readonly object _lock = new();
    private readonly AheadLimits _limits;
    private readonly Func<T, long> _weigh;
    private long _weight;
    private bool _ended;
    private bool _closed;
    private ExceptionDispatchInfo? _fault;

    private Ahead(AheadLimits limits, Func<T, long> weigh)
    {
        _limits = limits;
        _weigh = weigh;
    }

    /// <summary>The items, as another thread makes them. What goes wrong there is thrown here, after what was made before.</summary>
    /// <param name="thread">Its name.</param>
    /// <param name="make">Called on that thread.</param>
    /// <param name="limits">How far it may be ahead.</param>
    /// <param name="weigh">The weight of an item.</param>
    /// <param name="cancellation">Ends both.</param>
    public static IEnumerable<T> Run(string thread, Func<CancellationToken, IEnumerable<T>> make, AheadLimits limits, Func<T, long> weigh, CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var ahead = new Ahead<T>(limits, weigh);
        var maker = new Thread(() => ahead.Fill(make, stop.Token)) { IsBackground = true, Name = thread };
        maker.Start();
        try
        {
            while (ahead.Take(cancellation) is { } item)
            {
                yield return item;
            }
        }
        finally
        {
            stop.Cancel();
            ahead.Close();
            maker.Join();
        }
    }

    private bool IsFull => _waiting.Count >= _limits.Items || _weight >= _limits.Weight;

    private bool HasRoom => _waiting.Count <= _limits.Items / 2 && _weight <= _limits.Weight / 2;

    private void Fill(Func<CancellationToken, IEnumerable<T>> make, CancellationToken cancellation)
    {
        try
        {
            foreach (var item in make(cancellation))
            {
                if (!Put(item)) break;
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // The taker knows.
        }
        catch (Exception fault)
        {
            // The edge of this thread: the taker gets it.
            _fault = ExceptionDispatchInfo.Capture(fault);
        }

        lock (_lock)
        {
            _ended = true;
            Monitor.PulseAll(_lock);
        }
    }

    /// <returns>Null at the end.</returns>
    private T? Take(CancellationToken cancellation)
    {
        using var wake = cancellation.UnsafeRegister(static self => ((Ahead<T>)self!).Wake(), this);
        lock (_lock)
        {
            while (true)
            {
                cancellation.ThrowIfCancellationRequested();
                if (_waiting.TryDequeue(out var next))
                {
                    _weight -= next.Weight;
                    if (HasRoom) Monitor.PulseAll(_lock);
                    return next.Item;
                }

                if (_ended) break;
                Monitor.Wait(_lock);
            }
        }

        _fault?.Throw();
        return null;
    }

    /// <summary>Ends the filling and disposes what nobody took.</summary>
    private void Close()
    {
        lock (_lock)
        {
            _closed = true;
            while (_waiting.TryDequeue(out var next))
            {
                next.Item.Dispose();
            }

            Monitor.PulseAll(_lock);
        }
    }

    private bool Put(T item)
    {
        lock (_lock)
        {
            if (IsFull)
            {
                while (!_closed && !HasRoom)
                {
                    Monitor.Wait(_lock);
                }
            }

            if (_closed)
            {
                item.Dispose();
                return false;
            }

            var weight = _weigh(item);
            _waiting.Enqueue((item, weight));
            _weight += weight;
            if (_waiting.Count == 1) Monitor.PulseAll(_lock);
            return true;
        }
    }

    private void Wake()
    {
        lock (_lock) Monitor.PulseAll(_lock);
    }
}
