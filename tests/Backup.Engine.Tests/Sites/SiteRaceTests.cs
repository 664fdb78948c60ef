using System.Collections.Concurrent;
using Backup.Engine.Sites;

namespace Backup.Engine.Tests.Sites;

/// <summary>A read that hangs does not stop a restore, and every site that fails is followed by the next.</summary>
public sealed class SiteRaceTests
{
    private readonly Site[] _sites = [.. new[] { "a", "b", "c" }.Select(id => new MemoryStore().AsSite(id))];
    private readonly ConcurrentBag<string> _discarded = [];
    private readonly ConcurrentBag<string> _cancelled = [];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private Task<(string Value, Site From)?> RunAsync(Func<Site, CancellationToken, Task<string?>> read, CancellationToken? cancellation = null, string? preferred = null)
    {
        var time = new HastyClock();
        var source = new SiteRace.Source<string>(read, static value => value.Length, _discarded.Add) { Preferred = preferred };
        return new SiteRace(new SiteChoice(time), time).RunAsync(_sites, 1000, source, cancellation ?? Cancellation);
    }

    [Fact]
    public async Task Run_AllWell_AsksTheFirstOnly()
    {
        var asked = new ConcurrentBag<string>();

        var found = await RunAsync((site, _) =>
        {
            asked.Add(site.Id);
            return Task.FromResult<string?>(site.Id);
        });

        Assert.Equal("a", found?.Value);
        Assert.Equal(["a"], asked);
    }

    [Fact]
    public async Task Run_Preferred_IsAskedFirst() =>
        Assert.Equal("b", (await RunAsync(static (site, _) => Task.FromResult<string?>(site.Id), preferred: "b"))?.Value);

    [Fact]
    public async Task Run_TwoFail_TakesTheThird()
    {
        var found = await RunAsync(static (site, _) => Task.FromResult(site.Id == "c" ? "c" : null));

        Assert.Equal(("c", "c"), (found?.Value, found?.From.Id));
    }

    [Fact]
    public async Task Run_NobodyHasIt_IsNull() => Assert.Null(await RunAsync(static (_, _) => Task.FromResult<string?>(null)));

    [Fact]
    public async Task Run_FirstHangs_TakesTheSecondAndCancelsTheFirst()
    {
        var ended = new TaskCompletionSource();

        var found = await RunAsync(async (site, stop) =>
        {
            if (site.Id == "a")
            {
                try
                {
                    await Task.Delay(Timeout.Infinite, stop);
                }
                finally
                {
                    _cancelled.Add(site.Id);
                    ended.SetResult();
                }
            }

            return site.Id;
        });

        Assert.Equal("b", found?.Value);
        await ended.Task;
        Assert.Equal(["a"], _cancelled);
        Assert.Empty(_discarded);
    }

    [Fact]
    public async Task Run_SlowOneIgnoresTheEnd_ItsAnswerIsLetGoWhenItComes()
    {
        var gate = new TaskCompletionSource<string?>();

        var found = await RunAsync((site, _) => site.Id == "a" ? gate.Task : Task.FromResult<string?>(site.Id));
        gate.SetResult("late");
        while (_discarded.IsEmpty)
        {
            await Task.Yield();
        }

        Assert.Equal("b", found?.Value);
        Assert.Equal(["late"], _discarded);
    }

    [Fact]
    public async Task Run_AllButTheSlowOneFail_WaitsForIt()
    {
        var others = 0;
        var gate = new TaskCompletionSource<string?>();

        var found = RunAsync((site, _) =>
        {
            if (site.Id == "a")
            {
                return gate.Task;
            }

            if (Interlocked.Increment(ref others) == 2)
            {
                gate.SetResult("slow");
            }

            return Task.FromResult<string?>(null);
        });

        Assert.Equal("slow", (await found)?.Value);
    }

    [Fact]
    public async Task Run_Cancelled_EndsThoughNobodyAnswers()
    {
        using var stop = new CancellationTokenSource();
        var asked = 0;

        var run = RunAsync(
            (_, _) =>
            {
                if (Interlocked.Increment(ref asked) == 3)
                {
                    stop.Cancel();
                }

                return new TaskCompletionSource<string?>().Task;
            },
            stop.Token);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
    }

    /// <summary>Pauses are over at once.</summary>
    private sealed class HastyClock : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            base.CreateTimer(callback, state, dueTime > TimeSpan.Zero ? TimeSpan.FromMilliseconds(1) : dueTime, period);
    }
}
