namespace Backup.Engine.Sites;

/// <summary>
/// Reads from the site that answers best, and from the next when that one fails. A read that takes much longer than it should is not waited for:
/// another site is asked too, and the first good answer counts.
/// </summary>
/// <param name="choice">Chooses, and learns.</param>
/// <param name="time">Measures.</param>
internal sealed class SiteRace(SiteChoice choice, TimeProvider time)
{
    /// <summary>Reads one thing.</summary>
    /// <param name="sites">Those that may have it, in order of preference.</param>
    /// <param name="bytes">About how long it is.</param>
    /// <param name="source">Reads it from one site. Gives null if that site does not have it as it must be; throws only what ends the run.</param>
    /// <param name="cancellation">Ends the call; what is under way ends when it ends.</param>
    /// <returns>Null if no site has it.</returns>
    public async Task<(T Value, Site From)?> RunAsync<T>(IReadOnlyList<Site> sites, long bytes, Source<T> source, CancellationToken cancellation)
        where T : class
    {
        var left = sites.ToList();
        var running = new List<Runner<T>>();
        using var won = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        try
        {
            while (running.Count > 0 || left.Count > 0)
            {
                if (running.Count == 0 || (left.Count > 0 && await IsLateAsync(running, cancellation)))
                {
                    running.Add(Start(left, bytes, source, won.Token));
                }

                var done = left.Count > 0 ? running.Find(static runner => runner.Task.IsCompleted) : await FirstAsync(running, cancellation);
                if (done is null)
                {
                    continue;
                }

                running.Remove(done);
                if (await done.Task is { } value)
                {
                    done.Reading.Answered(source.Length(value));
                    return (value, done.Reading.Site);
                }

                done.Reading.Failed();
            }

            return null;
        }
        finally
        {
            await won.CancelAsync();
            running.ForEach(runner => Abandon(runner, source));
        }
    }

    private Runner<T> Start<T>(List<Site> left, long bytes, Source<T> source, CancellationToken cancellation)
        where T : class
    {
        // Chosen anew each time: others may have begun to read meanwhile.
        var site = left.Find(site => site.Id == source.Preferred) ?? choice.Order(left, bytes)[0];
        left.Remove(site);
        var reading = choice.Begin(site, bytes);
        return new Runner<T>(reading, source.Read(site, cancellation));
    }

    /// <summary>Waits until a read has ended, or the one begun last takes too long.</summary>
    private async Task<bool> IsLateAsync<T>(List<Runner<T>> running, CancellationToken cancellation)
        where T : class
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var limit = Task.Delay(running[^1].Reading.Limit, time, enough.Token);
        var first = await Task.WhenAny([.. running.Select(static runner => runner.Task), limit]);
        await enough.CancelAsync();
        cancellation.ThrowIfCancellationRequested();
        return first == limit;
    }

    private static async Task<Runner<T>> FirstAsync<T>(List<Runner<T>> running, CancellationToken cancellation)
        where T : class
    {
        var first = await Task.WhenAny(running.Select(static runner => runner.Task)).WaitAsync(cancellation);
        return running.Find(runner => runner.Task == first)!;
    }

    /// <summary>Nobody waits for it any more; what it still gives is let go.</summary>
    private static void Abandon<T>(Runner<T> runner, Source<T> source)
        where T : class
    {
        runner.Reading.GiveUp();
        _ = runner.Task.ContinueWith(
            task =>
            {
                if (task is { IsCompletedSuccessfully: true, Result: { } value })
                {
                    source.Discard(value);
                }
                else
                {
                    _ = task.Exception;
                }
            },
            TaskScheduler.Default);
    }

    private sealed record Runner<T>(SiteChoice.Reading Reading, Task<T?> Task)
        where T : class;

    /// <summary>How something is read.</summary>
    /// <param name="Read">From one site.</param>
    /// <param name="Length">How many bytes it was.</param>
    /// <param name="Discard">Lets go of an answer that came second.</param>
    internal sealed record Source<T>(Func<Site, CancellationToken, Task<T?>> Read, Func<T, long> Length, Action<T> Discard)
        where T : class
    {
        /// <summary>The id of a site that is asked first however it serves; null: the best.</summary>
        public string? Preferred { get; init; }
    }
}
