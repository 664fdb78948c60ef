namespace Backup.Engine.Sites;

/// <summary>
/// Which site a read goes to: the one that is expected to have answered it first, by what it has shown so far and by what is under way to it.
/// Sites of which nothing is known yet count as good ones, so that each is tried early; one that was slow once is tried again after a while.
/// Safe for several threads.
/// </summary>
/// <param name="time">Measures the reads.</param>
internal sealed class SiteChoice(TimeProvider time)
{
    /// <summary>What a new measurement counts against all before it: the last five or so decide.</summary>
    private const double Weight = 0.3;

    /// <summary>What is shorter says how long an answer takes, and nothing of the rate.</summary>
    private const long Small = 256 << 10;

    /// <summary>Bytes per second of a site that nothing was read from yet.</summary>
    private const double UnknownRate = 64 << 20;

    /// <summary>Bytes per second at which even a site that nothing is known of is not waited for any longer.</summary>
    private const double LeastRate = 8 << 20;

    private const int MostFailures = 6;
    private const int Suspicion = 4;

    /// <summary>Differences below this are none: then the order of the policy decides.</summary>
    private static readonly TimeSpan Grain = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Oblivion = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<Site, Estimate> _estimates = [];

    /// <summary>A read that takes longer is suspicious, whatever was expected. Longer than a store takes to ask again by itself.</summary>
    public static TimeSpan LeastLimit { get; } = TimeSpan.FromSeconds(5);

    /// <summary>The sites, the one that will answer first before the others; of equals the first given.</summary>
    /// <param name="sites">In order of preference.</param>
    /// <param name="bytes">About as many are to be read.</param>
    public IReadOnlyList<Site> Order(IEnumerable<Site> sites, long bytes)
    {
        lock (_gate)
        {
            return [.. sites.Select(site => (Site: site, Expected: Expected(Of(site), bytes))).OrderBy(static item => item.Site.IsReserve).ThenBy(static item => (long)(item.Expected / Grain)).Select(static item => item.Site)];
        }
    }

    /// <summary>A read begins. To be ended in one of the ways that <see cref="Reading"/> has.</summary>
    public Reading Begin(Site site, long bytes)
    {
        lock (_gate)
        {
            var estimate = Of(site);
            var limit = estimate.Pace is null && bytes >= Small
                ? LeastLimit + TimeSpan.FromSeconds(bytes / LeastRate)
                : Max(LeastLimit, Suspicion * Model(estimate, bytes));
            estimate.UnderWay += bytes;
            var reading = new Reading(this, site, bytes, estimate.UnderWay, time.GetTimestamp(), limit);
            estimate.Open.Add(reading);
            return reading;
        }
    }

    private TimeSpan Expected(Estimate estimate, long bytes)
    {
        var expected = Model(estimate, bytes);
        if (estimate.Open.Count > 0)
        {
            // Who has not answered for so long will hardly answer sooner the next time.
            expected = Max(expected, time.GetElapsedTime(estimate.Open.Min(static reading => reading.Begun)));
        }

        return expected + TimeSpan.FromSeconds(estimate.Failures == 0 ? 0 : Math.Pow(2, estimate.Failures));
    }

    private static TimeSpan Model(Estimate estimate, long bytes) =>
        TimeSpan.FromSeconds(estimate.Latency + ((estimate.UnderWay + bytes) * (estimate.Pace ?? 1 / UnknownRate)));

    private void End(Reading reading, Ending how, long bytes)
    {
        lock (_gate)
        {
            var estimate = Of(reading.Site);
            if (!estimate.Open.Remove(reading))
            {
                return;
            }

            var seconds = Math.Max(time.GetElapsedTime(reading.Begun).TotalSeconds, 1e-6);
            estimate.UnderWay -= reading.Bytes;
            estimate.Seen = time.GetTimestamp();
            estimate.Failures = how == Ending.Answer ? 0 : Math.Min(estimate.Failures + 1, MostFailures);
            if (how == Ending.Failure)
            {
                return;
            }

            if (bytes < Small)
            {
                estimate.Latency += Weight * (seconds - estimate.Latency);
            }
            else
            {
                // What was under way before it came first, or shared the line with it: all of that went through in this time.
                var pace = Math.Max(seconds - estimate.Latency, seconds / 10) / (reading.Ahead - reading.Bytes + bytes);
                estimate.Pace = estimate.Pace is not { } known ? pace : how == Ending.GivenUp ? Math.Max(known, pace) : known + (Weight * (pace - known));
            }
        }
    }

    private Estimate Of(Site site)
    {
        if (!_estimates.TryGetValue(site, out var estimate))
        {
            _estimates.Add(site, estimate = new Estimate());
        }
        else if (estimate.Open.Count == 0 && estimate.Seen is { } seen && time.GetElapsedTime(seen) > Oblivion)
        {
            (estimate.Latency, estimate.Pace, estimate.Failures, estimate.Seen) = (0, null, 0, null);
        }

        return estimate;
    }

    private static TimeSpan Max(TimeSpan one, TimeSpan other) => one > other ? one : other;

    private enum Ending
    {
        Answer,
        Failure,
        GivenUp,
    }

    /// <summary>A read that is under way.</summary>
    /// <param name="choice">Learns from it.</param>
    /// <param name="site">Where.</param>
    /// <param name="bytes">About how many.</param>
    /// <param name="ahead">Bytes that were under way to the site then, these included.</param>
    /// <param name="begun">When.</param>
    /// <param name="limit">How long it may take before another site is asked too.</param>
    internal sealed class Reading(SiteChoice choice, Site site, long bytes, long ahead, long begun, TimeSpan limit)
    {
        public Site Site { get; } = site;

        public long Bytes { get; } = bytes;

        public long Ahead { get; } = ahead;

        public long Begun { get; } = begun;

        public TimeSpan Limit { get; } = limit;

        /// <summary>It gave what was asked.</summary>
        public void Answered(long bytes) => choice.End(this, Ending.Answer, bytes);

        /// <summary>It gave nothing, or something else.</summary>
        public void Failed() => choice.End(this, Ending.Failure, 0);

        /// <summary>Another site was first: it took at least so long.</summary>
        public void GiveUp() => choice.End(this, Ending.GivenUp, Bytes);
    }

    private sealed class Estimate
    {
        /// <summary>Seconds to the first byte.</summary>
        public double Latency { get; set; }

        /// <summary>Seconds for a byte, so that one slow read weighs what it cost; null: nothing large was read yet.</summary>
        public double? Pace { get; set; }

        public long UnderWay { get; set; }

        public int Failures { get; set; }

        /// <summary>When something was learned last.</summary>
        public long? Seen { get; set; }

        public List<Reading> Open { get; } = [];
    }
}
