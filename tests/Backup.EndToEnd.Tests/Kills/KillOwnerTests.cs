using Backup.EndToEnd.Tests.Harness;

namespace Backup.EndToEnd.Tests.Kills;

/// <summary>SIGKILL while the owner changes, or the keys.</summary>
public sealed class KillOwnerTests(KillStory story) : IClassFixture<KillStory>
{
    [Theory]
    [MemberData(nameof(Stops.Takeover), MemberType = typeof(Stops))]
    public void Takeover_KilledAtStop_NextTakeoverCompletes(string stop)
    {
        using var world = story.Start();
        TemporaryFolder.Remove(world.Machine.State);
        world.Machine.MustDie(stop, "takeover");

        world.Machine.Run("takeover").MustExit(0);
        world.Machine.Run("backup").MustExit(0);

        story.MustBeWhole(world, "latest~1");
    }

    [Theory]
    [MemberData(nameof(Stops.Rotation), MemberType = typeof(Stops))]
    public void Rotation_KilledAtStop_NextRotationCompletes(string stop)
    {
        using var world = story.Start();
        world.Machine.MustDie(stop, "key", "rotate");

        // Whatever stands there now, the recovery key opens each of them, and what is behind it.
        Assert.All(world.SiteIds, site => Assert.True(Opens(world, site, world.RecoveryKey), $"{site} does not open."));
        story.MustRestoreFirst(world);

        // A backup alone goes on, and the next rotation is whole.
        world.Machine.Run("backup").MustExit(0);
        world.Machine.Run("key", "rotate").MustExit(0);

        story.MustBeWhole(world, "latest~1");
        Assert.Single(Directory.EnumerateDirectories(Path.Combine(world.SitePath("a"), "epochs")));
    }

    [Theory]
    [InlineData("recovery-drawn")]
    [InlineData("epoch-opened")]
    public void RecoverySheet_KilledAtStop_SameCommandShowsAKeyThatOpens(string stop)
    {
        using var world = story.Start(quick: false);
        world.Machine.MustDie(stop, "key", "recovery");

        MustBeTheKey(world, KeyOf(world.Machine.Run("key", "recovery").MustExit(0)));
    }

    /// <summary>The machine has no passphrase: what it is unlocked with is the key that ends.</summary>
    [Theory]
    [MemberData(nameof(Stops.Recovery), MemberType = typeof(Stops))]
    public void RecoverySheet_UnlockedWithTheOldKeyAndKilledAtStop_SameCommandShowsAKeyThatOpens(string stop)
    {
        using var world = story.Start(quick: false);
        var machine = world.Machine.With("BACKUP_RECOVERY_KEY_FILE", world.RecoveryKey);
        machine.MustDie(stop, "key", "recovery");

        MustBeTheKey(world, KeyOf(machine.Run("key", "recovery").MustExit(0)));
    }

    [Theory]
    [InlineData("recovery-drawn")]
    [InlineData("epoch-put")]
    [InlineData("entry-written")]
    [InlineData("epoch-opened")]
    public void RecoveryFile_KilledAtStop_SameCommandCompletesIt(string stop)
    {
        using var world = story.Start(quick: false);
        var file = Path.Combine(world.Folder, "new.key");
        world.Machine.MustDie(stop, "key", "recovery", "--recovery-out", file);
        var written = File.Exists(file) ? File.ReadAllText(file) : null;

        // The person holds two keys at the most, and each city opens with one of them.
        var keys = new[] { world.RecoveryKey, file }.Where(File.Exists).ToList();
        Assert.All(world.SiteIds, site => Assert.Contains(keys, key => Opens(world, site, key)));
        world.Machine.Run("key", "recovery", "--recovery-out", file).MustExit(0);

        Assert.True(written is null || string.Equals(written, File.ReadAllText(file), StringComparison.Ordinal), "The recovery key that was written first counts no more.");
        MustBeTheKey(world, File.ReadAllText(file).TrimEnd());
    }

    [Fact]
    public void RecoverySheet_KilledAndItsSlotRemoved_TheNextKeyIsAnother()
    {
        using var world = story.Start(quick: false);
        world.Machine.MustDie("epoch-opened", "key", "recovery");
        var unseen = world.Machine.Json("key", "list").MustExit(0).Items.Single(static slot => slot.Text("kind") == "recovery").Text("id");
        world.Machine.Run("key", "remove", unseen).MustExit(0);

        MustBeTheKey(world, KeyOf(world.Machine.Run("key", "recovery").MustExit(0)));
        Assert.False(unseen == world.Machine.Json("key", "list").MustExit(0).Items.Single(static slot => slot.Text("kind") == "recovery").Text("id"), "The key that was removed is given out again.");
    }

    /// <summary>With this key every city restores, alone; the old one opens nothing any more, and nothing of the new one stays in the state.</summary>
    private void MustBeTheKey(World world, string key)
    {
        world.Machine.Run("backup").MustExit(0);
        Assert.Single(Directory.EnumerateDirectories(Path.Combine(world.SitePath("a"), "epochs")));
        Assert.False(Opens(world, "a", world.RecoveryKey));
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(world.Machine.State, World.Tenant, "recovery")));

        World.WriteSecret(world.RecoveryKey, key);
        story.MustBeWhole(world, "latest~1");
    }

    private static bool Opens(World world, string site, string key) =>
        world.Rescue(site).With("BACKUP_RECOVERY_KEY_FILE", key).Run("snapshots").MustExit(0, 12).ExitCode == 0;

    private static string KeyOf(CliResult sheet) => sheet.Text.Split('\n').Select(static line => line.Trim()).Single(static line => line.StartsWith("BKR1-", StringComparison.Ordinal));
}
