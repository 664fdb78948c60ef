using Backup.EndToEnd.Tests.Harness;

namespace Backup.EndToEnd.Tests.Faults;

/// <summary>Files that change their nature while they are read: listed, exit 3, never a hang, never mixed content.</summary>
public sealed class SourceTests
{
    /// <summary>The run is stopped when it opens the first file; the last was listed then, and not yet opened.</summary>
    private const string First = "000 first";
    private const string Last = "zzz last";

    [Fact]
    public void File_VanishesAfterListing_IsListedAndTheRestIsSaved()
    {
        using var world = Prepared();

        var result = BackupWhile(world, File.Delete).MustExit(3).MustSay(Last);

        Assert.Equal(1, result.Summary.Number("errors"));
        AssertRestEquals(world);
    }

    [Fact]
    public void File_ReplacedByFifoAfterListing_NeverHangs()
    {
        using var world = Prepared();

        BackupWhile(world, file =>
        {
            File.Delete(file);
            Shell.Run("mkfifo", file);
        }).MustExit(3).MustSay(Last);

        AssertRestEquals(world);
    }

    [Fact]
    public void File_ReplacedByLinkAfterListing_IsNotFollowed()
    {
        using var world = Prepared();
        var outside = Path.Combine(world.Folder, "outside");
        File.WriteAllText(outside, "must not be saved");

        BackupWhile(world, file =>
        {
            File.Delete(file);
            File.CreateSymbolicLink(file, outside);
        }).MustExit(3).MustSay(Last);

        var tar = world.Machine.Run("dump", $"latest:{world.Data}", "--tar").MustExit(0, 3).Text;
        Assert.DoesNotContain("must not be saved", tar, StringComparison.Ordinal);
    }

