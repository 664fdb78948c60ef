using System.Runtime.CompilerServices;
using Backup.Engine.Stores;
using Polly;
using Polly.Retry;

namespace Backup.Stores.Retrying;

/// <summary>
/// Tries again what a network loses in passing, with growing, random pauses, and as long as a store asks for; what is wrong for good is never
/// repeated. Each attempt has a deadline. Batches are put over several connections at once, each object with attempts of its own.
/// </summary>
/// <param name="inner">The store. Ends with this one.</param>
/// <param name="options">How often and how long.</param>
/// <param name="connections">How many objects of a batch are put at once.</param>
/// <param name="time">Measures pauses and deadlines.</param>
public sealed class RetryingStore(IObjectStore inner, RetryOptions options, int connections, TimeProvider time) : IObjectStore
{
    private readonly ResiliencePipeline _again = new ResiliencePipelineBuilder { TimeProvider = time }
        .AddRetry(new RetryStrategyOptions
        {
            ShouldHandle = new PredicateBuilder().Handle<StoreException>(static failure => failure.Retryable),
            MaxRetryAttempts = Math.Max(1, options.Attempts - 1),
            Delay = options.Pause,
            MaxDelay = options.LongestPause,
            BackoffType = DelayBackoffType.Exponential,
            UseJitter = true,
            DelayGenerator = attempt => ValueTask.FromResult(AskedFor(attempt.Outcome.Exception, options)),
        })
        .Build();

    /// <inheritdoc/>
    /// <remarks>Asked twice, for one lost packet is no outage, and a refused login stays refused. What is silent is not asked again.</remarks>
    public async Task<StoreProbe> ProbeAsync(CancellationToken cancellation)
    {
        using var late = new CancellationTokenSource(options.Probe, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, late.Token);
        try
        {
            var probe = await inner.ProbeAsync(either.Token);
            if (probe.Presence != StorePresence.Unreachable || probe.Failure is { Retryable: false })
            {
                return probe;
            }

            await Task.Delay(options.Pause, time, either.Token);
            return await inner.ProbeAsync(either.Token);
        }
        catch (OperationCanceledException) when (late.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            return StoreProbe.Of(new StoreException(StoreFault.Unreachable, $"It has not answered within {options.Probe.TotalSeconds:0} seconds.") { IsFinal = true });
        }
    }

    /// <inheritdoc/>
    public Task CreateAsync(CancellationToken cancellation) => RunAsync(0, inner.CreateAsync, cancellation);

    /// <inheritdoc/>
    /// <remarks>If an answer was lost on the way, the name may be taken by this very object: it is read back.</remarks>
    public async Task<bool> PutAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellation)
    {
        var attempts = 0;
        var stored = await RunAsync(content.Length, token => { attempts++; return inner.PutAsync(name, content, token); }, cancellation);
        return stored || (attempts > 1 && await HoldsAsync(name, content, cancellation));
    }

    /// <inheritdoc/>
    public Task PutManyAsync(IReadOnlyList<(string Name, ReadOnlyMemory<byte> Content)> objects, CancellationToken cancellation) =>
        ParallelPuts.RunAsync(this, objects, connections, cancellation);

    /// <inheritdoc/>
    public Task<byte[]> GetAsync(string name, int limit, CancellationToken cancellation) =>
        RunAsync(limit, token => inner.GetAsync(name, limit, token), cancellation);

    /// <inheritdoc/>
    public Task GetRangeAsync(string name, long offset, Memory<byte> destination, CancellationToken cancellation) =>
        RunAsync(destination.Length, token => inner.GetRangeAsync(name, offset, destination, token), cancellation);

    /// <inheritdoc/>
    public Task<ObjectInfo?> StatAsync(string name, CancellationToken cancellation) => RunAsync(0, token => inner.StatAsync(name, token), cancellation);

    /// <inheritdoc/>
    /// <remarks>A listing that breaks off is begun anew; what was handed out is passed over.</remarks>
    public async IAsyncEnumerable<ObjectInfo> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var begun = time.GetTimestamp();
        for (var attempt = 1; ; attempt++)
        {
            StoreException? broken = null;
            await using var listing = inner.ListAsync(prefix, cancellation).GetAsyncEnumerator(cancellation);
            while (true)
            {
                try
                {
                    if (!await listing.MoveNextAsync())
                    {
                        yield break;
                    }
                }
                catch (StoreException failure) when (failure.Retryable)
                {
                    broken = failure;
                    break;
                }

                if (seen.Add(listing.Current.Name))
                {
                    (attempt, begun) = (1, time.GetTimestamp());
                    yield return listing.Current;
                }
            }

            if (attempt >= options.Attempts || time.GetElapsedTime(begun) > options.GiveUp)
            {
                throw Final(broken);
            }

            await Task.Delay(AskedFor(broken, options) ?? (options.Pause * Math.Pow(2, attempt - 1)), time, cancellation);
        }
    }

    /// <inheritdoc/>
    public Task<DeleteOutcome> DeleteAsync(string name, CancellationToken cancellation) =>
        RunAsync(0, token => inner.DeleteAsync(name, token), cancellation);

    /// <inheritdoc/>
    public Task SweepAsync(TimeSpan age, CancellationToken cancellation) => inner.SweepAsync(age, cancellation);

    /// <inheritdoc/>
    public Task<StoreCapabilities> ExamineAsync(CancellationToken cancellation) => RunAsync(0, inner.ExamineAsync, cancellation);

    /// <inheritdoc/>
    public Task LockAsync(string name, DateTimeOffset until, CancellationToken cancellation) =>
        RunAsync(0, token => inner.LockAsync(name, until, token), cancellation);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => inner.DisposeAsync();

    private static TimeSpan? AskedFor(Exception? failure, RetryOptions options) =>
        failure is StoreException { RetryAfter: { } asked } ? (asked < options.LongestPause ? asked : options.LongestPause) : null;

    private static StoreException Final(StoreException failure) => new(failure.Fault, failure.Message, failure) { IsFinal = true };

    private async Task<bool> HoldsAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellation)
    {
        try
        {
            return (await GetAsync(name, content.Length, cancellation)).AsSpan().SequenceEqual(content.Span);
        }
        catch (StoreException failure) when (failure.Fault is StoreFault.Damaged or StoreFault.NotFound)
        {
            return false;
        }
    }

    private Task<bool> RunAsync(long bytes, Func<CancellationToken, Task> call, CancellationToken cancellation) =>
        RunAsync(bytes, async token => { await call(token); return true; }, cancellation);

    private async Task<T> RunAsync<T>(long bytes, Func<CancellationToken, Task<T>> call, CancellationToken cancellation)
    {
        var begun = time.GetTimestamp();
        try
        {
            return await _again.ExecuteAsync(async token => await AttemptAsync(bytes, call, begun, token), cancellation);
        }
        catch (StoreException failure) when (failure.Retryable)
        {
            throw Final(failure);
        }
    }

    private async Task<T> AttemptAsync<T>(long bytes, Func<CancellationToken, Task<T>> call, long begun, CancellationToken cancellation)
    {
        var deadline = options.DeadlineOf(bytes);
        using var late = new CancellationTokenSource(deadline, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, late.Token);
        try
        {
            return await call(either.Token);
        }
        catch (OperationCanceledException canceled) when (late.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            throw new StoreException(StoreFault.Unreachable, $"It has not answered within {deadline.TotalSeconds:0} seconds.", canceled) { IsFinal = true };
        }
        catch (StoreException failure) when (failure.Retryable && time.GetElapsedTime(begun) > options.GiveUp)
        {
            throw Final(failure);
        }
    }
}
