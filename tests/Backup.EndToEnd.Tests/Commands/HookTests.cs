using Backup.EndToEnd.Tests.Harness;

namespace Backup.EndToEnd.Tests.Commands;

/// <summary>The operator's commands around the reading of a source.</summary>
public sealed class HookTests
{
    [Fact]
    public void Hooks_Both_RunAroundTheReading()
    {
        using var world = World.Initialized();
        Set(world, $"date > {world.Data}/made-before", $"rm {world.Data}/made-before");

        world.Machine.Run("backup").MustExit(0);

        world.Machine.Run("dump", $"latest:{world.Data}/made-before").MustExit(0);
        Assert.False(File.Exists(Path.Combine(world.Data, "made-before")), "What runs after did not run.");
    }

    [Fact]
    public void Before_Failing_EndsTheRunAndAfterRunsStill()
    {
        using var world = World.WithData();
        Set(world, "echo no snapshot volume >&2; false", $"touch {world.Folder}/after-ran");

        world.Machine.Run("backup").MustExit(1).MustSay("before", "no snapshot volume");

        Assert.True(File.Exists(Path.Combine(world.Folder, "after-ran")), "What runs after did not run.");
        Assert.Empty(world.Machine.Json("snapshots").MustExit(0).Items);
    }

    [Fact]
    public void Hook_ThatTalksAndReads_DisturbsNeitherJsonNorTheRun()
    {
        using var world = World.WithData();
        Set(world, "echo not a line of JSON; cat", "echo neither is this");

        Assert.All(world.Machine.Json("backup").MustExit(0).Lines, line => line.HasFields("message_type"));
    }

    private static void Set(World world, string before, string after)
    {
        world.SourceKeys = $"    before: [ \"{before}\" ]\n    after: [ \"{after}\" ]";
        world.WritePolicy();
    }
}
