using Backup.Engine.Sites;

namespace Backup.Engine.Tests.Sites;

/// <summary>A read goes to the site that will have answered first; none is stuck to, and none is forgotten.</summary>
public sealed class SiteChoiceTests
{
    private const long Pack = 16 << 20;

    private readonly StepClock _clock = new();
    private readonly Site[] _sites = [.. new[] { "a", "b", "c" }.Select(id => new MemoryStore().AsSite(id))];
    private readonly SiteChoice _choice;

    public SiteChoiceTests() => _choice = new SiteChoice(_clock);

    private Site Best => _choice.Order(_sites, Pack)[0];

    private void Read(Site site, double seconds)
    {
        var reading = _choice.Begin(site, Pack);
        _clock.Advance(seconds);
        reading.Answered(Pack);
    }

    [Fact]
    public void Order_NothingKnown_IsThatOfThePolicy() => Assert.Equal(_sites, _choice.Order(_sites, Pack));

    [Fact]
    public void Order_ReadsUnderWay_SpreadsThem()
    {
        var chosen = new List<string>();
        for (var i = 0; i < 6; i++)
        {
            chosen.Add(Best.Id);
            _choice.Begin(Best, Pack);
        }

        Assert.Equal(["a", "a", "b", "b", "c", "c"], chosen.Order(StringComparer.Ordinal), StringComparer.Ordinal);
    }

    [Fact]
    public void Order_OneIsSlow_TriesTheOthersAndStaysWithTheFastest()
    {
        Read(_sites[0], 4);
        Assert.Same(_sites[1], Best);
        Read(_sites[1], 2);
        Assert.Same(_sites[2], Best);
        Read(_sites[2], 0.4);

        Assert.Equal(["c", "b", "a"], _choice.Order(_sites, Pack).Select(site => site.Id), StringComparer.Ordinal);
    }

    [Fact]
    public void Order_TheFastestHasMuchToDo_TakesTheNext()
    {
        Read(_sites[0], 0.4);
        Read(_sites[1], 1);
        Read(_sites[2], 10);
        for (var i = 0; i < 2; i++)
        {
            Assert.Same(_sites[0], Best);
            _choice.Begin(Best, Pack);
        }

        Assert.Same(_sites[1], Best);
    }

    [Fact]
    public void Order_OneBecomesSlow_LeavesIt()
    {
        foreach (var site in _sites)
        {
            Read(site, site == _sites[0] ? 0.2 : 1);
        }

        Assert.Same(_sites[0], Best);
        Read(_sites[0], 20);
        Read(_sites[0], 20);

        Assert.NotSame(_sites[0], Best);
    }

    [Fact]
    public void Order_OneDoesNotAnswer_IsAskedNoMoreAndLaterAgain()
    {
        var hung = _choice.Begin(_sites[0], Pack);
        _clock.Advance(8);

        Assert.Equal("a", _choice.Order(_sites, Pack)[^1].Id);
        hung.GiveUp();
        Assert.Equal("a", _choice.Order(_sites, Pack)[^1].Id);
        _clock.Advance(61);
        Assert.Same(_sites[0], Best);
    }

    [Fact]
    public void Order_OneFails_IsTheLast()
    {
        _choice.Begin(_sites[0], Pack).Failed();

        Assert.Equal(["b", "c", "a"], _choice.Order(_sites, Pack).Select(site => site.Id), StringComparer.Ordinal);
    }

    [Fact]
    public void Begin_SlowSite_HasThePatienceThatItNeeds()
    {
        Read(_sites[0], 16);

        Assert.InRange(_choice.Begin(_sites[0], Pack).Limit.TotalSeconds, 60, 70);
        Assert.Equal(SiteChoice.LeastLimit, _choice.Begin(_sites[1], 1000).Limit);
    }

    /// <summary>A time that stands still until it is moved.</summary>
    private sealed class StepClock : TimeProvider
    {
        private long _now;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public void Advance(double seconds) => _now += TimeSpan.FromSeconds(seconds).Ticks;

        public override long GetTimestamp() => _now;
    }
}
