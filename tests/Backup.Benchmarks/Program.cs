using System.Globalization;
using Backup.Benchmarks.Cities;
using BenchmarkDotNet.Running;

// Single parts: --filter '*'; quickly, only to see that they run: --filter '*' --job dry. Whole runs at three cities: cities [ROUNDS [MEGABYTES]].
if (args is not ["cities", .. var numbers])
{
    BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
    return 0;
}

var counts = numbers.Select(static number => int.Parse(number, CultureInfo.InvariantCulture)).ToList();
var missed = await new CitiesBenchmark(counts.ElementAtOrDefault(0) is > 0 and var rounds ? rounds : 3, counts.ElementAtOrDefault(1) is > 0 and var size ? size : 400).RunAsync();
foreach (var miss in missed)
{
    Console.Error.WriteLine($"Missed: {miss}");
}

return missed.Count == 0 ? 0 : 1;
