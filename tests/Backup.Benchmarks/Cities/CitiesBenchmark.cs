using System.Diagnostics;
using System.Globalization;
using Backup.EndToEnd.Tests.Harness;
using Backup.Engine.Policies;
using Backup.Stores;
using Backup.Stores.Tests.Services;

namespace Backup.Benchmarks.Cities;

/// <summary>
/// The program at S3, Azure and SFTP, each on a real server behind a line of 20 ms and 40 MB/s: three cities at once beside each one alone, and
/// many small objects beside one connection that waits for each. Ratios of one run; a step is done at each city alone and at all three before the next one.
/// </summary>
internal sealed class CitiesBenchmark(int rounds, int megabytes)
{
    private const double BackupBar = 1.15;
    private const double RestoreBar = 1.8;
    private const double PeakBar = 256;
    private const int SmallObjects = 10_000;
    private const int SmallBytes = 4096;
    private const int OneByOne = 300;
    private const string Three = "all three";

    private readonly Dictionary<(string Step, string Where), List<Timed>> _taken = [];
    private readonly Dictionary<(string Kind, bool AtOnce), double> _rates = [];
    private readonly List<string> _missed = [];

    /// <returns>What missed its bar.</returns>
    public async Task<IReadOnlyList<string>> RunAsync()
    {
        using var services = TestServices.StartOwn("s3", "azure", "sftp");
        var cities = SlowCity.All(services);
        for (var round = 0; round < rounds; round++)
        {
            Say($"Round {round + 1} of {rounds}");
            Whole(cities, round);
        }

        await SmallAsync(cities);

        foreach (var city in cities)
        {
            await city.DisposeAsync();
        }

        WriteTable([.. cities.Select(static city => city.Kind)]);
        return _missed;
    }

