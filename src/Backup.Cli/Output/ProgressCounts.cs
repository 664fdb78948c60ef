namespace Backup.Cli.Output;

/// <summary>What is known of a run's progress. Counted from many threads without locks; read now and then.</summary>
internal sealed class ProgressCounts
{
    private readonly Lock _gate = new();
    private SiteCount[] _sites = [];
    private long _files;
    private long _bytes;
    private long _expectedFiles = -1;
    private long _expectedBytes = -1;

    /// <summary>What the run does now; empty before it said so.</summary>
    public string Phase { get; set; } = "";

    public void Expect(long? files, long? bytes)
    {
        Volatile.Write(ref _expectedFiles, files ?? -1);
        Volatile.Write(ref _expectedBytes, bytes ?? -1);
    }

    public void Advance(long files, long bytes)
    {
        Interlocked.Add(ref _files, files);
        Interlocked.Add(ref _bytes, bytes);
    }

    public void SiteAdvance(string site, long bytes)
    {
        foreach (var known in Volatile.Read(ref _sites))
        {
            if (known.Id == site)
            {
                Interlocked.Add(ref known.Bytes, bytes);
                return;
            }
        }

        lock (_gate)
        {
            if (Array.Find(_sites, known => known.Id == site) is { } known)
            {
                Interlocked.Add(ref known.Bytes, bytes);
                return;
            }

            Volatile.Write(ref _sites, [.. _sites, new SiteCount { Id = site, Bytes = bytes }]);
        }
    }

    public ProgressReading Read(TimeSpan elapsed) => new(
        Phase,
        elapsed,
        Volatile.Read(ref _files),
        Volatile.Read(ref _bytes),
        Known(Volatile.Read(ref _expectedFiles)),
        Known(Volatile.Read(ref _expectedBytes)),
        [.. Volatile.Read(ref _sites).Select(site => (site.Id, Volatile.Read(ref site.Bytes)))]);

    private static long? Known(long value) => value < 0 ? null : value;

    private sealed class SiteCount
    {
        public required string Id;
        public long Bytes;
    }
}

/// <summary>The progress at one moment.</summary>
internal sealed record ProgressReading(
    string Phase, TimeSpan Elapsed, long Files, long Bytes, long? ExpectedFiles, long? ExpectedBytes, IReadOnlyList<(string Id, long Bytes)> Sites)
{
    /// <summary>True while the run has said nothing.</summary>
    public bool IsEmpty => Phase.Length == 0 && Files == 0 && Bytes == 0 && Sites.Count == 0;

    /// <summary>Bytes a second since the start.</summary>
    public double Rate => Elapsed.TotalSeconds < 0.001 ? 0 : Bytes / Elapsed.TotalSeconds;

    /// <summary>0–1, by bytes or, without them, by files; null: nobody knows.</summary>
    public double? Share => (ExpectedBytes, ExpectedFiles) switch
    {
        ({ } bytes and > 0, _) => Math.Min(1, (double)Bytes / bytes),
        (_, { } files and > 0) => Math.Min(1, (double)Files / files),
        _ => null,
    };

    /// <summary>How long it will still take at this rate; null while that is a guess (nothing known, the first two seconds).</summary>
    public TimeSpan? Remaining => Share is { } share and > 0.001 && Elapsed.TotalSeconds >= 2 ? Elapsed * ((1 - share) / share) : null;

    /// <summary><c>1,204 files, 3.2 GiB of 10 GiB (32 %), 55 MiB/s, 2 min left</c>.</summary>
    public string Summary()
    {
        var total = ExpectedBytes is { } bytes ? " of " + Units.Size(bytes) : "";
        var share = Share is { } known ? $" ({(int)(100 * known)} %)" : "";
        var left = Remaining is { } time ? $", {Units.Duration(time)} left" : "";
        return $"{Units.Count(Files, "file")}, {Units.Size(Bytes)}{total}{share}, {Units.Size((long)Rate)}/s{left}";
    }

    public static string SiteLine((string Id, long Bytes) site) => $"{Escape.Text(site.Id)} {Units.Size(site.Bytes)}";
}
