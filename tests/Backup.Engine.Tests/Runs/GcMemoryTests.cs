using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using Backup.Engine.Format;
using Backup.Engine.Indexing;
using Backup.Engine.Ledger;
using Backup.Engine.Runs;

namespace Backup.Engine.Tests.Runs;

/// <summary>A gc of a large repository, in a process of its own with the memory settings of the program: what it takes is measured by the kernel.</summary>
public sealed class GcMemoryTests
{
    private const int BlobsOfAPack = 20;

    /// <summary>So many in the test run; `scripts/bench.sh gc` asks for 100,000.</summary>
    private static readonly int Packs = int.Parse(Environment.GetEnvironmentVariable("BACKUP_TEST_GC_PACKS") ?? "10000", CultureInfo.InvariantCulture);

    /// <summary>
    /// With 100,000 packs the budget of the process is 256 MiB, of which 190 are left beside the runtime and the tests; with fewer it is less.
    /// </summary>
    private static readonly long Budget = (64L << 20) + (Packs * 1_320L);

    [Fact]
    public async Task Gc_IndexOfManyPacks_StaysWithinTheBudget()
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!, ["-noLogo", "-noColor", "-explicit", "only", "-class", typeof(GcMemoryTests).FullName!])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            Environment = { ["DOTNET_gcConcurrent"] = "0", ["DOTNET_GCgen0MaxBudget"] = "400000", ["DOTNET_GCConserveMemory"] = "7" },
        };
        using var process = Process.Start(start)!;
        var said = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.True(process.ExitCode == 0, said);
        Assert.Contains("Errors: 0, Failed: 0, Skipped: 0, Not Run: 1,", said, StringComparison.Ordinal);
    }

    /// <summary>What the process of its own does.</summary>
    [Fact(Explicit = true)]
    public async Task Measure()
    {
        using var repository = new TestRepository();
        await repository.InitAsync();
        repository.WriteSource("file", GcStory.Noise(300_000, 1));
        await repository.BackupAsync();
        await AddPacksAsync(repository);
        GC.Collect(2, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        var before = Status("VmRSS");
        await File.WriteAllTextAsync("/proc/self/clear_refs", "5", TestContext.Current.CancellationToken);

        var outcome = await GcStory.GcAsync(repository);

        var taken = Status("VmHWM") - before;
        TestContext.Current.TestOutputHelper!.WriteLine($"gc of {Packs} packs took {taken >> 20} MiB.");
        Assert.True(taken < Budget, $"{taken >> 20} MiB were taken.");
        Assert.True(outcome.Condemned.Objects >= Packs, $"{outcome.Condemned}");
        Assert.All(outcome.Sites, static site => Assert.Null(site.Message));
        await GcStory.MustRestoreAsync(repository);
    }

    /// <summary>An index of packs that stand nowhere and that nothing needs, as a backup would name them.</summary>
    private static async Task AddPacksAsync(TestRepository repository)
    {
        var stop = TestContext.Current.CancellationToken;
        await using var session = await Session.OpenForWritingAsync(repository.Context(), "backup", stop);
        using var index = new IndexWriter(session.State.SpoolPath);
        var packs = new List<InventoryObject>();
        var domain = new DomainId(Id128.Draw());
        for (var i = 0; i < Packs; i++)
        {
            var bytes = RandomNumberGenerator.GetBytes(64 + (BlobId.Size * BlobsOfAPack));
            var blobs = Enumerable.Range(0, BlobsOfAPack).Select(blob => BlobId.Read(bytes.AsSpan(64 + (blob * BlobId.Size)))).ToList();
            var member = new MemberEntry(Hash.Read(bytes.AsSpan(0, 32)), domain, 8, 1_000_000, MemberContent.Files);
            var pack = new IndexedPack(Hash.Read(bytes.AsSpan(32, 32)), 1_001_000, [new IndexedMember(member, blobs)]);
            index.Add(pack);
            packs.Add(new InventoryObject(ObjectClass.Pack, pack.Id, pack.Length));
        }

        var objects = new InventoryBuilder(session, packs);
        objects.SealIndex(index);
        await objects.IndexedAsync();
        await objects.PutIndexAsync(stop);
        var inventory = await objects.PutInventoryAsync([], stop);
        await session.WriteEntryAsync(state => LedgerDraft.After(state, LedgerKind.Backup) with { Inventory = inventory }, stop);
        await objects.ApplyAsync();
    }

    private static long Status(string field) => 1024 * long.Parse(
        File.ReadLines("/proc/self/status").First(line => line.StartsWith(field + ":", StringComparison.Ordinal)).Split(':')[1].Replace("kB", "", StringComparison.Ordinal).Trim(),
        CultureInfo.InvariantCulture);
}
