using Backup.EndToEnd.Tests.Harness;

namespace Backup.EndToEnd.Tests.Kills;

/// <summary>The places where the published program can be told to kill itself, and the runs that come by them.</summary>
public static class Stops
{
    private static readonly string[] Entry = ["entry-written", "entry-put"];

    private static readonly string[] CatchUp = ["caught-up-keys", "caught-up-ledger", "object-copied", "backlog-copied"];

    private static readonly string[] NewEpoch = ["epoch-drawn", "epoch-put", "epoch-opened", "epoch-proven", "epoch-destroyed"];

    public static TheoryData<string> Init =>
        ["init-drawn", "init-sheet-written", "init-keys-put", "init-entry-written", "init-entry-put", "init-repository-put", .. Entry];

    /// <summary>With a domain that is new.</summary>
    public static TheoryData<string> Backup =>
        ["pack-put", "packs-stand", "keyring-put", "index-put", "inventory-put", "snapshot-put", .. Entry, "backlog-copied"];

    /// <summary>A backup or a sync that finds a site again which was away.</summary>
    public static TheoryData<string> Return => [.. CatchUp];

    public static TheoryData<string> Sync => [.. CatchUp, .. Entry];

    public static TheoryData<string> Rebuild => [.. CatchUp];

    public static TheoryData<string> Forget => ["forgotten", .. Entry];

    /// <summary>Of a gc that condemns, writes anew and deletes.</summary>
    public static TheoryData<string> Gc =>
        ["gc-packs-put", "index-put", "inventory-put", "gc-condemning", "gc-condemned", "gc-object-deleted", "gc-site-deleted", "gc-named-deleted", .. Entry];

    public static TheoryData<string> Takeover => ["term-drawn", .. Entry];

    public static TheoryData<string> Rotation => [.. NewEpoch, .. Entry];

    public static TheoryData<string> Recovery => ["recovery-drawn", .. NewEpoch, .. Entry];

    /// <summary>Of an erasure, up to the moment at which no key of it stands anywhere.</summary>
    public static TheoryData<string> EraseKeys =>
        ["keyring-put", "entry-written", "entry-put", "erasure-requested", .. NewEpoch, "entry-written:2", "entry-put:2", "entry-written:3", "entry-put:3"];

    /// <summary>Of an erasure, after that.</summary>
    public static TheoryData<string> EraseObjects =>
    [
        "gc-packs-put", "index-put", "inventory-put", "erasure-moved", "erasure-condemned", "entry-written:4", "erasure-object-deleted", "erasure-object-deleted:2",
        "erasure-site-verified", "entry-written:5", "erasure-named-deleted", "entry-written:6", "keyring-put:2", "entry-written:7", "erasure-certified",
    ];

    /// <summary>All that a test goes through.</summary>
    public static IEnumerable<string> Tested =>
        new[] { Init, Backup, Return, Sync, Rebuild, Forget, Gc, Takeover, Rotation, Recovery, EraseKeys, EraseObjects }.SelectMany(static stops => stops)
            .Select(static stop => stop.Data.Split(':')[0]).Distinct(StringComparer.Ordinal);

    /// <summary>All that there are: the program lists them by reflection.</summary>
    public static string[] Listed() =>
        Shell.Run(Published.Backupctl, "test-stops").Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    /// <summary>Fails unless the run came to the stop and died there.</summary>
    internal static void MustDie(this Machine machine, string stop, params IEnumerable<string> arguments)
    {
        var result = machine.RunUntil(stop, arguments);
        Assert.True(result.WasKilled, $"{result.Command} did not come by {stop}; it ended with {result.ExitCode}:\n{result.Everything}");
    }

    /// <summary>How long a run takes from its start to its end, here and now.</summary>
    internal static TimeSpan Measure(this Machine machine, params IEnumerable<string> arguments)
    {
        var start = Environment.TickCount64;
        machine.Run(arguments).MustExit(0);
        return TimeSpan.FromMilliseconds(Environment.TickCount64 - start);
    }

    /// <summary>
    /// Kills a run after a part of the time that such a run takes. One that was over by then proves nothing: it is killed earlier, in a new world, until one
    /// was truly killed.
    /// </summary>
    /// <returns>The world in which it was killed.</returns>
    internal static World KilledAfter(TimeSpan delay, Func<World> start, Func<World, IEnumerable<string>> arguments)
    {
        for (; delay > TimeSpan.FromMilliseconds(5); delay *= 0.7)
        {
            var world = start();
            using var running = world.Machine.Start([], arguments(world));
            Thread.Sleep(delay);
            running.Kill();
            if (running.Finish().WasKilled)
            {
                return world;
            }

            world.Dispose();
        }

        Assert.Fail("Every run was over before it was killed.");
        return null;
    }
}
