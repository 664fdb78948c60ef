using System.Runtime.InteropServices;
using Backup.Engine.Stores;
using Backup.Stores.Local;

namespace Backup.Stores.Tests.Local;

/// <summary>Alone, for without the right to mount a small disk it is the file size limit of the whole process that runs full.</summary>
[CollectionDefinition(nameof(FullDiskTests), DisableParallelization = true)]
[Collection(nameof(FullDiskTests))]
public sealed partial class FullDiskTests : IDisposable
{
    private readonly ScratchFolder _scratch = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public async Task Put_NoSpace_IsFullAndLeavesNothing()
    {
        using var disk = SmallDisk.Make(_scratch["small"], 1 << 20);
        await using var store = new LocalStore(_scratch["small"]);
        await store.CreateAsync(Cancellation);
        await store.PutAsync("packs/00/before", new byte[300_000], Cancellation);

        var e = await Assert.ThrowsAsync<StoreException>(() => store.PutAsync("packs/00/large", new byte[3 << 20], Cancellation));

        Assert.Equal(StoreFault.Full, e.Fault);
        Assert.Equal("packs/00/before", Assert.Single(await store.ListAsync("", Cancellation).ToListAsync(Cancellation)).Name);
        Assert.Empty(Directory.EnumerateFiles(_scratch["small/tmp"]));
        Assert.True(await store.PutAsync("packs/00/after", new byte[300_000], Cancellation));
    }

    [Fact]
    public async Task PutMany_NoSpace_IsFullAndLeavesWholeObjectsOnly()
    {
        using var disk = SmallDisk.Make(_scratch["small"], 1 << 20);
        await using var store = new LocalStore(_scratch["small"]);
        await store.CreateAsync(Cancellation);
        int[] lengths = [1_000, 2_000, 3 << 20, 3_000];

        var e = await Assert.ThrowsAsync<StoreException>(() =>
            store.PutManyAsync([.. lengths.Select((length, i) => ($"index/{i}", (ReadOnlyMemory<byte>)new byte[length]))], Cancellation));

        Assert.Equal(StoreFault.Full, e.Fault);
        Assert.All(await store.ListAsync("", Cancellation).ToListAsync(Cancellation), found => Assert.Equal(lengths[found.Name[^1] - '0'], found.Length));
        Assert.Empty(Directory.EnumerateFiles(_scratch["small/tmp"]));
    }

    /// <summary>
    /// A disk that takes every write and fails when it is to keep it: a file system in a sparse image on a place that is too small for it.
    /// The error comes from fsync alone, as with a thin volume that has run out, a network disk or a quota.
    /// </summary>
    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    public async Task Put_FailsOnlyAtSync_IsNoSuccess(int objects)
    {
        using var small = Mounted.TryTmpFs(_scratch["backing"], "size=3m");
        var image = _scratch["backing/image"];
        var formatted = small is not null && Mounted.Run("truncate", "-s", "64M", image) &&
            Mounted.Run("mkfs.ext4", "-q", "-F", "-O", "^has_journal", image);
        using var disk = formatted ? Mounted.TryMount(_scratch["thin"], "-o", "loop", image) : SmallDisk.Make(_scratch["thin"], 1 << 20);
        await using var store = new LocalStore(_scratch["thin"]);
        await store.CreateAsync(Cancellation);
        var content = new byte[8 << 20];
        Random.Shared.NextBytes(content);
        (string, ReadOnlyMemory<byte>)[] many = [.. Enumerable.Range(0, objects).Select(i => ($"packs/00/{i}", content.AsMemory(0, 2 << 20)))];

        await Assert.ThrowsAsync<StoreException>(() => objects == 1
            ? store.PutAsync("packs/00/a", content, Cancellation)
            : store.PutManyAsync(many, Cancellation));

        Assert.Empty(await store.ListAsync("packs/", Cancellation).ToListAsync(Cancellation));
    }

    /// <summary>
    /// A place that has room for so many bytes: a small tmpfs, or else this process with a limit on the size of its files.
    /// </summary>
    private static partial class SmallDisk
    {
        private const int FileSizeLimit = 1;
        private const int FileSizeSignal = 25;

        public static IDisposable Make(string path, ulong bytes) =>
            Mounted.TryTmpFs(path, $"size={bytes}") as IDisposable ?? new LimitedFiles(bytes);

        private sealed class LimitedFiles : IDisposable
        {
            private readonly Limit _before;

            public LimitedFiles(ulong bytes)
            {
                // Without this the signal ends the process before the call can fail.
                Signal(FileSizeSignal, handler: 1);
                Assert.Equal(0, GetLimit(FileSizeLimit, out _before));
                Assert.Equal(0, SetLimit(FileSizeLimit, _before with { Soft = bytes }));
            }

            public void Dispose() => SetLimit(FileSizeLimit, _before);
        }

        [LibraryImport("libc", EntryPoint = "getrlimit")]
        private static partial int GetLimit(int resource, out Limit limit);

        [LibraryImport("libc", EntryPoint = "setrlimit")]
        private static partial int SetLimit(int resource, in Limit limit);

        [LibraryImport("libc", EntryPoint = "signal")]
        private static partial nint Signal(int signal, nint handler);

        private record struct Limit(ulong Soft, ulong Hard);
    }
}
