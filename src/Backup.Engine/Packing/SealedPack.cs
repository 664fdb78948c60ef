using Backup.Engine.Format;

namespace Backup.Engine.Packing;

/// <summary>A finished pack, ready to be put. Its buffer goes back to the pool when the last site is done with it.</summary>
internal sealed class SealedPack(PackBuffers pool, byte[] buffer, IndexedPack index) : IDisposable
{
    private int _returned;

    /// <summary>Its id and its members, as the index will name them.</summary>
    public IndexedPack Index { get; } = index;

    public ReadOnlyMemory<byte> Bytes { get; } = buffer.AsMemory(0, index.Length);

    /// <summary>Gives the buffer back; a second call does nothing.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _returned, 1) == 0)
        {
            pool.Return(buffer);
        }
    }
}

/// <summary>
/// The buffers of packs that are being filled or put. Their number bounds the memory of a run: who finds none waits until a site has taken a pack.
/// </summary>
internal sealed class PackBuffers(int count) : IDisposable
{
    /// <summary>A pack is closed when it holds this much.</summary>
    public const int Target = 16 << 20;

    /// <summary>Room behind the target for the largest segment, a footer and the member table.</summary>
    public const int Size = Target + (8 << 20);

    private readonly SemaphoreSlim _free = new(count);
    private readonly Stack<byte[]> _idle = new();
    private int _exempt;

    /// <summary>Called when somebody has to wait for a buffer; what it gives is disposed when there is one.</summary>
    public Func<IDisposable>? Short { get; set; }

    public byte[] Rent(CancellationToken cancellation)
    {
        if (!_free.Wait(TimeSpan.Zero, cancellation))
        {
            using var pressure = Short?.Invoke();
            _free.Wait(cancellation);
        }

        lock (_idle)
        {
            return _idle.TryPop(out var buffer) ? buffer : GC.AllocateUninitializedArray<byte>(Size, pinned: true);
        }
    }

    public void Return(byte[] buffer)
    {
        lock (_idle)
        {
            _idle.Push(buffer);
            if (_exempt > 0)
            {
                _exempt--;
                return;
            }
        }

        _free.Release();
    }

    /// <summary>One of the buffers in use counts no more until one is given back: somebody else may have one in its place.</summary>
    public void Exempt()
    {
        lock (_idle)
        {
            _exempt++;
        }

        _free.Release();
    }

    /// <summary>Lets go of the buffers that nobody uses.</summary>
    public void Trim()
    {
        lock (_idle)
        {
            _idle.Clear();
        }
    }

    public void Dispose() => _free.Dispose();
}
