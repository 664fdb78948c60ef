using System.Diagnostics;

namespace Backup.Stores.Tests.Services;

/// <summary>One direction of a <see cref="FaultProxy"/>: what all its connections share.</summary>
internal sealed class FaultFlow
{
    /// <summary>A timer wakes up late; so much unused time may be made up for, or the mean would stay below the limit.</summary>
    private static readonly long Slack = Stopwatch.Frequency / 50;

    private readonly Lock _lock = new();
    private long? _bytesPerSecond;
    private long _free = Stopwatch.GetTimestamp();
    private long _passed;
    private long _untilFault;
    private Action? _fault;

    /// <summary>Closed by <see cref="FaultProxy.Stall"/>.</summary>
    public Gate Gate { get; } = new();

    /// <summary>Closed while a fault is being done.</summary>
    private Gate Turn { get; } = new();

    public long Passed => Interlocked.Read(ref _passed);

    public long? BytesPerSecond
    {
        get
        {
            lock (_lock)
            {
                return _bytesPerSecond;
            }
        }

        set
        {
            lock (_lock)
            {
                _bytesPerSecond = value is null or > 0
                    ? value
                    : throw new ArgumentOutOfRangeException(nameof(value), value, "Not a rate: use Stall.");
                _free = Stopwatch.GetTimestamp();
            }
        }
    }

    public void After(long bytes, Action fault)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bytes);
        lock (_lock)
        {
            (_untilFault, _fault) = (bytes, fault);
        }
    }

    /// <summary>How much to receive at once, so that a slow line flows instead of jerking.</summary>
    public int Portion(int most) => BytesPerSecond is { } rate ? (int)Math.Clamp(rate / 50, 1, most) : most;

    /// <summary>Takes the time that so many bytes need on this line, one connection after another.</summary>
    public async ValueTask TakeTimeAsync(int bytes, CancellationToken cancellation)
    {
        var wait = TimeSpan.Zero;
        lock (_lock)
        {
            if (_bytesPerSecond is { } rate)
            {
                var now = Stopwatch.GetTimestamp();
                _free = Math.Max(_free, now - Slack) + (long)(bytes * (double)Stopwatch.Frequency / rate);
                wait = TimeSpan.FromSeconds((_free - now) / (double)Stopwatch.Frequency);
            }
        }

        if (wait >= TimeSpan.FromMilliseconds(1))
        {
            await Task.Delay(wait, cancellation);
        }
    }

    /// <summary>Sends all, in as many parts as a fault in the middle makes of it.</summary>
    public async Task PassAsync(
        ReadOnlyMemory<byte> bytes, Func<ReadOnlyMemory<byte>, CancellationToken, ValueTask> send, CancellationToken cancellation)
    {
        while (bytes.Length > 0)
        {
            await Gate.WaitAsync(cancellation);
            await Turn.WaitAsync(cancellation);
            cancellation.ThrowIfCancellationRequested(); // or what a reset drops would count as passed
            var count = Reserve(bytes.Length, out var fault);
            try
            {
                if (count > 0)
                {
                    Interlocked.Add(ref _passed, count); // before: the answer may be there sooner than the sender
                    await send(bytes[..count], cancellation);
                }
            }
            finally
            {
                if (fault is not null)
                {
                    fault();
                    Turn.Open();
                }
            }

            bytes = bytes[count..];
        }
    }

    /// <returns>How many may go at once: 0 if a gate was closed meanwhile, as by one that took the last before a fault.</returns>
    private int Reserve(int wanted, out Action? fault)
    {
        lock (_lock)
        {
            fault = null;
            if (Turn.IsClosed || Gate.IsClosed)
            {
                return 0;
            }

            if (_fault is null)
            {
                return wanted;
            }

            var count = (int)Math.Min(wanted, _untilFault);
            _untilFault -= count;
            if (_untilFault == 0)
            {
                (fault, _fault) = (_fault, null);
                Turn.Close();
            }

            return count;
        }
    }
}

/// <summary>Lets all pass, or none.</summary>
internal sealed class Gate
{
    private TaskCompletionSource? _closed;

    public bool IsClosed => Volatile.Read(ref _closed) is not null;

    public void Close() =>
        Interlocked.CompareExchange(ref _closed, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), null);

    public void Open() => Interlocked.Exchange(ref _closed, null)?.SetResult();

    public async ValueTask WaitAsync(CancellationToken cancellation)
    {
        while (Volatile.Read(ref _closed) is { } closed)
        {
            await closed.Task.WaitAsync(cancellation);
        }
    }
}