    private static void Say(string text) => Console.Error.WriteLine(text);

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return (sorted[(sorted.Count - 1) / 2] + sorted[sorted.Count / 2]) / 2;
    }

    /// <summary>A first backup and a restore.</summary>
    private void Whole(IReadOnlyList<SlowCity> cities, int round)
    {
        using var data = new Scratch();
        var noise = new Random(round);
        var content = new byte[8 << 20];
        for (var i = 0; i < megabytes / 8; i++)
        {
            noise.NextBytes(content);
            File.WriteAllBytes(Path.Combine(data.Folder, $"{i:000}"), content);
        }

        var manifest = Manifest.Of(data.Folder);
        var worlds = cities.Select(city => (Name: city.Kind, World: NewWorld(data.Folder, [city]))).Append((Name: Three, World: NewWorld(data.Folder, cities))).ToList();
        foreach (var (name, world) in Turned(worlds, round))
        {
            Take("first backup", name, Timed.Run(world.Machine, "backup"));
        }

        var all = worlds[^1].World;
        foreach (var (name, _) in Turned(worlds, round + 1))
        {
            string[] from = name == Three ? [] : ["--site", name];
            var target = Path.Combine(all.Folder, $"restored-{name}");
            Take("restore", name, Timed.Run(all.Machine, ["restore", "latest", "--target", target, .. from]));
            Manifest.MustEqual(manifest, target + data.Folder, name);
            TemporaryFolder.Remove(target);
        }

        worlds.ForEach(static item => item.World.Dispose());
    }

    private static IEnumerable<(string Name, World World)> Turned(List<(string Name, World World)> items, int by) => items.Select((_, i) => items[(i + by) % items.Count]);

    private static World NewWorld(string data, IReadOnlyList<SlowCity> cities)
    {
        string[] names = ["Unna", "Nürnberg", "Falkenstein"];
        var world = World.Blank(data);
        world.Sites = [.. cities.Select((city, i) => (city.Kind, names[i]))];
        world.Cities = cities.Count;
        foreach (var city in cities)
        {
            world.Remote[city.Kind] = city.NewPlace(world.Folder).PolicyText;
        }

        world.WritePolicy();
        world.Machine.Run("init", "--recovery-out", world.RecoveryKey).MustExit(0);
        return world;
    }

    private void Take(string step, string where, Timed taken)
    {
        Say($"  {step}, {where}: {taken.Wall.TotalSeconds:0.00} s, {taken.Peak >> 20} MiB");
        if (!_taken.TryGetValue((step, where), out var list))
        {
            _taken[(step, where)] = list = [];
        }

        list.Add(taken);
    }

    /// <summary>Many small objects over all connections of a site, and some of them over one that waits.</summary>
    private async Task SmallAsync(IReadOnlyList<SlowCity> cities)
    {
        using var world = NewWorld(Path.GetTempPath(), cities);
        var policy = PolicyLoader.Load(world.Machine.Policy, world.Machine.State, PolicyEnvironment.OfProcess());
        foreach (var site in policy.Tenants[0].Sites)
        {
            var one = site switch { CloudSiteConfig cloud => cloud with { Connections = 1 }, SftpSiteConfig sftp => sftp with { Connections = 1 }, _ => site };
            var (slow, fast) = (await OneByOneAsync(one), await AtOnceAsync(site));
            Say($"  {SmallBytes} bytes, {site.Id}: {slow:0} objects/s one by one, {fast:0} at once: {fast / slow:0.00}");
            (_rates[(site.Id, false)], _rates[(site.Id, true)]) = (slow, fast);
        }
    }

    private static async Task<double> OneByOneAsync(SiteConfig site)
    {
        await using var store = new StoreFactory(TimeProvider.System).Open(site);
        await store.PutAsync(Name("index", -1), Small(), CancellationToken.None); // the connection stands
        var began = Stopwatch.GetTimestamp();
        for (var i = 0; i < OneByOne; i++)
        {
            await store.PutAsync(Name("index", i), Small(), CancellationToken.None);
        }

        return OneByOne / Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    private static async Task<double> AtOnceAsync(SiteConfig site)
    {
        await using var store = new StoreFactory(TimeProvider.System).Open(site);
        await store.PutAsync(Name("packs", -1), Small(), CancellationToken.None);
        var objects = Enumerable.Range(0, SmallObjects).Select(static i => (Name("packs", i), new ReadOnlyMemory<byte>(Small()))).ToList();
        var began = Stopwatch.GetTimestamp();
        await store.PutManyAsync(objects, CancellationToken.None);
        return SmallObjects / Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    /// <summary>In few folders: to make one takes more than an object.</summary>
    private static string Name(string kind, int number) => $"{kind}/{number & 7:x2}/{number & 7:x2}{number:x8}";

    private static byte[] Small()
    {
        var bytes = new byte[SmallBytes];
        Random.Shared.NextBytes(bytes);
        return bytes;
    }

    private void WriteTable(IReadOnlyList<string> kinds)
    {
        Console.WriteLine($"| through {SlowCity.MegabytesPerSecond} MB/s and 20 ms to each | {string.Join(" | ", kinds)} | {Three} | ratio (bar) |");
        Console.WriteLine("|---" + string.Concat(Enumerable.Repeat("|---", kinds.Count + 2)) + "|");
        var backups = kinds.Max(kind => Wall("first backup", kind));
        Row("first backup", kinds, Bar("first backup", Wall("first backup", Three) / backups, BackupBar, atMost: true) + " × the slowest alone");
        var restores = kinds.Min(kind => Wall("restore", kind));
        Row("restore", kinds, Bar("restore", restores / Wall("restore", Three), RestoreBar, atMost: false) + " × as fast as the best alone");
        var small = kinds.Select(kind => (Kind: kind, Slow: _rates[(kind, false)], Fast: _rates[(kind, true)])).ToList();
        var ratios = small.Select(item => Bar($"small objects, {item.Kind}", item.Fast / item.Slow, item.Kind == "sftp" ? 3 : 5, atMost: false));
        Console.WriteLine($"| {SmallObjects:N0} objects of 4 KiB, beside one connection that waits | {string.Join(" | ", small.Select(static item => $"{item.Fast:0}/s, {item.Slow:0}/s"))} | | {string.Join(", ", ratios)} |");
        var peak = _taken.Values.SelectMany(static list => list).Max(static taken => taken.Peak) / (double)(1 << 20);
        Console.WriteLine($"| peak memory of any | {string.Concat(Enumerable.Repeat("| ", kinds.Count))}| {Bar("peak memory", peak, PeakBar, atMost: true)} MiB |");
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"\n{megabytes} MB that neither compress nor repeat; small objects were measured once."));
    }

    private double Wall(string step, string where) => Median(_taken[(step, where)].Select(static taken => taken.Wall.TotalSeconds));

    private void Row(string step, IReadOnlyList<string> kinds, string ratio) => Console.WriteLine(
        $"| {step} | {string.Join(" | ", kinds.Append(Three).Select(where => string.Create(CultureInfo.InvariantCulture, $"{Wall(step, where):0.00} s")))} | {ratio} |");

    private string Bar(string name, double value, double limit, bool atMost)
    {
        var isMissed = atMost ? value > limit : value < limit;
        var text = string.Create(CultureInfo.InvariantCulture, $"{value:0.00} ({(atMost ? "≤" : "≥")} {limit})");
        if (isMissed)
        {
            _missed.Add($"{name}: {text}");
        }

        return isMissed ? "**missed** " + text : text;
    }

    private sealed class Scratch : IDisposable
    {
        public string Folder { get; } = TemporaryFolder.Create("noise");

        public void Dispose() => TemporaryFolder.Remove(Folder);
    }
}