    [Fact]
    public void File_ChangedAfterListing_IsSavedAsItIsNow()
    {
        using var world = Prepared();

        BackupWhile(world, file => File.WriteAllText(file, "a new text, longer than before")).MustExit(0);

        var saved = world.Machine.Run("dump", $"latest:{world.Data}/{Last}").MustExit(0).Text;
        Assert.Equal("a new text, longer than before", saved);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void File_WrittenAllTheTime_IsListedAsChanging(bool shrinking)
    {
        using var world = World.Initialized(quick: true);
        var restless = Path.Combine(world.Data, "restless");
        SampleData.Random(restless, 20_000_000);
        SampleData.Random(Path.Combine(world.Data, "still"), 10_000);
        using var end = new CancellationTokenSource();
        var writer = new Thread(() => Disturb(restless, shrinking, end.Token));
        writer.Start();

        var result = world.Machine.Json("backup");

        end.Cancel();
        writer.Join();
        result.MustExit(3).MustSay("restless");
        world.Machine.Run("verify", "--read-data", "all").MustExit(0);
        var still = world.Machine.Run("dump", $"latest:{world.Data}/still").MustExit(0).Output;
        Assert.Equal(File.ReadAllBytes(Path.Combine(world.Data, "still")), still);
    }

    [Fact]
    public void File_Unreadable_IsListedAndTheRestIsSaved()
    {
        using var world = World.Blank();
        File.WriteAllText(Path.Combine(world.Data, "readable"), "x");
        File.WriteAllText(Path.Combine(world.Data, "unreadable"), "y");
        Directory.CreateDirectory(Path.Combine(world.Data, "closed folder"));
        File.WriteAllText(Path.Combine(world.Data, "closed folder", "inside"), "z");
        File.SetUnixFileMode(Path.Combine(world.Data, "unreadable"), UnixFileMode.None);
        File.SetUnixFileMode(Path.Combine(world.Data, "closed folder"), UnixFileMode.None);
        Shell.Run("chown", "-R", "65534:65534", world.Folder);
        var nobody = new Machine(world.Machine.Policy, world.Machine.State) { Unprivileged = true };

        nobody.Run("init", "--recovery-out", world.RecoveryKey).MustExit(0);
        var result = nobody.Json("backup").MustExit(3).MustSay("unreadable", "closed folder");

        Assert.Equal(2, result.Summary.Number("errors"));
        Assert.Equal("x", nobody.Run("dump", $"latest:{world.Data}/readable").MustExit(0).Text);
    }

    [Fact]
    public void Root_Missing_IsAnErrorAndNoEmptySnapshotReplacesTheOld()
    {
        using var world = World.WithData(quick: true);
        var manifest = world.Backup();
        Directory.Move(world.Data, world.Data + ".away");

        world.Machine.Run("backup").MustExit(1).MustSay(world.Data);

        Directory.Move(world.Data + ".away", world.Data);
        Assert.Single(world.Machine.Json("snapshots").MustExit(0).Items);
        world.MustRestore("latest", manifest, "a");
    }

    [Fact]
    public void Root_OfOneSourceMissing_CostsNoOtherSource()
    {
        using var world = World.WithData(quick: true);
        var other = Path.Combine(world.Folder, "other");
        Directory.CreateDirectory(other);
        File.WriteAllText(Path.Combine(other, "file"), "of a later source");
        world.SourceKeys = $"  - {{ id: later, kind: files, roots: [{other}] }}";
        world.WritePolicy();
        Directory.Move(world.Data, world.Data + ".away");

        world.Machine.Run("backup").MustExit(1).MustSay("data was not backed up", world.Data);

        Assert.Equal("later", Assert.Single(world.Machine.Json("snapshots").MustExit(0).Items).Text("source"));
        Assert.Equal("of a later source", world.Machine.Run("dump", $"later@latest:{other}/file").MustExit(0).Text);
    }

    [Fact]
    public void Backup_Interrupted_Exits130AndNothingHalfDoneIsVisible()
    {
        using var world = Prepared();
        for (var i = 0; i < 25; i++)
        {
            SampleData.Random(Path.Combine(world.Data, $"large {i:00}"), 4_000_000);
        }

        using var watch = new FileWatch(Path.Combine(world.Data, First));
        using var running = world.Machine.Start([], "backup");
        Assert.True(watch.Wait(TimeSpan.FromSeconds(60)), "The first file was never opened.");

        running.Interrupt();
        running.Finish().MustExit(130);

        Assert.Empty(world.Machine.Json("snapshots").MustExit(0).Items);
        var manifest = world.Backup();
        world.MustRestore("latest", manifest, "b");
    }

    private static World Prepared()
    {
        var world = World.Initialized(quick: true);
        SampleData.Random(Path.Combine(world.Data, First), 3_000_000);
        for (var i = 0; i < 400; i++)
        {
            SampleData.Random(Path.Combine(world.Data, $"filler {i:000}"), 40_000);
        }

        File.WriteAllText(Path.Combine(world.Data, Last), "a text");
        return world;
    }

    private static CliResult BackupWhile(World world, Action<string> mischief)
    {
        using var watch = new FileWatch(Path.Combine(world.Data, First));
        using var running = world.Machine.Start([], "--json", "backup");
        Assert.True(watch.Wait(TimeSpan.FromSeconds(60)), "The first file was never opened.");
        running.Stop();
        mischief(Path.Combine(world.Data, Last));
        running.Continue();
        return running.Finish();
    }

    /// <summary>Everything but the last file came into the snapshot as it is.</summary>
    private static void AssertRestEquals(World world)
    {
        var target = Path.Combine(world.Folder, "target");
        world.Machine.Run("restore", "latest", "--target", target).MustExit(0, 3);
        foreach (var file in Directory.EnumerateFiles(world.Data).Where(file => !file.EndsWith(Last, StringComparison.Ordinal)))
        {
            Assert.Equal(File.ReadAllBytes(file), File.ReadAllBytes(target + file));
        }

        world.SitesMustBeEqual();
    }

    private static void Disturb(string file, bool shrinking, CancellationToken end)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        while (!end.IsCancellationRequested)
        {
            if (shrinking)
            {
                stream.SetLength(stream.Length > 5_000_000 ? stream.Length - 50_000 : 20_000_000);
            }
            else
            {
                stream.Position = stream.Position > 19_000_000 ? 0 : stream.Position + 4096;
                stream.WriteByte(7);
                stream.Flush();
            }

            Thread.Sleep(1);
        }
    }
}
