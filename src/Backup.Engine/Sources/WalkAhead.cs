using System.Runtime.ExceptionServices;

namespace Backup.Engine.Sources;

/// <summary>The directories that are listed and not yet taken: one thread fills, one takes.</summary>
internal sealed class WalkAhead(int mostDirectories, int mostEntries)
{
    private readonly Queue<FileDirectory> _waiting = new();
    private readonly object _lock = new();
    private int _entries;
    private bool _ended;
    private bool _closed;
    private ExceptionDispatchInfo? _fault;

    /// <summary>Puts in one directory after the other, and waits whenever there are enough; ends early when closed.</summary>
    public void Fill(IEnumerable<FileDirectory> directories, CancellationToken cancellation)
    {
        try
        {
            foreach (var directory in directories)
            {
                if (!Put(directory)) break;
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
    public FileDirectory? Take(CancellationToken cancellation)
    {
        using var wake = cancellation.UnsafeRegister(static self => ((WalkAhead)self!).Wake(), this);
        lock (_lock)
        {
            while (true)
            {
                cancellation.ThrowIfCancellationRequested();
                if (_waiting.TryDequeue(out var directory))
                {
                    _entries -= directory.Entries.Count;
                    Monitor.PulseAll(_lock);
                    return directory;
                }

                if (_ended) break;
                Monitor.Wait(_lock);
            }
        }

        _fault?.Throw();
        return null;
    }

    /// <summary>Ends the filling and disposes what nobody took.</summary>
    public void Close()
    {
        lock (_lock)
        {
            _closed = true;
            while (_waiting.TryDequeue(out var directory))
            {
                directory.Dispose();
            }

            Monitor.PulseAll(_lock);
        }
    }

    private bool Put(FileDirectory directory)
    {
        lock (_lock)
        {
            while (!_closed && _waiting.Count > 0 && (_waiting.Count >= mostDirectories || _entries >= mostEntries))
            {
                Monitor.Wait(_lock);
            }

            if (_closed)
            {
                directory.Dispose();
                return false;
            }

            _waiting.Enqueue(directory);
            _entries += directory.Entries.Count;
            Monitor.PulseAll(_lock);
            return true;
        }
    }

    private void Wake()
    {
        lock (_lock) Monitor.PulseAll(_lock);
    }
}
