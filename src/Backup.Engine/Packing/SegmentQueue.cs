namespace Backup.Engine.Packing;

/// <summary>Segments between the one thread that reads and the threads that seal, bounded by the memory they hold, so that a slow sealer slows the reader and not the memory.</summary>
internal sealed class SegmentQueue(int limit) : IDisposable
{
    private readonly Queue<SegmentJob> _jobs = new();
    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _available = new(0);
    private readonly AutoResetEvent _room = new(initialState: false);
    private long _bytes;

    /// <summary>Adds a segment if there is room.</summary>
    public bool TryAdd(SegmentJob job)
    {
        lock (_gate)
        {
            if (_bytes > 0 && _bytes + job.Buffer.Length > limit)
            {
                return false;
            }

            _bytes += job.Buffer.Length;
            _jobs.Enqueue(job);
        }

        _available.Release();
        return true;
    }

    /// <summary>Waits until a segment was taken, or a moment has passed.</summary>
    public void WaitForRoom() => _room.WaitOne(TimeSpan.FromMilliseconds(100));

    /// <summary>Says that no more comes, to this many takers.</summary>
    public void Complete(int takers)
    {
        if (takers > 0)
        {
            _available.Release(takers);
        }
    }

    public void Dispose()
    {
        _available.Dispose();
        _room.Dispose();
    }

    /// <summary>The next segment; null when there will be none.</summary>
    public SegmentJob? Take(CancellationToken cancellation)
    {
        _available.Wait(cancellation);
        SegmentJob job;
        lock (_gate)
        {
            if (!_jobs.TryDequeue(out job!))
            {
                return null;
            }

            _bytes -= job.Buffer.Length;
        }

        _room.Set();
        return job;
    }
}
