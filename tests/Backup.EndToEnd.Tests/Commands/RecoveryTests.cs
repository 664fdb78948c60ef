using Backup.EndToEnd.Tests.Harness;

namespace Backup.EndToEnd.Tests.Commands;

/// <summary>One surviving city and the recovery key restore everything.</summary>
public sealed class RecoveryTests(Story story) : IClassFixture<Story>
{
    [Theory]
    [InlineData("a")]
    [InlineData("b")]
    [InlineData("c")]
    public void Restore_EmptyMachineOneSite_EqualsBothSnapshots(string site)
    {
        story.World.MustRestore("latest", story.Second, site);
        story.World.MustRestore("latest~1", story.First, site);
    }

    [Fact]
    public void Restore_OneSiteCopiedAlone_NeedsNothingElse()
    {
        using var elsewhere = World.Blank();
        TemporaryFolder.Remove(elsewhere.SitePath("b"));
        TemporaryFolder.Copy(story.World.SitePath("b"), elsewhere.SitePath("b"));
        File.Copy(story.World.RecoveryKey, elsewhere.RecoveryKey);
        var machine = elsewhere.Rescue("b");
        var target = Path.Combine(elsewhere.Folder, "restored");

        machine.Run("restore", "latest", "--target", target).MustExit(0);

        Manifest.MustEqual(story.Second, target + story.World.Data, "one site, copied alone");
    }

    [Fact]
    public void Reading_EmptyState_EveryCommandWorks()
    {
        var machine = story.World.Rescue("b");

        Assert.Equal(2, machine.Json("snapshots").MustExit(0).Items.Count);
        machine.Run("ls", "latest", "-R").MustExit(0).MustSay("hello.txt");
        machine.Run("find", "hello.txt").MustExit(0).MustSay("hello.txt");
        machine.Run("diff", "latest~1", "latest").MustExit(0).MustSay("new.bin");
        machine.Run("dump", $"latest:{story.World.Data}/hello.txt").MustExit(0).MustSay("three cities");
        machine.Run("verify", "--read-data", "all").MustExit(0);
        machine.Run("key", "list").MustExit(0);
    }

    [Fact]
    public void Restore_SecondMachineWithPassphrase_ReadsWithAnEmptyState() =>
        story.World.MustRestore(story.World.SecondMachine("reader"), "latest", story.Second, "an empty state with the passphrase");

    [Fact]
    public void Restore_SourcesInPolicy_PlayNoPart()
    {
        var machine = story.World.Rescue("a", "b", "c");
        File.AppendAllText(machine.Policy, "sources:\n  - { id: other, kind: files, roots: [/nowhere/at/all] }\n");

        story.World.MustRestore(machine, "latest", story.Second, "a policy with other sources");
    }

    [Fact]
    public void Restore_SitesOfThePolicyGone_Exits10()
    {
        var machine = story.World.Rescue("a");
        File.WriteAllText(machine.Policy, File.ReadAllText(machine.Policy).Replace("sites/a", "sites/nowhere", StringComparison.Ordinal));

        machine.Run("restore", "latest", "--target", Path.Combine(story.World.Folder, "never")).MustExit(10);
    }

    [Fact]
    public void RecoveryCheck_RightKey_Exits0AndChangesNothing()
    {
        using var world = story.World.Clone();
        var before = world.Objects("a");
        var machine = world.Machine.With("BACKUP_RECOVERY_KEY_FILE", world.RecoveryKey);

        machine.Run("key", "recovery", "--check").MustExit(0);

        Assert.Equal(before, world.Objects("a"));
    }

    [Fact]
    public void RecoveryCheck_KeyOfAnotherRepository_Exits12()
    {
        using var other = World.Blank();
        other.Machine.Run("init", "--recovery-out", other.RecoveryKey).MustExit(0);

        story.World.Machine.With("BACKUP_RECOVERY_KEY_FILE", other.RecoveryKey).Run("key", "recovery", "--check").MustExit(12);
    }

    [Fact]
    public void ExpectHead_UnknownHead_Exits20()
    {
        var target = Path.Combine(story.World.Folder, "unexpected");

        story.World.Rescue("a").Run("restore", "latest", "--expect-head", new string('0', 64), "--target", target).MustExit(20);
    }

    [Theory]
    [InlineData("backup")]
    [InlineData("sync")]
    [InlineData("key rotate")]
    public void Writing_EmptyState_Exits11AndNamesTakeover(string command)
    {
        using var world = story.World.Clone(story.World.Data);
        var before = world.Objects("a");

        world.SecondMachine().Run(command.Split(' ')).MustExit(11).MustSay("takeover");

        Assert.Equal(before, world.Objects("a"));
    }
}
