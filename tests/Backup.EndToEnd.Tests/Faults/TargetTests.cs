using Backup.EndToEnd.Tests.Harness;

namespace Backup.EndToEnd.Tests.Faults;

/// <summary>A restore that is broken off, or meets a full disk: no file under its own name is half written, and the same command again goes on.</summary>
public sealed class TargetTests(TargetTests.LargeStory story) : IClassFixture<TargetTests.LargeStory>
{
    /// <summary>Enough to be in the middle of.</summary>
    public sealed class LargeStory : IDisposable
    {
        public LargeStory()
        {
            World = World.Initialized(quick: true);
            for (var i = 0; i < 60; i++)
            {
                SampleData.Random(Path.Combine(World.Data, $"folder {i % 6}", $"file {i:00}"), 1_000_000);
            }

            for (var i = 0; i < 6_000; i++)
            {
                SampleData.Random(Path.Combine(World.Data, "many", $"small {i:0000}"), 100);
            }

            Saved = World.Backup();
        }

        internal World World { get; }

        internal string Saved { get; }

        public void Dispose() => World.Dispose();
    }

    [Theory]
    [InlineData(9)]
    [InlineData(2)]
    public void Restore_BrokenOffInTheMiddle_ShowsNothingHalfAndGoesOn(int signal)
    {
        var target = Path.Combine(story.World.Folder, $"broken off by {signal}");
        string[] restore = ["restore", "latest", "--target", target];
        using (var running = story.World.Machine.Start([], restore))
        {
            WaitForFiles(target, running);
            if (signal == 9)
            {
                running.Kill();
                Assert.True(running.Finish().WasKilled, "The restore was over too early.");
            }
            else
            {
                running.Interrupt();
                running.Finish().MustExit(130);
            }
        }

        MustBeWhole(target);
        if (signal != 9)
        {
            Assert.Empty(Directory.EnumerateFiles(target, ".backupctl-*", SearchOption.AllDirectories));
        }

        // Only what was killed leaves temporary names; the next restore takes them away.
        story.World.Machine.Run([.. restore, "--overwrite", "if-changed"]).MustExit(0);
        Manifest.MustEqual(story.Saved, target + story.World.Data, "the same command again");
    }

    [Fact]
    public void Restore_TargetFull_ListsWhatIsMissingAndGoesOn()
    {
        var target = Path.Combine(story.World.Folder, "small");
        using var disk = new SmallDisk(target, "20m");

        var result = story.World.Machine.Json("restore", "latest", "--target", target).MustExit(1, 3).MustSay("space");

        MustBeWhole(target);
        Assert.NotEmpty(result.Everything);
        disk.Remount("size=100m");
        story.World.Machine.Run("restore", "latest", "--target", target, "--overwrite", "if-changed").MustExit(0);
        Manifest.MustEqual(story.Saved, target + story.World.Data, "a larger disk");
    }

    [Fact]
    public void Restore_IfNewer_LeavesWhatIsNewerInTheTarget()
    {
        var target = Path.Combine(story.World.Folder, "newer");
        story.World.Machine.Run("restore", "latest", "--target", target).MustExit(0);
        var (newer, older) = (target + story.World.Data + "/folder 0/file 00", target + story.World.Data + "/folder 1/file 01");
        foreach (var (file, year) in new[] { (newer, 2100), (older, 2000) })
        {
            File.WriteAllText(file, "mine");
            File.SetLastWriteTimeUtc(file, new DateTime(year, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        }

        string[] restore = ["restore", "latest", "--target", target, "--overwrite", "if-newer"];
        Assert.Equal(1, story.World.Machine.Json(restore).MustExit(3).MustSay("file 00").Summary.Number("skipped"));

        Assert.Equal("mine", File.ReadAllText(newer));
        Assert.Equal(1_000_000, new FileInfo(older).Length);
        File.SetLastWriteTimeUtc(newer, new DateTime(2000, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        story.World.Machine.Run(restore).MustExit(0);
        Manifest.MustEqual(story.Saved, target + story.World.Data, "nothing was newer any more");
    }

    private static void WaitForFiles(string target, Running running)
    {
        var end = Environment.TickCount64 + 60_000;
        while (!running.HasExited && Environment.TickCount64 < end
            && !(Directory.Exists(target) && Directory.EnumerateFiles(target, "file*", SearchOption.AllDirectories).Any()))
        {
            Thread.Sleep(1);
        }
    }

    /// <summary>What stands under a name of the snapshot is what was saved.</summary>
    private void MustBeWhole(string target)
    {
        foreach (var file in Directory.EnumerateFiles(target + story.World.Data, "file*", SearchOption.AllDirectories))
        {
            Assert.Equal(File.ReadAllBytes(file[target.Length..]), File.ReadAllBytes(file));
        }
    }
}
