using System.Collections.Concurrent;
using Backup.Engine.Stores;
using Backup.Stores.Http;

namespace Backup.Stores.Sftp;

/// <summary>
/// The connections of one store. Each call has one for itself, on a thread of its own: the library's calls wait, and two on one connection have
/// been seen to wait for each other. Whatever goes wrong with a connection ends it; the next call opens another one.
/// </summary>
internal sealed class SftpConnections : IAsyncDisposable
{
    /// <summary>How long a call may take to notice that its connection was closed.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    private readonly SftpStoreOptions _options;
    private readonly SemaphoreSlim _free;
    private readonly ConcurrentStack<SftpConnection> _idle = new();
    private readonly ConcurrentDictionary<SftpConnection, bool> _busy = new();
    private readonly ITimer _timer;
    private volatile bool _isDisposed;

    public SftpConnections(SftpStoreOptions options)
    {
        _options = options;
        _free = new SemaphoreSlim(options.Transfer.Connections);
        _timer = Time.CreateTimer(static state => ((SftpConnections)state!).EndIdle(), this, options.Idle, options.Idle);
    }

    private TimeProvider Time => _options.Transfer.Time;

    /// <summary>Does some work with a connection; whatever goes wrong becomes a <see cref="StoreException"/>.</summary>
    public async Task<T> RunAsync<T>(SftpAccess access, Func<SftpFiles, T> work, CancellationToken cancellation)
    {
        await _free.WaitAsync(cancellation);
        try
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            var connection = await TakeAsync(cancellation);
            using var watch = new StallWatch(_options.Transfer.Stall, Time, cancellation);
            var files = new SftpFiles(connection, _options.Transfer, watch);
            try
            {
                return await RunAsync(connection, watch, () => Classified(access, files, work), cancellation);
            }
            finally
            {
                GiveBack(connection, isGood: !files.IsSpoiled && !watch.Token.IsCancellationRequested);
            }
        }
        finally
        {
            _free.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        _isDisposed = true;
        await _timer.DisposeAsync();
        while (_idle.TryPop(out var connection))
        {
            connection.End();
        }

        foreach (var connection in _busy.Keys)
        {
            connection.Abort();
        }
    }

    private async Task<SftpConnection> TakeAsync(CancellationToken cancellation)
    {
        while (_idle.TryPop(out var idle))
        {
            if (idle.IsGood && Time.GetElapsedTime(idle.Released) < _options.Idle)
            {
                _busy[idle] = true;
                return idle;
            }

            idle.End();
        }

        var connection = new SftpConnection(_options);
        _busy[connection] = true;
        using var watch = new StallWatch(_options.Transfer.Connect, Time, cancellation);
        try
        {
            return await RunAsync(connection, watch, () => { connection.Connect(); return connection; }, cancellation);
        }
        catch
        {
            GiveBack(connection, isGood: false);
            throw;
        }
    }

    /// <summary>Waits until the work has ended, or has been ended because nothing moved or the caller gave up.</summary>
    private async Task<T> RunAsync<T>(SftpConnection connection, StallWatch watch, Func<T> work, CancellationToken cancellation)
    {
        var running = Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        try
        {
            return await running.WaitAsync(watch.Token);
        }
        catch (Exception failure) when (watch.Token.IsCancellationRequested)
        {
            connection.Abort();
            await Task.WhenAny(running, Task.Delay(Grace, Time, CancellationToken.None));
            _ = running.ContinueWith(static ended => ended.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
            cancellation.ThrowIfCancellationRequested();
            var stalled = watch.Stalled(failure);
            throw new StoreException(StoreFault.Unreachable, $"{_options.Server} does not answer: {stalled.Message}", stalled);
        }
    }

    private void GiveBack(SftpConnection connection, bool isGood)
    {
        _busy.TryRemove(connection, out _);
        if (!isGood || !connection.IsGood)
        {
            connection.Abort();
        }
        else if (_isDisposed)
        {
            connection.End();
        }
        else
        {
            connection.Released = Time.GetTimestamp();
            _idle.Push(connection);
        }
    }

    private void EndIdle()
    {
        var waiting = new List<SftpConnection>();
        while (_idle.TryPop(out var connection))
        {
            if (Time.GetElapsedTime(connection.Released) >= _options.Idle)
            {
                connection.End();
            }
            else
            {
                waiting.Add(connection);
            }
        }

        waiting.ForEach(_idle.Push);
    }

    private T Classified<T>(SftpAccess access, SftpFiles files, Func<SftpFiles, T> work)
    {
        try
        {
            return work(files);
        }
        catch (Exception failure) when (failure is not StoreException)
        {
            files.IsSpoiled |= !SftpFault.IsAnswer(failure);
            throw new StoreException(SftpFault.Of(failure, access), $"{_options.Server}: {failure.Message}", failure);
        }
    }
}
