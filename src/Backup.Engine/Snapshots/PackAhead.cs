using System.Threading.Channels;
using Backup.Engine.Format;

namespace Backup.Engine.Snapshots;

/// <summary>Reads a stretch of a pack from whichever site gives it first; null if none does.</summary>
internal delegate Task<(byte[] Bytes, string Site)?> PackFetch(Hash pack, int offset, int length, CancellationToken cancellation);

/// <summary>
/// Reads packs before it is their turn, so that several sites work at once. From disks, which answer at once, no further ahead than there are threads.
/// </summary>
internal sealed class PackAhead : IAsyncDisposable
{
    /// <summary>A read that takes longer comes over a line, and is worth another beside it.</summary>
    private static readonly TimeSpan Long = TimeSpan.FromMilliseconds(50);

    private readonly PackFetch _fetch;
    private readonly Action<byte[]> _giveBack;
    private readonly CancellationToken _stop;
    private readonly SemaphoreSlim _room;
    private readonly int _more;
    private readonly Channel<PackCopy> _copies = Channel.CreateUnbounded<PackCopy>();
    private readonly Task _reading;
    private int _isWide;

    /// <param name="source">Where packs come from, and what a read that takes long is measured with.</param>
    /// <param name="least">How many packs are in memory at once.</param>
    /// <param name="most">How many where reading takes long.</param>
    /// <param name="stop">Ends everything.</param>
    public PackAhead(PackSource source, int least, int most, CancellationToken stop)
    {
        (_fetch, _giveBack, _stop) = (source.Fetch, source.GiveBack, stop);
        _room = new SemaphoreSlim(least);
        _more = Math.Max(0, most - least);
        _reading = Task.Run(() => ReadAsync(source.Time), CancellationToken.None);
    }

    /// <summary>A pack is wanted, after those that were added before.</summary>
    public void Add(PackCopy copy) => _copies.Writer.TryWrite(copy);

    /// <summary>A part of a pack is done; the last one lets its bytes go.</summary>
    public void Leave(PackCopy copy)
    {
        if (copy.Leave() && copy.IsDense)
        {
            GiveBack(copy.Bytes);
            _room.Release();
        }
    }

    /// <summary>To be called when nobody reads any more, and after the stop.</summary>
    public async ValueTask DisposeAsync()
    {
        _copies.Writer.TryComplete();
        await _reading;
    }

    private async Task ReadAsync(TimeProvider time)
    {
        try
        {
            await foreach (var copy in _copies.Reader.ReadAllAsync(_stop))
            {
                await _room.WaitAsync(_stop);
                _ = ReadAsync(copy, time);
            }
        }
        catch (OperationCanceledException)
        {
            // Whoever waits for a pack waits with the same token.
        }
    }

    private async Task ReadAsync(PackCopy copy, TimeProvider time)
    {
        var began = time.GetTimestamp();
        try
        {
            copy.Set(await _fetch(copy.Pack, copy.Start, copy.Length, _stop));
        }
        catch (Exception failure)
        {
            copy.Fail(failure);
        }

        if (time.GetElapsedTime(began) > Long && Interlocked.Exchange(ref _isWide, 1) == 0 && _more > 0)
        {
            _room.Release(_more);
        }
    }

    private void GiveBack(byte[]? bytes)
    {
        if (bytes is not null)
        {
            _giveBack(bytes);
        }
    }
}

/// <summary>Where a restore takes packs from.</summary>
/// <param name="Fetch">Reads ahead.</param>
/// <param name="GiveBack">Takes what was read ahead.</param>
/// <param name="Ahead">How many packs may be in memory at once.</param>
/// <param name="Time">Measures.</param>
internal sealed record PackSource(PackFetch Fetch, Action<byte[]> GiveBack, int Ahead, TimeProvider Time);
